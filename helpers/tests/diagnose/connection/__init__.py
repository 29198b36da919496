"""Tests of diagnose/connection."""
