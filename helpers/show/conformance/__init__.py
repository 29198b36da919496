"""The conformance report in a cell: what it is good for first, then every check."""
