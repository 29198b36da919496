"""The same prompt, many ways: a grid of questions, asked one after the other.

grid      prompts, values and parameters to questions
asking    questions to exchanges, with what was asked already kept
saved     answers in a folder, from which a sweep goes on that was killed
figures   what came, as rows and as the median over repeats
"""
