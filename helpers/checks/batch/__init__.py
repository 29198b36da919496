"""The prompts of a file, each asked once, and their answers in a file.

answers   the two files that are written     row       what is kept in memory of an answer
asking    one job asked                      pace      how many are asked at once
crew      all of them, in this process       failing   when the rest would fail alike
tally     counts, tokens, projected cost     plan      what the user allows
batch     the whole run, which can be stopped and resumed
comparing whether existing answers match what is asked now
judging   the findings
"""
