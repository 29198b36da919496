"""The built-in endpoint: a real engine in a process of its own, behind a proxy that can go wrong.

builtin    opens an Endpoint whose address is demo or demo:NAME; starts and ends the process
process    the process: the engine, the proxy, and the parent's hold on them
llama      the door to llama.cpp          replay     a recording served again, there or instead
proxy      one port for every mode        upstream   the connection to the server behind it
faults     every mode, by name
events     a stream event by event        replies    answers of our own making
renew      renews the shipped recording
http1      HTTP/1.1 on sockets of ours    faults/hostile_texts  the hostile mode's
certificate  one that nobody signed

The modes, one thing wrong in each:

transport  the way between                framing    how events are written
content    what chunks say                usage      how tokens are counted
endings    how a stream ends              truncation how it ends too early
errors     how a request is refused       places     paths, redirects, protocols
flooding   silence, and far too much      canned_responses  answers that no engine wrote
dialects   lists of modes, each a server of a known version
"""
