"""The truth table: every planted fault is found under its own name, no legal variant is failed."""

import asyncio

import pytest

from helpers.selftest.truth import Truth, truth_table
from helpers.server.faults.registry import REGISTRY

pytestmark = pytest.mark.slow


def rows() -> list[Truth]:
    """Return the whole table."""
    return asyncio.run(truth_table())


def test_every_mode_is_found_as_planted() -> None:
    """Word and findings are those of the mode, and something is said of each."""
    table = rows()
    assert set(REGISTRY) == {row.mode.name for row in table}
    assert [] == [f"{row.mode.name}: {row.wrong}" for row in table if row.wrong]
    assert [] == [row.mode.name for row in table if not row.word]
    # The table is worth nothing if its modes are all alike; a busy machine may not tell more.
    assert {"one delta", "cut", "silent", "not SSE", "cumulative"} <= {row.word for row in table}
    assert any(row.seen and row.seen.error for row in table)
    assert any(row.mode.legal for row in table)
