"""What this kit itself costs, measured alongside what it is compared with, in one run.

command   the command: every measurement in turn, the table, the JSON
figures   what was measured, its ratios and goals                    table     all of them
kept      a run as JSON, and read back from its file
display   bytes on IOPub and time to the cell, in a real kernel      cell      what runs in it
drawing   the live timeline: bytes and CPU of an update, likewise    kernel    runs it
others    other tools that measure, if installed, compared with the server's stamps
painting  time until the page has painted a token, which takes a page
reading   CPU per chunk, and memory, in a process of its own
judging   CPU per chunk of parsing and judging, likewise             recorded  what is judged
under_load  delay and error with many streams at once                  budgets  what all may cost
bare_streams  the same for a client that only stamps
batching  CPU per prompt of a batch
startup   imports and the first request                              plots    the figures drawn
engine    the built-in endpoint: its start, memory, pace and replays
hop       the delay that proxy and watch add, for one stream and for many

`server/stamped.py` is the server that is asked, in a process of its own.
"""
