"""What CI calls: notebooks through papermill, what they conclude, and an exit code.

cli        the commands, one function each
plan       which notebooks, with which parameters, against which endpoint
session    one run: every planned notebook executed, judged and written down
turns      several notebooks at a time, shown one after the other
notebooks  the door to papermill: one notebook executed in a kernel of its own
screen     what streams in a cell, shown in a terminal while it comes
outcome    how one notebook ended, in a word, a sentence and an exit code
outputs    results.json, junit.xml, summary.md and the table
leaks      keys and passwords kept out of all of these
waiting    until an endpoint answers
cleaning   how a committed notebook looks
doctor     an address looked at layer by layer, in a terminal
agents/    the instruments as an agent's tools
batch      a file of prompts in, a file of answers out, with a line of progress
clients    real clients on a recording, an endpoint, or every mode
servers    what was found in which server, kept and put into README
naming     a name that nothing has, refused with a guess
watching   a pass-through in a terminal, with a line for each request
"""

import sys

# Reading a notebook imports jsonschema, which would build a grammar of addresses for two seconds;
# no notebook's schema asks for it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
