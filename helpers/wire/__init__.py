"""What comes over the wire, as values: bytes with times, events, answer, timing. No I/O."""
