"""A file of prompts, whatever it is: text, JSON, a table, OpenAI's Batch files.

source    the file as jobs                   job       one prompt, as it is asked
text      the file as lines of text          table     its rows, if it is a table
values    its JSON, or its plain words       meaning   what an entry asks
template  {{column}} in a prompt             shipped   our own prompts
in_thread reading in a thread, so that the page stays responsive
"""
