"""What is secret, how it may be spelled, and how it is masked: each defined once.

carried_keys  the keys in a request's headers, URL and body
shapes        names that hold secrets, texts that look like a key, secrets in an address
forms         how a value may be written: backwards, in hex, in base64 of base64
beginnings    prefixes of a secret at the end of a piece
escapes       escapes to undo first: those of JSON, URLs, HTML and mail
spellings     the values themselves, found however they are written
lines         the strings in a line of JSON, known as soon as they are closed
pieces        long fragments of the values, from the middle too
views         bytes seen as text with one character each
masks         stars over secrets in a text or a body that arrives in pieces
"""
