"""What programs really send, and what comes back: a pass-through that records and judges.

watcher    starts it, and judges what has passed, in order
process    the pass-through, in a process of its own
recorder   keeps what passes of one exchange until it has ended
raw_exchange  that, and how it comes from the one process to the other
judging    what has passed as a recording without its keys, judged
watched    one exchange that has passed, and its figures
wordless   a recording without a word of either side
findings   what all of them show together
comparing  two requests: what changed, and where they stop to share a prefix
program    what a program must be told so that it asks here
"""
