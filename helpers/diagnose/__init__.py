"""What came, judged: a reading, what happened to its connection and what was asked give findings.

diagnosis     the one entry: diagnose(reading, ending, request); its first finding is the word
observed      what every judge looks at, worked out once; `terms` names the parts in each API
words, names  one word for the first finding; whether two names mean one model

connection    no answer began                  http           what came breaks HTTP, or is none
breaking_off  it began, and broke off          address        the base URL that is likeliest meant
status, refusal, server_status  an error: what it says, of the key, of the server
body          what came instead of an answer   another_api    whose API it is instead
disguise      an answer that is wrapped        misplaced_text, stray  what is astray
text, full    what was said; a whole answer    calls          tool calls
ignored, reasons  what was asked and did not count; what a finish reason means
framing       how events are written           chunks, repeats  what they look like
responses     what typed events look like      event_order    the grammar they break
delivery      how a stream came over time      rhythm         silences, crowds and even pieces
proxies       what lies between, as far as headers tell

clients       what a plain client makes of it  agreement, client_calls, deciding  any client
reaching, speaking, serving  the layers of a connection: name and port, TLS and HTTP, path and key
drift         what changed between two readings

Pure: no clock, no socket, no file. Nothing here raises, whatever came.
"""
