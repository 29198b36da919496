"""A conversation with an endpoint, and what only its turns show.

own_message    what an answer is when it goes back to the server
turns          a turn, its rounds, and the conversation that they are; sums is what it took
imported       a conversation that was held elsewhere, out of a file
judging        what the turns show: the cache, the context, the server's own messages
trying         questions asked beside it: where the context ends, whether Stop can be gone on from
holding        whether the system prompt still holds after ten turns
functions      Python functions as tools; the door to pydantic
calls          what came of a model's calls, and whose fault it is
structured     an answer of a shape: kept, ignored by the server, or missed by the model
logprobs       how sure a model was, and whether its probabilities can be right
"""
