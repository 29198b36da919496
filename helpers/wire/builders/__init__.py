"""From events and bodies to an answer, by each API's grammar.

builder     what all of them have in common    chunk_statistics  counted in the same pass
completion  the chat API                       same_shape        a shortcut for chunks alike
messages    Anthropic's Messages               message           one choice's message, gathered
responses   the Responses API                  tool_call         one call, growing piece by piece
response_items  its items, as the deltas that a chat would have sent
"""
