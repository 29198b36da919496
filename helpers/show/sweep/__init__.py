"""Many answers: side by side as they stream in, as a table, as a plot of what varies.

start      the call, read as a grid of questions   live       the sweep in its cell
running    progress, with Stop and Go on           throttled  an output within a byte budget
columns    answers side by side                    plots      a dot for each answer
"""
