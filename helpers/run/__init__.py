"""What CI calls: notebooks through papermill, what they conclude, and an exit code.

cli        the commands: run, clean, demos, bench
plan       which notebooks, with which parameters, against which endpoint
notebooks  the door to papermill: one notebook executed in a kernel of its own
screen     what streams in a cell, shown in a terminal while it comes
outcome    how one notebook ended, in a word, a sentence and an exit code
outputs    results.json, junit.xml, summary.md and the table
secrets    keys and passwords kept out of all of these
bench      what this kit itself costs
hygiene    how a committed notebook looks
waiting    until an endpoint answers
"""
