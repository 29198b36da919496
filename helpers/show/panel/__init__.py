"""The panel: where to ask, what to ask, Send and Stop, and the answer as it streams in.

panel       what the buttons do                controls    its widgets and their layout
widgets     fields, buttons and folds          frontend    what is done in the page itself
fields      the address, its key and models    parameters  those with a field of their own
typed       a field's text, parsed             values      the fields as endpoint and parameters
following   an exchange followed to its end    answer      the last one, shown again and kept
status      the line that is live              readout     what is said below the fields
"""
