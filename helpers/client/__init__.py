"""The near end of the wire: ask an endpoint, keep what came, explain what went wrong."""
