"""What the notebooks stand on; imports point downwards only.

notebooks                          everything below; never each other
run/                               what the command line calls
show/                              what a cell shows
checks/    recordings              the instruments                | exchanges as files
client/    engine/                 the two ends of the wire: asking, and the built-in endpoint
wire/      endpoint   verdict      words and facts: pure, no I/O

`python3 -m helpers` lists the commands (`__main__`); `bootstrap` makes the environment they run
in. Those two and this file import the standard library only, since they run before anything is
installed.
"""
