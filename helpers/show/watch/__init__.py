"""A watch in a cell: a growing table of what passes, and below it the exchange that was picked."""
