"""A comparison in a cell: columns that stream side by side, and below them the differences."""
