"""Tests of diagnose."""
