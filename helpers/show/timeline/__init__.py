"""A stream on one axis: reads, events and chunks, live and as a plot that stays."""
