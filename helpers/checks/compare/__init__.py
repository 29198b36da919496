"""Which server, which model? Targets asked the same, in turns, and what is not alike.

targets    what a person names, as endpoints with their parameters
turns      cold, together, then A B B A; the exchanges of each target
interval   a ratio and how sure it is
speed      first text and rate of each target beside the first one's
wire       how the answers came: fields, chunks, reads, headers, usage, a tool call
answers    what the texts have in common
proxied    what a proxy changed of what came
judging    findings: each target's own, the limits, an earlier run
earlier    an earlier run as a file
"""
