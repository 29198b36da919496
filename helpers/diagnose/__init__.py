"""What came, judged: a reading and what happened to its connection give findings. No I/O."""
