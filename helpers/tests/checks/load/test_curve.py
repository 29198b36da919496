"""What loads show of servers with a known property: the plain answer is true of each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helpers.checks.load.answer import advice, plain_answer
from helpers.checks.load.curve import slots
from helpers.checks.load.findings import judge
from helpers.checks.load.loading import End, Run
from helpers.checks.load.meter import Client
from helpers.checks.load.sample import Sample
from helpers.checks.load.speed import Speed
from helpers.finding import Finding
from helpers.show.load.page import plain
from helpers.tests.support.loads import queued, run, sample, speed
from helpers.wire.timing import percentiles

MANY = 24


def found(measured: Speed) -> dict[str, Finding]:
    """Return what was found, by its name."""
    return {one.name: one for one in judge(measured)}


def one_load(samples: list[Sample]) -> Speed:
    """Return a measurement of one at a time."""
    return speed(run(1, samples))


def failing(at_once: int, failed: int, ended: End = "requests") -> Run:
    """Return a load of which so many requests were refused."""
    each = [sample(place, failure="server-error" * (place < failed)) for place in range(MANY)]
    return replace(run(at_once, each, ended=ended), words={"server-error": "“queue full”"})


def standing(number: int) -> Sample:
    """Return a request whose text stands still for a second and a half in the middle."""
    one = sample(number, number * 3.0)
    moved = tuple(at + 1.5 * (place > 5) for place, at in enumerate(one.timing.chunk_s))
    return one._replace(timing=replace(one.timing, chunk_s=moved, last_output_s=moved[-1]))


def test_a_load_in_the_middle_that_is_ours_hides_no_other() -> None:
    """What the loads around it show is told, and of its own nothing."""
    full = Client(percentiles([0.05] * 100), 0.06, 0.99)
    measured = speed(
        run(1, queued(1, 4, rounds=24)), run(4, queued(4, 4, rounds=6), client=full),
        run(16, queued(16, 4, rounds=6)),
    )  # fmt: skip
    assert 4 == slots(measured)
    assert "At 4 at once this process was" in plain(measured)


def test_text_that_stands_still_is_no_slow_text() -> None:
    """The rate hides it, and so does the median gap; chunks that come in bundles do not stand."""
    told = found(one_load([standing(number) for number in range(MANY)]))
    assert "with a stall of 1.5 s" in told["speed"].says
    assert "In 24 of 24 answers" in told["standstill"].says
    bundled = replace(sample().timing, chunk_s=(0.1,) * 5 + (1.2,) * 6)
    assert "standstill" not in found(one_load([sample()._replace(timing=bundled)] * 9))


def test_reasoning_at_first_is_told_apart_from_the_answer() -> None:
    """Whoever waits for the answer waits for more than the first text."""
    timing = replace(sample().timing, ttfo_s=0.25)
    said = plain_answer(one_load([sample()._replace(timing=timing)] * 3))
    assert "It is reasoning: the answer itself begins after 0.25 s." in said


def test_text_in_one_burst_has_no_speed_and_no_places() -> None:
    """In several packets, too: none of them lasts, so it cannot be seen how many are written."""
    runs = [
        run(many, [sample(place, took_s * place, took_s, gap_s=0.0001) for place in range(MANY)])
        for many, took_s in ((1, 0.3), (4, 1.2))
    ]
    assert plain_answer(speed(*runs)).startswith("The whole answer comes at once, after 0.3 s.")
    assert slots(speed(*runs)) is None


def test_a_load_above_one_that_was_too_much_is_too_much() -> None:
    """Its failures are no rarer because others failed; each kind is told once, with its words."""
    measured = speed(failing(8, 0), failing(9, 7), failing(10, 7), failing(16, 6))
    assert [9, 10, 16] == [one.shape.at_once for one in measured.runs if measured.fails_more(one)]
    failures = found(measured)["failures"]
    assert "Requests failed at 9, 10 and 16 at once." == failures.says
    assert "server-error 20 (“queue full”)." == failures.evidence
    assert "failures-anyway" not in found(measured)


def test_a_load_without_any_answer_bounds_what_it_serves() -> None:
    """It has no figures, and is the one that was too much."""
    silent = run(16, [], unfinished=16, ended="seconds")
    measured = speed(run(8, queued(8, 8)), silent)
    measured.capacity = {"at once": (8, 16)}
    said = "It serves about 8 at once before most get no answer in time."
    assert said in plain_answer(measured)
    assert ["all-unfinished"] == [*found(speed(silent))]


def test_one_late_answer_of_nine_is_no_limit() -> None:
    """It happens by chance where nineteen of twenty are in time."""
    late = [sample(place, ttft_s=2.0 if place < 1 else 0.1) for place in range(9)]
    many = [sample(place, ttft_s=2.0 if place < 6 else 0.1) for place in range(MANY)]
    assert [True, False] == [speed(one).keeps(one) for one in (run(1, late), run(1, many))]


def test_what_fails_alone_needs_no_more_places() -> None:
    """More at once is no cure for what fails when nobody else asks."""
    measured = speed(failing(1, 7, ended="errors"))
    measured.capacity = {"at once": (None, 1)}
    assert advice(measured).startswith("It fails when it is asked alone, too")


def test_loads_that_contradict_each_other_are_told() -> None:
    """Fewer places at the end than before, and a lowest load that was slower than a higher one."""
    shrunk = speed(run(1, queued(1, 4)), run(4, queued(4, 4)), run(16, queued(16, 1)))
    assert "At 4 at once it wrote 4 answers at a time, at 16 at once only 1" in plain_answer(shrunk)
    assert slots(shrunk) is None
    warmer = [run(many, [sample(place, place * 1.0, took_s) for place in range(MANY)])
              for many, took_s in ((1, 0.5), (2, 0.1))]  # fmt: skip
    assert "At 2 at once the first text came sooner, after 0.1 s" in plain_answer(speed(*warmer))


def test_chunks_are_counted_in_every_load_or_in_none() -> None:
    """One load whose answers happened to tell their tokens cannot be compared with the others."""
    some = [sample(place, tokens=22 if place % 2 else None) for place in range(MANY)]
    measured = speed(run(1, [sample(place, tokens=22) for place in range(MANY)]), run(2, some))
    assert {"chunks"} == {measured.figures(one).unit for one in measured.runs}
    assert "36 of 48 did." == found(measured)["usage-now-and-then"].evidence


def test_connections_that_failures_took_along_were_not_closed() -> None:
    """Told once for all loads; what failed opened the next one."""
    fresh = [sample(place)._replace(reused=False) for place in range(MANY)]
    told = found(speed(run(1, fresh), run(2, fresh)))["connections"].evidence
    assert "At 1 and 2 at once: 48 of 48 requests opened one." == told
    lost = [sample(place, failure="reset" * (place % 2))._replace(reused=place % 2 == 1)
            for place in range(MANY)]  # fmt: skip
    assert "connections" not in found(one_load(lost))


def test_what_few_requests_meet_is_told_beside_the_median(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A cold start is in no load, and a late first text here and there in no median."""
    late = [sample(place, place * 9.0, 2.0 if place in (3, 9) else 0.1) for place in range(MANY)]
    told = found(one_load(late))["late-now-and-then"]
    assert ("2 of 24 first texts", "Up to 2 s.") == (told.says[:19], told.evidence)
    assert "cold-start" not in found(one_load(late))
    monkeypatch.setattr(Speed, "cold", sample(ttft_s=5.0))
    assert "waited 5 s" in found(one_load(late))["cold-start"].says
