"""What the notebooks stand on; imports point downwards only.

notebooks                          helpers/kit.py, never each other
kit                                the names a notebook and an explorer use
run/      selftest/                what CI calls | the kit measured and proved
show/                              what a cell shows
checks/    recordings              what asks an endpoint | exchanges as files
client/    server/                 the two ends of the wire
diagnose/                          a reading and what happened to its connection give findings
wire/  endpoint  finding  secrets  escaping      words and facts: pure, no I/O

`python3 -m helpers` lists the commands (`__main__`); `bootstrap` makes the environment they run
in. Those two and this file import the standard library only, since they run before anything is
installed.
"""
