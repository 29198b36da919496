"""The panel: its widgets, what is typed into them, and the status line below."""
