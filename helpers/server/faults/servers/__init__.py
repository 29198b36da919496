"""What servers of a known name do.

reference          OpenAI's reference, from a script
dialects           engines of a known version, each a dated list of modes
service_dialects   hosted services, likewise
services           what these services do on purpose
service_calls      how they send tool calls
"""
