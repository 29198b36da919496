"""What the tests build on: streams, recordings, servers and the browser."""
