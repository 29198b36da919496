"""The conformance report in a cell: what it is good for first, then every check.

live   fills as the run proceeds       page     the report as HTML
files  recordings, an earlier run, other formats
servers  what was found in which server, and README's table of it
"""
