"""A conversation in a cell."""
