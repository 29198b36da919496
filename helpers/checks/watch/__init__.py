"""What programs really send, and what comes back: a pass-through that records and judges.

watcher    runs it in a thread of its own; what has passed, in order
recorder   keeps what passes of one exchange until it has ended
carried    the keys that a request carries
judging    what has passed as a recording without its keys, judged
seen       one exchange that has passed, and its figures
wordless   a recording without a word of either side
comparing  two requests: what changed, and where they stop to share a prefix
"""
