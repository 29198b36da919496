"""What travels over the wire, as values: timed bytes, events, answers, timings. No I/O."""
