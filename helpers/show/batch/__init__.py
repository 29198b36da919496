"""A batch in a cell and in a terminal: how far it is, what came, how it is spread."""
