"""How fast it is, as a cell shows it: live, as a page, and in plots."""
