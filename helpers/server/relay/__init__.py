"""A pass-through to a real server, reported as it passes, nothing changed or held.

relay      listens on loopback               passing    one request in transit, and its witness
tandem     two connections as one            messages   where a message begins and ends
rewriting  what changes in a request's head  watchdog   whatever does not arrive in time
"""
