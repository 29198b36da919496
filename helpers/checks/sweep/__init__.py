"""The same prompt, many ways: a grid of questions, asked one after another.

grid      turns prompts, values and parameters into questions
asking    turns questions into exchanges, and keeps what was asked
saved     answers in a folder, from which an interrupted sweep can be resumed
figures   the results, as rows and as the median over repeats
"""
