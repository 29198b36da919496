"""The instruments for agents: an MCP server over stdio.

server     the only import of the SDK: the tools offered, and how a wrong call is reported
tools      what an agent reads about each tool, and how its call reaches the instrument
instruments  those that send few requests: ask, stream, connect, conformance, clients, replay
measuring  those that send many, within bounds: speed, compare, sweep, batch
answering  what they share: the endpoint of a call, its answer, the recording kept
allowed    where a call may go, with which key, and which recordings it may name
reply      a verdict within bounds, without keys
"""
