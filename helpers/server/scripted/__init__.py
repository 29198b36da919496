"""An endpoint without a model that answers as the reference says.

reply      any request, routed; chat and embeddings
texts      text completions, and Anthropic's messages
responses  the Responses API
turns      what is said: words, JSON or calls, as the parameters ask
"""
