"""What a cell shows: an answer as it streams in (live, markup), and the controls (panel)."""
