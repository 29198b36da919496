"""Tests of helpers/checks/batch."""
