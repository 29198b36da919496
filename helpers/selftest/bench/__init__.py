"""What this kit itself costs, measured beside what it is compared with, in one run.

command   the command: every measurement in turn, the table, the JSON
figures   what was measured, its ratios and goals                    table     of them all
kept      a run as JSON, and out of its file
display   bytes on IOPub and time to the cell, in a real kernel      cell      what runs in it
drawing   the live timeline: bytes and CPU of an update, likewise    kernel    runs it
others    other tools that measure, where installed, held against the server's stamps
painting  time until the page has painted it, which takes a page
reading   CPU per chunk and memory, in a process of its own
judging   CPU per chunk of parsing and judging, likewise             recorded  what is judged
under_load  delay and error with many streams at once                  budgets  what all may cost
batching  CPU per prompt of a batch
startup   imports and the first request                              plots    the figures drawn
engine    the built-in endpoint: start, memory, its pace and its replays
hop       the delay that proxy and watch add, for one stream and for many

`server/stamped.py` is the server that is asked, in a process of its own.
"""
