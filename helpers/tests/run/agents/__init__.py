"""Tests of the instruments for agents."""
