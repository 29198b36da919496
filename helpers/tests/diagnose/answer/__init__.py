"""Tests of diagnose/answer."""
