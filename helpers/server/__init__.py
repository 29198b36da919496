"""The built-in endpoint: a real engine in its own process, behind a proxy that can inject faults.

builtin      opens an Endpoint at demo, demo:NAME or replay:FILE; starts and ends the process
process      the process itself: engine, proxy and the parent's orders
llama        the only import of llama.cpp    certificate  the only import of cryptography
proxy        one port for every mode         upstream     the connection to the server behind it
replay       serves a recording again        renew        re-records the shipped one
events       a stream event by event         replies      complete answers of our own
http1        HTTP/1.1 that can break its rules              origins      web pages kept out
requests     requests read within bounds    children     the processes that are started

stamped      a server whose chunks carry their send times; stamped_text is what it says

scripted/    an endpoint without a model that answers as the reference says
relay/       a pass-through to a real server, reported as it passes, nothing changed or held
faults/      every mode by name: catalogue, registry, splicing, and the modes in rooms by topic
"""
