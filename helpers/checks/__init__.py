"""The instruments: pure judges over what was recorded."""
