"""A stream on one axis: reads, events and chunks, live and as a plot that stays.

layout   what is drawn of a reading       drawing  the same as SVG
live     as it comes, in a cell           plots    once it has ended, as PNG
"""
