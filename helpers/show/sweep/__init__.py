"""Many answers: side by side as they stream in, as a table, as a plot of what varies."""
