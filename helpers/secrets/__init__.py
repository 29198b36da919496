"""What is secret, how it may be spelled, and how it is masked: each of it defined once.

shapes      names that hold secrets, texts that look like a key, what an address gives away
spellings   the values themselves, found however they are written
masks       stars over them in a text or a body that comes piece by piece
"""
