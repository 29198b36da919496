"""The conformance report in a cell."""
