"""Which server, which model? Targets get the same requests in turns, and the differences are shown.

targets    what a person names, as endpoints with their parameters
turns      cold, together, then A B B A; the exchanges of each target
speed      first text and rate of each target beside the first one's
wire       how the answers came: fields, chunks, reads, headers, usage, a tool call
answers    what the texts have in common
proxied    what a proxy changed in the answers
judging    findings: each target's own, the limits, an earlier run
earlier    an earlier run as a file
"""
