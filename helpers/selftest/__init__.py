"""The kit measured and verified: what it costs (bench), and what it recognises (truth)."""
