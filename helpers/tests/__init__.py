"""Tests, named after the behaviour they hold; `python3 -m helpers test` runs them all."""
