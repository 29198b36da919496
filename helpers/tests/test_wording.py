"""Counts, sizes and times as a person would say them."""

from __future__ import annotations

from helpers.wording import (
    counted,
    duration,
    long_duration,
    ms,
    number,
    rate,
    rough_duration,
    size,
)  # fmt: skip


def test_times_and_counts_are_said_as_a_person_would() -> None:
    """What is absent is a dash, and one of a thing has no s."""
    assert ("–", "1,200 ms") == (ms(None), ms(1.2))
    assert ("5.0 ms", "231 ms", "2.61 s") == tuple(duration(s) for s in (0.005, 0.231, 2.61))
    assert ("1 read", "2 reads", "1.5 kB") == (counted(1, "read"), counted(2, "read"), size(1500))
    assert ("–", "1,790", "–", "1,790.2 tok/s") == (
        number(None), number(1790), rate(None), rate(1790.2)
    )  # fmt: skip


def test_a_time_is_as_exact_as_its_place_needs() -> None:
    """Two digits in a sentence; minutes and hours where it is long."""
    assert ("–", "12 ms", "0.3 s") == tuple(rough_duration(s) for s in (None, 0.012, 0.3))
    said = tuple(long_duration(s) for s in (0.012, 12, 240, 7500))
    assert ("12 ms", "12 s", "4 min", "2 h 05 min") == said
