"""Every command's arguments: one parser, and what several commands take alike."""
