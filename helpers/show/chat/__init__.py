"""A conversation in a cell: the panel with what turns need, and the turns below it.

chat, talking  what users call, and what a step does underneath
controls, waiting  the buttons of the last turn and the presets; the row in which a call waits
page, pages, calls, tried, tokens, plots  what is shown, and in which outputs
export, importing, presets  files: the conversation saved and loaded, parameters by name
"""
