"""The client's end of the wire: ask an endpoint, record what comes, find out what went wrong.

chat, exchange       send a request and wait; one request and its outcome
models, discovery    the models an endpoint lists; servers on this machine's usual ports

transport, tape      requests sent and recorded; the recording being filled
pool, connection     the doors to openai and to aiohttp
heard, own_lag       when reads came; when our own process held them up

keys, sent_headers   what a request carries, and where it may go
proxies, dial        through a proxy or directly; names, ports and TLS, below HTTP
plain, openai_reader the plain openai client, and what it makes of the same bytes
"""
