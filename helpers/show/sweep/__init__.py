"""Many answers shown: side by side as they come, as a table, as a plot of what varies."""
