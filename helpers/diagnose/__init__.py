"""The diagnosis: findings from a reading, the fate of its connection and what was asked.

diagnosis     the only entry: diagnose(reading, ending, request); its first finding is the word
observed      what every judge looks at, computed once; `terms` names the parts in each API
words, names  one word for the first finding; whether two names mean the same model

connection    no answer began                  http           it breaks HTTP, or is not HTTP
handshakes    a server that refuses TLS        host_names     a name that was not found
breaking_off  the answer began and broke off   address        the base URL most likely meant
status, refusal, server_status  an error: what it says about the key, about the server
redirects     where a redirect leads, and who follows it
body          what came instead of an answer   another_api    which other API it belongs to
disguise      an answer wrapped in something   misplaced_text, stray  text in the wrong place
text, full    what was said; a full answer     calls          tool calls
ignored, reasons  what was asked for and had no effect; what a finish reason means
framing       how events are written           chunks, repeats  what they look like
responses     what typed events look like      event_order    the grammar they break
delivery      how a stream arrived over time   rhythm         silences, bursts and even pieces
proxies       what lies in between, as far as headers show

drift         what changed between two readings
clients/      what a client makes of the same bytes, and whose fault a difference is
layers/       the layers of a connection: name and port, TLS and HTTP, path and key

Pure: no clock, no socket, no file. Nothing here raises, whatever the server sent.
"""
