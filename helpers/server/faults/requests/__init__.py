"""What is done about what a request asks for.

parameters  accepted and ignored, refused by name, or answered with 500
tools       canned tool calls, streamed correctly and incorrectly
calls       the tool calls that were asked for, with servers' usual mistakes
slots       how many answers are written at the same time
"""
