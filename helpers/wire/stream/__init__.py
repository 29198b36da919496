"""What `streaming` finds its word by: facts of a stream, what was held back and where, oddities."""
