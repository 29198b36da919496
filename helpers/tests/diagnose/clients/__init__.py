"""Tests of diagnose/clients."""
