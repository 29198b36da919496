"""What was said, and what was asked for and did not come.

text     the text, and a success without any   full     what only a full answer shows
calls    tool calls                            repeats  what was said twice
ignored  what was asked for and had no effect  reasons  what a finish reason means
"""
