"""What a client makes of the same bytes, and whose fault a difference is.

plain      the usual loop over the openai client, and where it stops
agreement  any client: whether it saw what we did, by the rules that the server may have broken
calls      how its tool calls compare with those that came
deciding   the bytes that explain the difference
"""
