"""What the built-in endpoint can do on request: faults, legal variants and dialects.

catalogue    knows every mode by name
registry     what a mode is, and the decorators that make one
splicing     where a stream gets something added, replaced or broken off

connection/  how an answer travels: protocol, HTTP, compression, floods and cuts
refusals/    what is sent in place of an answer: keys, errors, limits, gateways, redirects
streams/     how a stream is written and delivered
answers/     what an answer holds, streamed or not
requests/    what is done about a request's parameters and tools
apis/        the APIs besides chat
servers/     what servers of a known name do

To add a mode, write a small function under a decorator of `registry`: it becomes an address, listed
and tested.
"""
