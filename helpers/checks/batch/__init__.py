"""The prompts of a file, each asked once, and their answers in a file.

text      a file as lines of text            table     its rows, if it is a table
values    its JSON, or its plain words       meaning   what an entry asks
source    a file of prompts as jobs          template  {{column}} in a prompt
in_thread files read in a thread
shipped   our own prompts
job       one prompt, as it is asked         row       what is kept in memory of an answer
answers   the two files that are written     pace      how many are asked at once
asking    one job asked                      crew      all of them, in this process
tally     counts, tokens, projected cost     failing   when the rest would fail alike
batch     the whole run, which can be stopped and resumed
comparing whether existing answers match what is asked now
plan      what the user allows               judging   the findings
"""
