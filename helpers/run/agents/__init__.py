"""The instruments for agents: an MCP server over stdio.

server     the door to the SDK: the tools offered, and what becomes of a wrong call
tools      what an agent reads of each tool, and how its call reaches the instrument
instruments  those that ask little: ask, stream, connect, conformance, clients, replay
measuring  those that ask much, within bounds: speed, compare, sweep, batch
answering  what they share: the endpoint of a call, its answer, the recording kept
allowed    where a call may go, with which key, and which recordings it may name
reply      a verdict within bounds, without keys
"""
