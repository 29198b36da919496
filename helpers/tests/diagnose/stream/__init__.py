"""Tests of diagnose/stream."""
