"""The way to an endpoint in a cell: a field for what was pasted, and below it the layers."""
