"""What is said of a measurement: the plain answer, the limits, the noise, and what is ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.checks.load.answer import advice, plain_answer
from helpers.checks.load.baseline import SpeedChange, compared, read_baseline
from helpers.checks.load.curve import knee, slots
from helpers.checks.load.deeper import CacheGain
from helpers.checks.load.exports import to_json, to_jsonl
from helpers.checks.load.findings import judge
from helpers.checks.load.loading import End, Run
from helpers.checks.load.meter import Client
from helpers.checks.load.plan import check_asked, plan_of
from helpers.checks.load.prompts import LoadError
from helpers.checks.load.speed import Speed, in_time
from helpers.checks.ratio import of_medians
from helpers.errors import CallError
from helpers.finding import Level
from helpers.show.load.page import page, plain
from helpers.tests.support.loads import queued, run, sample, speed
from helpers.wire.timing import percentiles

MANY = 24


def even(ttft_s: float, count: int = MANY) -> Speed:
    """Return a measurement of one load, in which each request took as long."""
    samples = [sample(number, number * 1.0, ttft_s) for number in range(count)]
    return speed(run(1, samples), ttft_p95_ms=200)


def levels(measured: Speed) -> dict[str, Level]:
    """Return what was found, and how grave it is."""
    return {finding.name: finding.level for finding in judge(measured)}


def four_slots() -> Speed:
    """Return a measurement of a server that writes four answers at a time."""
    runs = [run(count, queued(count, 4, rounds=6)) for count in (1, 2, 4, 8, 16)]
    measured = speed(*runs, address="http://localhost:8080", ttft_p95_ms=350)
    measured.capacity = {"at once": (5, 6)}
    return measured


def test_the_answer_is_what_a_person_would_say() -> None:
    """How fast alone, how many at once, what happens beyond, and what to change."""
    measured = four_slots()
    said = plain_answer(measured)
    assert said.startswith("First text after 0.1 s, then 50 tokens a second. It serves 5 at once ")
    assert "before the first text waits longer than 0.35 s." in said
    assert said.endswith("It writes 4 answers at a time: beyond that requests queue.")
    assert "--parallel" in advice(measured)


def test_the_knee_is_where_more_only_waits() -> None:
    """At the number of slots; a server that scales has none yet."""
    found = knee(four_slots())
    assert found is not None
    assert (4, 4) == (found.shape.at_once, slots(four_slots()))
    scales = speed(*(run(count, queued(count, count)) for count in (1, 2, 4)))
    assert (None, None) == (knee(scales), slots(scales))


def test_one_at_a_time_is_a_remark() -> None:
    """Whoever asks second waits for the first."""
    found = levels(speed(*(run(count, queued(count, 1)) for count in (1, 4))))
    assert "remark" == found["one-at-a-time"]


@pytest.mark.parametrize(
    ("ttft_s", "count", "level"),
    [(0.1, MANY, "pass"), (0.3, MANY, "fail"), (0.3, 10, "unclear"), (0.1, 10, "unclear")],
)
def test_a_limit_needs_enough_requests(ttft_s: float, count: int, level: Level) -> None:
    """Kept, missed, or too few to tell of a p95."""
    assert level == levels(even(ttft_s, count))["ttft-p95"]


def test_failures_beyond_the_rate_are_red() -> None:
    """With their kinds."""
    samples = [sample(number, failure="server-error" * (number < 6)) for number in range(MANY)]
    found = judge(speed(run(1, samples)))
    red = next(one for one in found if one.name == "error-rate")
    assert ("fail", "25% of the requests failed.") == (red.level, red.says)
    assert "server-error 6" in red.evidence


def test_where_we_were_the_bottleneck_it_is_unclear() -> None:
    """A late loop beside a first text of the same size, or a core that is full."""
    late = Client(percentiles([0.05] * 100), 0.06, 0.2)
    full = Client(percentiles([0.0001] * 100), 0.001, 0.97)
    samples = [sample(number, ttft_s=0.1) for number in range(MANY)]
    for client in (late, full):
        found = judge(speed(run(1, samples, client=client)))[0]
        assert ("client-bound", "unclear", "client") == (found.name, found.level, found.blame)
    slow = [sample(number, ttft_s=3.0) for number in range(MANY)]
    assert "speed" == judge(speed(run(1, slow, client=late)))[0].name


def test_what_was_stopped_is_said_and_is_no_fault() -> None:
    """What Stop left unfinished is not held against the server; the end of the time is told."""
    cut = speed(run(1, [sample()], unfinished=2, ended="stopped"))
    cut.stopped = True
    assert ("remark", False) == (levels(cut)["stopped"], "unfinished" in levels(cut))
    late = speed(run(1, [sample()], unfinished=2, ended="seconds"))
    assert "remark" == levels(late)["unfinished"]


def changed(before: list[float], now: list[float], *, among: int = 1) -> SpeedChange:
    """The change of one measurement under one load."""
    return SpeedChange("ttfts", "1 at once", of_medians(before, now, among=among))


def test_slower_than_before_is_red_only_beyond_the_noise() -> None:
    """The interval of the ratio decides; few values leave it unclear."""
    before = [0.1 + 0.001 * number for number in range(30)]
    assert changed(before, [2 * one for one in before]).worse
    noise = changed(before, [1.01 * one for one in before])
    assert (False, False) == (noise.worse, noise.unclear)
    assert changed(before[:4], [2 * one for one in before[:4]]).unclear
    # Of many comparisons one is worse by chance, so each has to be surer.
    slightly = [1.09 * one for one in before]
    pair = [changed(before, slightly, among=many).worse for many in (1, 20)]
    assert [True, False] == pair
    assert changed([0.1, 0.3] * 9, [0.12, 0.34] * 9).unclear


def test_a_kept_run_is_a_later_ones_baseline(tmp_path: Path) -> None:
    """The same again is no slower; twice as long is, and its finding names the load."""
    path = tmp_path / "speed.json"
    path.write_text(to_json(even(0.1)), encoding="utf-8")
    same, slower = even(0.1), even(0.2)
    assert "baseline" in {one.name for one in judge(same, compared(same, read_baseline(str(path))))}
    found = judge(slower, compared(slower, read_baseline(str(path))))
    red = next(one for one in found if one.name == "slower")
    assert "fail" == red.level
    assert "At 1 at once: 2.00 times" in red.evidence


def test_a_file_that_is_no_run_is_a_wrong_call(tmp_path: Path) -> None:
    """Named, with what to give instead."""
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(LoadError, match="05_speed wrote"):
        read_baseline(str(tmp_path / "x.json"))


@pytest.mark.parametrize("wrong", [
    {"at_once": []}, {"at_once": [0]}, {"per_s": [-1.0]}, {"at_once": {}}, {"at_once": ["2"]},
    {"at_once": "1 2"}, {"at_once": [1.5]}, {"at_once": [True]}, {"at_once": [10**6]},
    {"requests": "nine"}, {"requests": -4}, {"requests": 10**12}, {"seconds": 0},
    {"seconds": float("inf")}, {"seconds_each": float("nan")}, {"max_tokens": -3},
    {"most_tokens": 0}, {"ttft_p95_ms": -5}, {"tpot_p95_ms": "x"}, {"error_rate": 7},
    {"error_rate": float("nan")}, {"goodput": 95}, {"goodput": None},
], ids=str)  # fmt: skip
def test_a_load_that_cannot_be_is_a_wrong_call(wrong: dict[str, object]) -> None:
    """Before anything is sent, by its name."""
    given: Any = {"at_once": [1]} | wrong
    with pytest.raises(CallError, match=f"Expected.*{next(iter(wrong))}"):
        plan_of(**given)


@pytest.mark.parametrize(
    ("loads", "fields", "numbers", "sentence"),
    [
        ({"nonsense": 1}, {}, {}, "got nonsense. Leave it out."),
        ({}, {"a": {1}}, {}, "got a, which it cannot"),
        # Of no turns a load would turn in place until its time is up.
        ({}, {}, {"turns": 0}, "from 1 to 1,000 for turns; got 0"),
        ({}, {}, {"prompt_words": -1}, "for prompt_words; got -1"),
    ],
)
def test_what_no_load_can_ask_is_said(
    loads: dict[str, Any], fields: dict[str, Any], numbers: dict[str, int], sentence: str
) -> None:
    """Before anything is sent."""
    with pytest.raises(CallError) as refused:
        check_asked(loads, fields, **numbers)
    assert sentence in str(refused.value)


def test_what_a_load_may_be_at_most_is_taken() -> None:
    """The ends of the ranges belong to them; a number of milliseconds may be a broken one."""
    plan = plan_of(
        at_once=(1, 4096), per_s=[0.5], requests=1, max_tokens=0, seconds=86_400, error_rate=1,
        goodput=0.95, ttft_p95_ms=0.5,
    )  # fmt: skip
    assert [1, 4096, 0.5] == [shape.at_once or shape.per_s for shape in plan.shapes]


def test_the_bound_is_said_beforehand() -> None:
    """In requests, tokens and seconds."""
    plan = plan_of(at_once=[16, 1], requests=20, max_tokens=48, seconds=30)
    said = (
        "1, 16 at once: at most 68 requests of 48 tokens, 1,000,000 tokens in all, in 30 s; "
        "then about 4 s for the kit's own error"
    )
    assert said == plan.announcement


def test_a_load_that_the_end_of_the_time_cut_off_is_nobodys_fault() -> None:
    """No answer came, and more would have."""
    cut = speed(run(1, [], unfinished=1))
    cut.cut = True
    [finding] = judge(cut)
    assert ("nothing-measured", "unclear", "call") == (finding.name, finding.level, finding.blame)


def test_loads_for_which_no_time_was_left_are_named() -> None:
    """What is said ends with the loads before; a person who stopped it knows."""
    short = speed(run(1, [sample(n) for n in range(20)]), at_once=(1, 2, 4), seconds=9)
    short.untried = [*short.plan.shapes[1:]]
    found = {one.name: one.says for one in judge(short)}
    assert "The time was up before 2 and 4 at once could be measured." == found["untried"]
    short.stopped = True
    assert "untried" not in {one.name for one in judge(short)}


def test_a_load_is_over_within_what_is_left() -> None:
    """It sends for less, so that what is under way then can end; at worst for half of it."""
    assert (10.0, 10.0) == in_time(60.0, 10.0, usual_s=1.0)
    assert (5.0, 3.0) == in_time(8.0, 10.0, usual_s=1.0)
    assert (4.0, 4.0) == in_time(8.0, 10.0, usual_s=30.0)


def test_the_files_speak_the_names_that_others_know() -> None:
    """VLLM's in the figures, guidellm's in the requests."""
    told = json.loads(to_json(even(0.1)))["benchmarks"][0]
    assert 100.0 == pytest.approx(told["median_ttft_ms"])
    assert {"request_throughput", "output_throughput", "p95_tpot_ms", "ttfts"} <= told.keys()
    assert ("per token", None) == (told["itl_is"], told["p99_ttft_ms"])
    lines = to_jsonl(even(0.1)).splitlines()
    assert MANY == len(lines)
    assert {"time_to_first_token_ms", "request_latency"} <= json.loads(lines[0]).keys()


def failing(at_once: int, failed: int, *, ended: End = "requests", kind: str = "reset") -> Run:
    """Return a load of which so many requests failed."""
    each = [sample(place, failure=kind * (place < failed)) for place in range(MANY)]
    return run(at_once, each, ended=ended)


def test_failures_at_any_load_bound_no_capacity() -> None:
    """One in twelve whatever the load is told once, and not as what it serves at once."""
    measured = speed(failing(1, 1), failing(2, 2), failing(4, 3, ended="errors"), failing(8, 2))
    assert all(map(measured.keeps, measured.runs))
    found = {one.name: one.says for one in judge(measured)}
    assert "8 of 96 requests failed, but not because of the load." == found["failures-anyway"]
    assert "failures" not in found


def test_a_limit_that_refuses_is_no_lack_of_speed() -> None:
    """429 beyond some load: the limit is to be raised, and nothing is said of parallel answers."""
    measured = speed(failing(1, 0), failing(2, 3, ended="errors", kind="rate-limited"))
    measured.capacity = {"at once": (1, 2)}
    assert (
        "It serves 1 at once, 77 requests a second, before it refuses requests (429)."
        in plain_answer(measured)
    )
    assert advice(measured).startswith("It is not slow: a limit refuses requests")
    assert "in-parallel" not in levels(measured)


def test_a_slow_first_text_alone_is_no_queue() -> None:
    """Without a limit of the person's own it is measured against itself."""
    slow = [run(many, [sample(place, ttft_s=1.5) for place in range(MANY)]) for many in (1, 4)]
    assert all(map(speed(*slow).keeps, slow))
    assert not speed(*slow, ttft_p95_ms=1000).keeps(slow[0])


def test_answers_in_one_burst_that_wait_are_not_called_parallel() -> None:
    """They have no time from first to last text by which places could be counted."""
    runs = [
        run(many, [sample(place, ttft_s=took_s, chunks=1) for place in range(MANY)])
        for many, took_s in ((1, 0.25), (8, 0.7))
    ]
    found = {one.name: one.says for one in judge(speed(*runs))}
    assert "The whole answer comes at once, after 0.25 s." == found["speed"]
    assert "in-parallel" not in found


def test_one_that_slows_has_no_number_of_places() -> None:
    """All are written at the same time, each more slowly."""
    runs = [
        run(many, [sample(place, place * 0.01, 0.03 * many, gap_s=0.1) for place in range(many)])
        for many in (1, 8, 16)
    ]
    assert slots(speed(*runs)) is None


def ours_above() -> Speed:
    """Return a measurement whose higher loads were more than this process bore."""
    late = Client(percentiles([0.05] * 100), 0.06, 0.99)
    measured = speed(
        run(1, queued(1, 1, rounds=24)), run(8, queued(8, 1, rounds=3), client=late),
        run(16, queued(16, 1, rounds=3), client=late),
    )  # fmt: skip
    measured.capacity = {"at once": (1, 8)}
    return measured


def test_a_higher_load_that_is_ours_leaves_the_lowest_standing() -> None:
    """What was measured alone is told, and nothing of the load that this process did not bear."""
    measured = ours_above()
    first, *others = judge(measured)
    assert ("speed", "pass", "", "") == (first.name, first.level, first.evidence, first.do)
    remarks = {one.name: one for one in others}
    assert {"client-bound"} == remarks.keys()
    assert first.says == plain_answer(measured)
    assert (None, "") == (knee(measured), advice(measured))
    assert remarks["client-bound"].says in plain(measured)
    assert remarks["client-bound"].says in page(measured)


def test_of_an_answer_in_one_piece_no_first_text_is_told() -> None:
    """Neither where it is kept, nor where it is missed."""
    whole = [
        run(many, [sample(place, ttft_s=took_s, chunks=1) for place in range(MANY)])
        for many, took_s in ((1, 0.25), (2, 0.3), (8, 2.5))
    ]
    measured = speed(*whole)
    measured.capacity = {"at once": (2, 8)}
    assert "before the answer takes longer than 1 s." in plain_answer(measured)
    kept = speed(*whole[:2])
    kept.capacity = {"at once": (2, None)}
    assert "tried, the answer still comes within 1 s." in plain_answer(kept)


@pytest.mark.parametrize(
    ("again_s", "cached", "name"),
    [(0.02, None, "prefix-cache"), (0.19, 480, "prefix-cache"), (0.19, 0, "no-prefix-cache")],
)
def test_what_is_counted_as_cached_was_remembered(
    again_s: float, cached: int | None, name: str
) -> None:
    """Also where the first text comes hardly sooner, since most of its wait is the network's."""
    new, again = percentiles([0.2] * 3), percentiles([again_s] * 3)
    assert name == CacheGain(new, again, 500, cached).finding.name
