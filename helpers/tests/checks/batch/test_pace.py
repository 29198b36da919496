"""How many at once: more while it pays, fewer when the server says stop. No clock is read."""

from __future__ import annotations

from itertools import pairwise

from helpers.checks.batch.pace import FIRST, FIRST_WAIT_S, LONGEST_WAIT_S, Pace


def served(
    pace: Pace, answers: int, *, places: int, each_s: float = 1.0, now: float = 0.0
) -> float:
    """Answer as a server does that works on `places` at once; the time when it is done."""
    for _ in range(answers):
        now += each_s / min(pace.at_once, places)
        pace.answered(now, sent=now)
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


def test_without_a_word_from_the_server_each_wait_is_longer() -> None:
    """Up to a minute; an answer begins anew."""
    pace, now, waits = Pace(64), 0.0, []
    for _ in range(16):
        waits.append(pace.held_back(now, sent=now, wait_s=None))
        now = pace.open_at
    assert all(later > before for before, later in pairwise(waits[:6]))
    assert LONGEST_WAIT_S * 0.85 <= waits[-1] <= LONGEST_WAIT_S * 1.15
    pace.answered(now, sent=now)
    assert pace.held_back(now, sent=now, wait_s=None) < 1.0


def test_a_time_that_was_too_short_is_not_taken_again() -> None:
    """A server that always says "0" is asked no faster than one that says nothing."""
    pace = Pace(64)
    assert 0.0 == pace.held_back(0.0, sent=0.0, wait_s=0.0)
    waits = [pace.held_back(now, sent=now, wait_s=0.0) for now in (1.0, 2.0, 3.0)]
    assert all(later > before > 0.3 for before, later in pairwise(waits))
    assert 30.0 == pace.held_back(4.0, sent=4.0, wait_s=30.0)


def test_whether_a_busy_server_answers_again_is_tried_by_one_request() -> None:
    """The next one goes when it is answered, or has not been refused for a while."""
    pace = Pace(64)
    pace.at_once = 32
    wait_s = pace.held_back(10.0, sent=9.0, wait_s=None)
    # An answer to what was sent before says nothing of what it takes now.
    pace.answered(10.1, sent=9.1)
    now = 10.0 + wait_s
    assert now == pace.open_at
    pace.sent(now)
    assert now + FIRST_WAIT_S == pace.open_at
    pace.held_back(now + 0.1, sent=now, wait_s=0.0, others=0)
    assert 16 == pace.at_once
    pace.sent(now + 1.0)
    pace.answered(now + 1.1, sent=now + 1.0)
    assert pace.open_at <= now + 1.1


def test_a_number_that_was_too_many_is_left_alone_for_a_while() -> None:
    """A server that takes four at once is not asked five every few answers."""
    pace, now, refused = Pace(64), 0.0, 0
    for _ in range(1000):
        now += 1 / pace.at_once
        pace.sent(now)
        if pace.at_once > 4:
            refused += 1
            pace.held_back(now, sent=now, wait_s=None, others=4)
        else:
            pace.answered(now, sent=now)
    assert refused < 9
    assert pace.at_once <= 5


def test_a_server_that_refuses_a_single_one_had_not_too_many() -> None:
    """As many as it answered before are asked at once when it answers again."""
    pace = Pace(64)
    now = served(pace, 400, places=1000)
    assert 64 == pace.at_once
    pace.held_back(now, sent=now, wait_s=None)
    assert 32 == pace.at_once
    pace.held_back(now + 1, sent=now + 1, wait_s=None)
    assert 64 == pace.at_once
    # Where so many were never answered, they may be what was too much.
    pace.answered(now + 2, sent=now + 2)
    pace.held_back(now + 3, sent=now + 3, wait_s=None)
    pace.held_back(now + 4, sent=now + 4, wait_s=None)
    assert 32 == pace.at_once


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
