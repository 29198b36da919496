"""The way to an endpoint in a cell: a field to paste into, and below it the layers."""
