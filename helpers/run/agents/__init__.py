"""The instruments for agents: an MCP server over stdio.

server     the door to the SDK: the tools offered, and what becomes of a wrong call
tools      the instruments, each a call that returns its verdict as JSON
allowed    where a call may go, with which key, and which recordings it may name
told       a verdict within bounds, without keys
"""
