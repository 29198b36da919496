"""The diagnosis: findings from a reading, the fate of its connection and what was asked.

diagnosis     the only entry: diagnose(reading, ending, request); its first finding is the word
observed      what every judge looks at, computed once; `terms` names the parts in each API
words, names  one word for the first finding; whether two names mean the same model
address       the base URL most likely meant
proxies       what lies in between, as far as headers show

connection/   what happened to the connection: no answer, a broken one, HTTP
status/       what a status other than 200 means, about the key, the request or the server
body/         what came in place of an answer, and what hides one
answer/       what was said: text, tool calls, counts, and what was asked for in vain
stream/       how a stream is written and how it arrived

drift         what changed between two readings
clients/      what a client makes of the same bytes, and whose fault a difference is
layers/       the layers of a connection: name and port, TLS and HTTP, path and key

Pure: no clock, no socket, no file. Nothing here raises, whatever the server sent.
"""
