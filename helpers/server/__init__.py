"""The built-in endpoint: a real engine in a process of its own, behind a proxy full of faults.

builtin      opens an Endpoint at demo, demo:NAME or replay:FILE; starts and ends the process
process      the process itself: engine, proxy and the parent's orders
llama        the door to llama.cpp           certificate  the door to cryptography
proxy        one port for every mode         upstream     the connection to the server behind it
replay       a recording served again        renew        records the shipped one anew
events       a stream event by event         replies      complete answers of our own
http1        HTTP/1.1 that can break its rules              origins      web pages kept out
requests     requests read within bounds    children     the processes that are started

scripted     an endpoint without a model, that answers as the reference has it
             (scripted_turns, scripted_texts, scripted_responses)
stamped      a server whose chunks say when they were sent; stamped_text is what it says

relay        a pass-through to a real server, told as it passes: nothing is changed or held
tandem       its two connections as one                    passing      one request on its way
messages     where a message begins and ends               rewriting    what is changed of a head
watchdog     what does not come in time

faults/      every mode by name: catalogue, registry, splicing, and the modes by topic
"""
