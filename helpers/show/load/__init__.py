"""How fast it is, as a cell shows it: live, as a page, and in plots.

start  the call, read as loads        live   its progress, and Stop
view   the result as a cell's value   page   the answer, and a row for each load
plots  latency over load, shares, requests over time
"""
