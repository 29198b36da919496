"""A comparison in a cell: columns that stream side by side, and below them the differences.

start   the call, read as targets        live   each target's column, and the results
tables  speed, the wire, the findings    plots  turn by turn
diff    two texts, word by word          files  a recording of each target, and the figures
"""
