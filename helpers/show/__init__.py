"""What a cell shows: an answer while it comes (live, markup), the controls (panel)."""
