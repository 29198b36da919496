"""The bench: what it measures with, and how it counts."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from helpers import __main__ as commands
from helpers.diagnose.diagnosis import diagnose
from helpers.diagnose.words import word_of
from helpers.finding import Finding
from helpers.selftest import painting as paint_test
from helpers.selftest.bench import painting
from helpers.selftest.bench.bare_streams import BareStreams
from helpers.selftest.bench.budgets import goals
from helpers.selftest.bench.display import delays, moments
from helpers.selftest.bench.engine import lateness_s
from helpers.selftest.bench.figures import Figures
from helpers.selftest.bench.kept import BenchError, data, loaded
from helpers.selftest.bench.reading import cost
from helpers.selftest.bench.recorded import even, ragged
from helpers.selftest.bench.table import table
from helpers.selftest.overhead import Overhead
from helpers.selftest.truth import Truth
from helpers.selftest.truth_summary import Group, TruthSummary, groups
from helpers.server import stamped
from helpers.server.faults.registry import Mode
from helpers.server.stamped_text import tokens
from helpers.show.panel.frontend import Stopwatch
from helpers.show.timeline.layout import PLACES, lanes_of
from helpers.show.timeline.live import timeline
from helpers.tests.support import recordings
from helpers.tests.support.bench import FIGURES, LOAD, shown
from helpers.tests.support.recordings import timed
from helpers.wire.reading import read


def test_a_cost_is_the_median_of_its_rounds():
    """Seconds per round become microseconds per chunk, with their spread."""
    found = cost([0.04, 0.06, 0.05], 10_000)
    assert (found.median_us, found.least_us, found.most_us) == pytest.approx((5.0, 4.0, 6.0))
    assert found.rounds == 3


def test_the_ratios_compare_equals_with_equals():
    """Bytes per token against the same length of loop; medians against medians."""
    ratios = FIGURES.ratios
    assert ratios.growth == pytest.approx(1.1)
    assert ratios.live_to_print == pytest.approx(0.2)
    assert ratios.reading_to_bare == pytest.approx(2.5)
    assert ratios.plain_to_reading == pytest.approx(20.0)
    assert (ratios.parse_growth, ratios.judge_growth) == pytest.approx((1.1, 1.5))
    assert (ratios.update_growth, ratios.update_cpu_growth) == pytest.approx((1.05, 6.0))


def test_a_goal_is_met_or_missed_in_the_table():
    """Each goal stands in the row of its figure."""
    missed = {goal.name for goal in goals(FIGURES) if goal.level == "fail"}
    assert missed == {"delay_p99_256", "judged_us", "judging", "proxy_p50_32", "proxy_p99_32"}
    assert _row(FIGURES, "judging, growth per chunk").endswith("at most 1.2 times: MISSED")
    assert "2.50 times" in _row(FIGURES, "reading, against the bare one")
    assert _row(FIGURES, "batch, a prompt").endswith("at most 1 ms: met")
    slow = replace(FIGURES, reading=replace(FIGURES.reading, bare=cost([0.01], 10_000)))
    assert _row(slow, "reading, against the bare one").endswith("at most 2.5 times: MISSED")


def test_a_slow_machine_may_take_longer():
    """Twice the time where a bare socket takes twice as long; a ratio stays as it is."""
    bare = replace(FIGURES.reading, bare=cost([0.04], 10_000))
    slow = replace(FIGURES, reading=bare, startup=replace(FIGURES.startup, first_s=0.55))
    assert slow.slowness == 2.0
    assert _row(slow, "imports to the first").endswith(
        "0.3 s: met, allowing for this machine's speed"
    )
    assert _row(slow, "judging, growth per chunk").endswith("at most 1.2 times: MISSED")
    assert "2.0 times as long" in _row(slow, "speed of this machine")
    assert "allowing for this machine's speed" in Overhead(slow).yes
    slower = replace(slow, startup=replace(FIGURES.startup, first_s=0.65))
    assert _row(slower, "imports to the first request").endswith("at most 0.3 s: MISSED")
    unsteady = replace(slower, reading=replace(bare, bare=cost([0.04, 0.04, 0.05], 10_000)))
    assert _row(unsteady, "imports to the first").endswith("since this machine's speed varied")
    assert "2 unclear, since its speed varied" in Overhead(unsteady).yes
    assert "start" not in {one.name for one in Overhead(unsteady).findings}


def test_no_client_need_be_better_than_one_that_only_stamps():
    """The first text under load waits for the server and the scheduler, too."""
    late = replace(LOAD, ttft_p99_s=4e-3)
    assert _p99(replace(FIGURES, loads=(late,))).endswith("at most 1.5 ms: MISSED")
    bare = replace(FIGURES, loads=(replace(late, bare=BareStreams(1e-4, 5e-3)),))
    assert "n 192; a client that only stamps 5.00 ms" in _p99(bare)
    assert _p99(bare).endswith("at most 1.5 ms: met, allowing for this machine's speed")
    goal = next(goal for goal in goals(bare) if goal.name == "ttft_p99_64")
    assert goal.evidence.endswith("4 ms; a client that only stamps: 5 ms")


def test_a_short_run_judges_no_goal():
    """The first tokens of an answer say nothing about its growth."""
    short = replace(FIGURES, display=replace(FIGURES.display, live=(shown(500, 50_000),)))
    assert not {"growth", "display_bytes", "update"} & {goal.name for goal in goals(short)}
    brief = replace(FIGURES, reading=replace(FIGURES.reading, chunks=500))
    assert not {"reading", "parsing", "proxy_p50_32"} & {goal.name for goal in goals(brief)}
    few = replace(FIGURES, batch=replace(FIGURES.batch, prompts=999))
    assert "batch" not in {goal.name for goal in goals(few)}


def test_the_table_says_what_the_proxy_adds():
    """The difference of two percentiles, each with its goal."""
    assert "0.25 ms at p50" in _row(FIGURES, "1 stream, the proxy adds")
    assert _row(FIGURES, "1 stream, the proxy adds").endswith("at most 0.3 ms: met")
    assert _row(FIGURES, "32 streams, the proxy adds").endswith("at most 0.3 ms: MISSED")
    assert [None, 0.0035] == pytest.approx([hop.added_p99_s for hop in FIGURES.hops])


def test_no_p99_comes_from_fewer_than_a_hundred():
    """What was not measured is a dash, in the table and in its goals."""
    assert "p50 –, p99 – ms (n 0)" in _row(FIGURES, "proxy, off its pace")
    assert "p50 3.00, p99 – ms (n 99)" in _row(FIGURES, "replay at 10x, off its times")
    added = [row for row in table(FIGURES).splitlines() if "1 stream, the proxy adds" in row]
    assert "too few for a p99" in added[1]
    assert "proxy_p99_1" not in {goal.name for goal in goals(FIGURES)}


def test_an_update_tells_its_share_of_a_core():
    """Three updates a second, of 12 ms each."""
    assert FIGURES.drawing[-1].share == pytest.approx(0.04)
    row = _row(FIGURES, "timeline, 10,000 chunks")
    assert "0.5 before, 2.2 at the end" in _row(FIGURES, "load of this machine")
    assert ("14.7 kB, 12.0 ms CPU an update" in row, "4.0% of a core" in row) == (True, True)


def test_a_chunk_is_shown_by_the_first_message_that_holds_it():
    """Several chunks share a message; what no message shows has no delay."""
    arrived = [(1.0, 4), (2.0, 8), (3.0, 12), (4.0, 16)]
    assert delays(arrived, [(2.5, 8), (3.5, 14)]) == [1.5, 0.5, 0.5]
    assert delays(arrived, [(5.0, 16)]) == [4.0, 3.0, 2.0, 1.0]
    assert delays(arrived, []) == []


def test_an_update_replaces_what_its_output_showed():
    """Outputs add up, updates of one do not; printed pieces follow one another."""
    outputs = [("a", "one"), ("a", "one two"), ("b", "three")]
    messages = [(9, _display(at_s, name, text)) for at_s, (name, text) in enumerate(outputs)]
    assert moments(messages) == [(0.0, 3), (1.0, 7), (2.0, 12)]
    printed = [(9, _message(at_s, "stream", {"text": "four"})) for at_s in range(2)]
    assert moments(printed) == [(0.0, 4), (1.0, 8)]


def test_pace_counts_from_the_first_chunk():
    """Early is as wrong as late, and no error adds up."""
    found = lateness_s([1.0, 1.0 + 1 / 30, 1.0 + 2 / 30 + 0.01, 1.0 + 3 / 30 - 0.01])
    assert found == pytest.approx([0.0, 0.01, 0.01])


@pytest.mark.parametrize("count", [1, 100, 2_000])
def test_tokens_are_the_same_every_time(count: int):
    """As many as asked for, none of them empty, 4.3 characters on average."""
    found = tokens(count)
    assert found == tokens(count)
    assert (len(found), all(found)) == (count, True)
    assert len("".join(found)) == round(count * 4.3)


def test_a_burst_is_read_as_its_tokens():
    """The bytes made beforehand are a proper answer, its usage and its end included."""
    frames = stamped.burst(50).split(b"\r\n")
    reading = recordings.read(timed(*frames[1::2], every_s=0))
    assert reading.answer.text == "".join(tokens(50))
    assert reading.timing.tokens == len(reading.timing.chunk_s) == 50
    assert reading.done
    assert not reading.findings


def test_the_recorded_stream_is_a_good_one():
    """A chunk in each read, and the word that a good stream gets."""
    reading = read(even(300))
    assert "streamed" == word_of(diagnose(reading))
    assert (300, 303) == (len(reading.timing.chunk_s), len(reading.recording.reads))
    assert "".join(tokens(300)) == reading.answer.text


@pytest.mark.parametrize("count", [240, 1_000, 2_500])
def test_a_ragged_stream_leaves_no_two_marks_touching(count: int):
    """The most marks a lane can hold, and so the largest update there is."""
    reading = read(ragged(count))
    now_s = reading.recording.reads[-1][0]
    lane = lanes_of(reading, now_s=now_s).lanes[2]
    assert (count, PLACES // 2) == (lane.count, len(lane.runs))
    assert "streaming" in timeline(reading, now_s=now_s)


@pytest.mark.parametrize("wrong", [["--fast"], ["--json", "no-such-folder/figures.json"]])
def test_a_wrong_call_is_told_before_anything_is_measured(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
):
    """Exit code 2, as everywhere, and no minute spent for nothing."""
    assert commands.main(["bench", *wrong]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert wrong[-1].partition("/")[0] in said.err


def _display(at_s: int, name: str, text: str) -> dict[str, Any]:
    content = {"transient": {"display_id": name}, "data": {"text/plain": text}}
    return _message(at_s, "update_display_data", content)


def _message(at_s: int, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    date = datetime.fromtimestamp(at_s, UTC)
    return {"msg_type": kind, "header": {"date": date}, "content": content}


def _p99(figures: Figures) -> str:
    return next(line for line in table(figures).splitlines() if "TTFT" in line and "p99" in line)


def _row(figures: Figures, name: str) -> str:
    return next(line for line in table(figures).splitlines() if line.startswith(name))


def test_a_kept_run_is_shown_as_it_was(tmp_path: Path):
    """Every figure comes back from the JSON; another file is a wrong call."""
    path = tmp_path / "bench.json"
    path.write_text(json.dumps(data(FIGURES)))
    assert FIGURES == loaded(str(path))
    path.write_text('{"schema": 1}')
    with pytest.raises(BenchError, match="bench --json"):
        loaded(str(path))


def test_a_busy_machine_makes_what_was_missed_unclear():
    """Else it is a remark, and red where that was asked for."""
    quiet = replace(FIGURES, load=(0.0, 0.5))
    for figures, strict, level in (
        (quiet, False, "remark"), (quiet, True, "fail"), (replace(FIGURES, load=(0.0, 999.0)), True,
         "unclear"),
    ):  # fmt: skip
        found = {one.name: one.level for one in Overhead(figures, strict).findings}
        assert level == found["judging"]
    assert "budgets are kept" in Overhead(quiet).yes


@pytest.mark.parametrize(("seen", "lost"), [(5, 0), (3, 2)])
def test_what_the_page_never_painted_is_lost(
    seen: int, lost: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page whose clock is a minute ahead, which paints the first numbers and no more."""

    class Page:
        async def ask(self, what: str, **_: object) -> dict[str, object]:
            at_ms = (time.time() + 60) * 1000
            painted = [(seen, at_ms)] if what == "end" else []
            return {"at_ms": at_ms, "seen": seen, "painted": painted, "longest_ms": 70}

    monkeypatch.setattr(painting, "TOKENS", 5)
    monkeypatch.setattr(painting, "SETTLE_S", 0)
    found = asyncio.run(painting.paint(cast("Stopwatch", Page())))
    assert [lost] * 3 == [way.lost for way in found.ways]
    assert [lost > 0] * 3 == [way.last_s is None for way in found.ways]
    assert all(0 < (way.delay_s.p50 or 0) < 50 for way in found.ways)
    assert "1 2 3 4 5" in capsys.readouterr().out


def test_without_a_page_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers; it says so, and what to do."""

    async def nobody(_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(paint_test, "paint", nobody)
    asked = paint_test.PaintTest()
    assert "Not measured" in repr(asked)
    asyncio.run(asked.run())
    assert "No page answered" in repr(asked)


def test_precision_counts_what_was_accused_rightly():
    """One of two faults recognised, one of two look-alikes accused: half of the accusations."""
    red, green = Finding("cut", "fail", "Cut."), Finding("streamed", "pass", "It streams.")
    rows = [
        Truth(Mode("a", "", None, group="g"), "cut", (red,), None, ""),
        Truth(Mode("b", "", None, group="g"), "streamed", (green,), None, "expected cut"),
        Truth(Mode("c", "", None, group="g", legal=True), "cut", (red,), None, "legal, and called"),
        Truth(Mode("d", "", None, group="g", legal=True), "streamed", (green,), None, ""),
    ]
    assert [Group(name, 2, 1, 2, 1) for name in ("g", "all")] == groups(rows)
    assert 0.5 == groups(rows)[0].precision
    summary = TruthSummary()
    assert [] == summary.findings
    summary.rows = rows
    assert ["fail"] == [one.level for one in summary.findings]
    assert "missed" in repr(summary.table)


def test_a_process_of_the_bench_ends_on_an_interrupt_in_silence(
    capfd: pytest.CaptureFixture[str],
):
    """As when a kernel is interrupted with all that it started: nothing is printed."""
    others = psutil.Process().children()
    with stamped.running():
        (server,) = set(psutil.Process().children()) - {*others}
        server.send_signal(signal.SIGINT)
        assert -signal.SIGINT == server.wait(10)
    assert "" == capfd.readouterr().err
