"""What programs really send, and what comes back: a pass-through that records and judges.

watcher    starts it, and judges the exchanges in order
process    the pass-through, in a process of its own
recorder   keeps what passes of one exchange until it has ended
raw_exchange  such an exchange, and how it is sent from the one process to the other
judging    turns an exchange into a recording without its keys, and judges it
watched    one exchange that has passed, and its figures
wordless   a recording without a word of either side
findings   what all of them show together
comparing  two requests: what changed, and where they stop sharing a prefix
program    what a program needs so that it sends its requests here
"""
