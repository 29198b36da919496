"""What this kit itself costs, measured beside what it is compared with, in one run.

command   the command: every measurement in turn, the table, the JSON
figures   what was measured, as rows of the table with their goals
display   bytes on IOPub and time to the cell, in a real kernel      cell    what runs in it
reading   CPU per chunk and memory, in a process of its own
engine    the built-in endpoint: start, memory, delay and pace of its proxy
source    the server that is asked, in a process of its own         text    what it says
"""
