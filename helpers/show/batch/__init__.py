"""A batch in a cell and in a terminal: its progress, its results, and their distribution."""
