"""Tests of checks.load."""
