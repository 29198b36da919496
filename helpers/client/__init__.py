"""The client's end of the wire: ask an endpoint, record the answer, explain what went wrong."""
