"""A conversation with an endpoint, and what only several turns can show.

own_message    the server's own message, as it is sent back
turns          a turn, its rounds, and the conversation they form; sums adds up its tokens
imported       a conversation held elsewhere, loaded from a file
judging        what the turns show: failures, the context, the server's own messages
prefix_cache   whether earlier turns are read from a cache, or all of them again
trying         extra questions: where the context ends, whether a stopped answer can be continued
holding        whether the system prompt still holds after ten turns
functions      Python functions as tools; the only module that knows pydantic
calls          the outcome of a model's calls, and whose fault a failure is
structured     structured output: kept, ignored by the server, or missed by the model
"""
