"""The instruments: each asks an endpoint, keeps what came, and returns findings."""
