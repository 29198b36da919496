"""What came, judged: a reading, what happened to its connection and what was asked give findings.

diagnosis   the one entry: diagnose(reading, ending, request); its first finding is the word
observed    what every judge looks at, gathered once        words    one word for the first finding
connection  no answer came, or it broke off                 status   the server refused
body        what came instead of the answer                 stray    what stood between the events
text        what was said, and what was not                 delivery how it came over time
framing     how events are written                          chunks   what the chunks look like
responses   what typed events look like          event_order  the grammar they break
names       whether two names mean one model
terms       what each API calls the parts of an answer
proxies     what lies between, as far as headers tell       clients  what a plain client sees of it
reaching    the name, each address, the proxies             speaking TLS, HTTP and what is none
serving     the path, the key, the models, the answers
drift       what changed between two readings               called   what a client made of calls

Pure: no clock, no socket, no file. Nothing here raises, whatever came.
"""
