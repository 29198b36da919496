"""How many at once: more while it pays, fewer when the server says stop. No clock is read."""

from __future__ import annotations

from itertools import pairwise

from helpers.checks.batch.pace import FIRST, LONGEST_WAIT_S, Pace


def served(
    pace: Pace, answers: int, *, places: int, each_s: float = 1.0, now: float = 0.0
) -> float:
    """Answer as a server does that works on `places` at once; the time when it is done."""
    for _ in range(answers):
        now += each_s / min(pace.at_once, places)
        pace.answered(now)
    return now


def test_it_grows_to_what_the_server_bears_and_stays() -> None:
    """With 16 places, twice as many at once give no more answers a second."""
    pace = Pace(64)
    served(pace, 400, places=16)
    assert 16 <= pace.at_once <= 32
    seen = set()
    for _ in range(400):
        served(pace, 1, places=16, now=1000)
        seen.add(pace.at_once)
    assert max(seen) <= 64


def test_it_never_exceeds_what_is_allowed() -> None:
    """Also where more would pay."""
    pace = Pace(10)
    served(pace, 500, places=1000)
    assert 10 == pace.at_once
    assert min(FIRST, 1) == Pace(1).at_once


def test_a_storm_halves_it_once_for_all_that_were_under_way() -> None:
    """What was sent before the server said stop says nothing new."""
    pace = Pace(64)
    pace.at_once = 32
    for place in range(32):
        pace.held_back(10.0 + place / 1000, sent=9.0 if place else 9.5, wait_s=3.0)
    assert 16 == pace.at_once
    assert 13.0 <= pace.open_at < 13.1


def test_without_a_word_from_the_server_waits_double() -> None:
    """Up to a minute; an answer begins anew."""
    pace, now, waits = Pace(64), 0.0, []
    for _ in range(12):
        waits.append(pace.held_back(now, sent=now, wait_s=None))
        now = pace.open_at
    assert all(later > 1.1 * before for before, later in pairwise(waits[:6]))
    assert LONGEST_WAIT_S * 0.75 <= waits[-1] <= LONGEST_WAIT_S * 1.25
    assert 1 == pace.at_once
    pace.answered(now)
    assert pace.held_back(now, sent=now, wait_s=None) < 1.0


def test_a_time_that_was_too_short_is_not_taken_again() -> None:
    """A server that always says "0" is asked no faster than one that says nothing."""
    pace = Pace(64)
    assert 0.0 == pace.held_back(0.0, sent=0.0, wait_s=0.0)
    waits = [pace.held_back(now, sent=now, wait_s=0.0) for now in (1.0, 2.0, 3.0)]
    assert all(later > 1.1 * before > 0.3 for before, later in pairwise(waits))
    assert 30.0 == pace.held_back(4.0, sent=4.0, wait_s=30.0)


def test_after_a_storm_it_grows_one_by_one() -> None:
    """Not by doubling, which would call for the next storm."""
    pace = Pace(64)
    pace.at_once = 16
    pace.held_back(0.0, sent=0.0, wait_s=0.0)
    served(pace, 40, places=1000)
    assert 8 < pace.at_once <= 12


def test_it_does_not_creep_up_where_nothing_is_gained() -> None:
    """What is tried again after a while is taken back."""
    pace, now = Pace(64), 0.0
    now = served(pace, 300, places=8, now=now)
    before = pace.at_once
    served(pace, 4000, places=8, now=now)
    assert pace.at_once <= before + 1
