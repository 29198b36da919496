"""What passes, in a cell: a table that grows, and below it the one that was picked."""
