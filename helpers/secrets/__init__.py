"""What is secret, how it may be spelled, and how it is masked: each of it defined once.

carried_keys  the keys that a request carries, in its headers, its address and its body
shapes      names that hold secrets, texts that look like a key, what an address gives away
forms       how a value may be written: backwards, in hex, in base64 of base64
beginnings  what of it may stand at the end of a piece
escapes     what is undone first, as JSON, an address, HTML and mail write a character
spellings   the values themselves, found however they are written
lines       the strings of a line of JSON, known as soon as they are closed
pieces      long pieces of them, out of their middle too
views       what stands there, seen as one character for each byte
masks       stars over them in a text or a body that comes piece by piece
"""
