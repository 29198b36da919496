"""What CI calls: notebooks through papermill, their verdicts, and an exit code.

cli        the commands, one function each
typed      what is typed after a command, read as parameters
plan       which notebooks, with which parameters, against which endpoint
running    one run: every planned notebook executed, judged and reported
turns      several notebooks at a time, shown one after the other
notebooks  the only import of papermill: one notebook executed in its own kernel
screen     a cell's stream, shown in a terminal as it comes
outcome    how one notebook ended, in a word, a sentence and an exit code
outputs    results.json, junit.xml, summary.md and the table
leaks      keeps keys and passwords out of all of these
waiting    waits until an endpoint answers
cleaning   what a committed notebook must look like
doctor     an address checked layer by layer, in a terminal
agents/    the instruments as tools for an agent
batch      a file of prompts in, a file of answers out, with a line of progress
clients    real clients on a recording, an endpoint, or every mode
servers    what was found in each server, stored and written into README
watching   a pass-through in a terminal, with a line for each request
"""

import sys

# Reading a notebook imports jsonschema, which would spend two seconds building a grammar of
# addresses that no notebook's schema uses.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
