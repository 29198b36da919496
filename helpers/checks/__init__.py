"""The checks: each one asks an endpoint, keeps the exchanges and returns findings."""
