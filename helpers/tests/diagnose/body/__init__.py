"""Tests of diagnose/body."""
