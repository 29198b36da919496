"""What happened to the connection that carried an answer, or should have.

no_answer     none began
handshakes    a server that refuses TLS
host_names    a name that was not found
breaking_off  it began and broke off
http          it breaks HTTP, or is not HTTP
"""
