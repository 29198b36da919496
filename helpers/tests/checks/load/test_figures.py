"""The figures of a load, from samples whose times are known."""

from __future__ import annotations

import pytest

from helpers.checks.load.budget import Goals
from helpers.checks.load.figures import figures, most_together, server_medians
from helpers.checks.load.shape import Shape, arrivals_s, starts_s
from helpers.tests.support.loads import queued, sample

NONE = Goals()


def test_every_time_has_its_definition() -> None:
    """First text, gaps, time per token, end to end and closing, each by its formula."""
    found = figures([sample(ttft_s=0.1, chunks=11, gap_s=0.02)], NONE)
    times = (found.ttft.p50, found.gap.p50, found.tpot.p50, found.e2e.p50, found.closing.p50)
    assert times == pytest.approx((0.1, 0.02, 0.02, 0.3, 0.01))
    assert (1, 10) == (found.ttft.n, found.gap.n)
    assert found.each_per_s == pytest.approx(50)


def test_all_together_counts_from_first_sending_to_last_end() -> None:
    """Two answers of 11 tokens that overlap: 22 in 0.41 s."""
    found = figures([sample(0), sample(1, sent_s=0.1)], NONE)
    assert found.all_per_s == pytest.approx(22 / 0.41)
    assert found.requests_per_s == pytest.approx(2 / 0.41)
    assert "tokens" == found.unit


def test_without_usage_chunks_are_counted_and_called_so() -> None:
    """One answer without a count is enough; no time per token is made up."""
    found = figures([sample(0), sample(1, tokens=None)], NONE)
    assert ("chunks", 0) == (found.unit, found.tokens)
    assert 1 == found.tpot.n


def test_failures_are_in_no_time_and_always_counted() -> None:
    """By kind; a failure keeps no limit."""
    samples = [sample(0), sample(1, ttft_s=9, failure="rate-limited")]
    found = figures(samples, Goals(ttft_s=1))
    assert {"rate-limited": 1} == found.failed
    assert found.ttft.p95 == pytest.approx(0.1)
    assert (0.5, 0.5) == (found.good, found.error_rate)


def test_no_p99_comes_from_fewer_than_a_hundred() -> None:
    """Not from 99, but from 100."""
    many = [sample(number) for number in range(100)]
    assert figures(many[:99], NONE).ttft.p99 is None
    assert figures(many, NONE).ttft.p99 == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("goals", "good"),
    [(Goals(ttft_s=0.05), 0), (Goals(tpot_s=0.03), 1), (Goals(e2e_s=0.29), 0), (NONE, 1)],
)
def test_a_good_request_keeps_every_limit(goals: Goals, good: int) -> None:
    """Each limit by itself; without any, every answer is good."""
    assert good == figures([sample()], goals).good


def test_a_queue_shows_in_how_many_answers_come_together() -> None:
    """Eight at once, and a server that writes three."""
    assert 3 == most_together(queued(8, 3))
    assert 8 == most_together(queued(8, 8))


def test_what_the_server_measured_has_a_median_by_its_name() -> None:
    """Of those that told it."""
    told = [sample()._replace(server=(("prompt_ms", float(n)),)) for n in (1, 5, 3)]
    assert {"prompt_ms": 3.0} == server_medians([*told, sample()])


def test_nothing_measured_gives_no_figures() -> None:
    """Nor an exception."""
    found = figures([], NONE)
    assert (0, 0.0, None) == (found.n, found.all_per_s, found.ttft.p50)


def test_starts_are_spread_unless_a_storm_was_asked_for() -> None:
    """Over the time of one answer."""
    assert [0.0, 0.5, 1.0, 1.5] == starts_s(Shape(at_once=4), 2.0)
    assert [0.0] * 4 == starts_s(Shape(at_once=4, storm=True), 2.0)


def test_a_rate_is_kept_evenly_or_by_chance() -> None:
    """By chance it is kept on average, and the same every time."""
    even = arrivals_s(Shape(per_s=4))
    assert [0.0, 0.25, 0.5] == [next(even) for _ in range(3)]
    chance, again = (arrivals_s(Shape(per_s=4, poisson=True)) for _ in range(2))
    times = [next(chance) for _ in range(4000)]
    assert times[:9] == [next(again) for _ in range(9)]
    assert times[-1] / 4000 == pytest.approx(0.25, rel=0.1)
