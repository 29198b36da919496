"""The checks of each feature, judged from the recordings alone; `catalogue` knows them all."""
