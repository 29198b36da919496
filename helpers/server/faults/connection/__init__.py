"""How an answer travels.

protocol    TLS, other protocols, and connections that end before an answer
http        heads and framings that break HTTP/1.1, or that only some clients read
transport   compression, headers and content type
flooding    silence, slowness, and far too much data
truncation  answers cut short
"""
