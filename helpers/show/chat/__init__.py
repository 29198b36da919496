"""A conversation in a cell: the panel with what turns need, and the turns below it."""
