"""Tests of diagnose/status."""
