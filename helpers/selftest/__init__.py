"""The kit measured and proved: what it costs (bench), and what it recognises (truth)."""
