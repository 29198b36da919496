"""What the chunks of a stream look like, counted while the answer is assembled."""

from __future__ import annotations

import json

import pytest

from helpers.tests.support.recordings import read
from helpers.tests.support.streams import DONE, event
from helpers.wire.builders.chunk_statistics import VALUES_KEPT, ChunkStatistics

FIRST = event({"role": "assistant", "content": ""})
TEXT = [event({"content": f"word{at} "}) for at in range(5)]
STOP = event({}, "stop")


def counted(*parts: bytes) -> ChunkStatistics:
    """Return the statistics of a stream of these events."""
    return read([(0.1, b"".join(parts))]).statistics


def test_chunks_and_ends_have_their_places() -> None:
    """Chunks with choices, those with output, and where the ends stood."""
    statistics = counted(FIRST, *TEXT, STOP, DONE)
    assert (7, 5) == (statistics.chunks, statistics.with_output)
    assert (6, 7) == (statistics.finish_event, statistics.done_event)
    assert {"stop": 1} == dict(statistics.reasons)


def test_names_are_kept_as_long_as_they_are_few() -> None:
    """Enough to say that they change, and no more of ten thousand."""
    statistics = counted(*(event({"content": "a"}, id=f"c{at}") for at in range(1000)))
    assert VALUES_KEPT + 1 == len(statistics.values["id"])
    assert {"oak": None} == statistics.values["model"]


def test_signs_of_life_are_no_chunks() -> None:
    """An empty object, null, and events that are called ping."""
    pings = b"data: {}\n\ndata: null\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\n"  # fmt: skip
    statistics = counted(pings, *TEXT)
    assert 5 == statistics.chunks
    assert 2 <= statistics.pings <= 3


def test_the_quick_path_counts_what_the_slow_one_does() -> None:
    """Chunks of text alone are counted in fewer steps, and alike."""
    slow = [event({"content": f"word{at} ", "refusal": None}) for at in range(5)]
    quick, other = counted(FIRST, *TEXT, STOP), counted(FIRST, *slow, STOP)
    assert (quick.with_output, quick.chunks) == (other.with_output, other.chunks)
    assert dict(+quick.counts) == dict(+other.counts)


def test_text_after_the_end_is_counted_for_its_own_choice() -> None:
    """Of two choices one may end before the other."""
    both = [
        {"index": 0, "delta": {}, "finish_reason": "stop"},
        {"index": 1, "delta": {"content": "elm"}, "finish_reason": None},
    ]
    assert 0 == counted(*TEXT, event({}, choices=both)).counts["output-after-finish"]
    assert 1 == counted(*TEXT, STOP, TEXT[0]).counts["output-after-finish"]


@pytest.mark.parametrize(
    ("usage", "name"),
    [([1], "odd-usage"), ("many", "odd-usage")],
)
def test_a_usage_of_another_type_is_counted(usage: object, name: str) -> None:
    """Clients add its numbers up."""
    assert 1 == counted(event({}, choices=[], usage=usage)).counts[name]


@pytest.mark.parametrize(
    "choices", [[None], ["a"], [[]], [{}], [{"delta": 1}], [{"index": [], "delta": {}}]]
)
def test_damaged_choices_are_counted_without_raising(choices: list[object]) -> None:
    """Whatever stands in the list."""
    body = b"data: " + json.dumps({"choices": choices}).encode() + b"\n\n"
    assert counted(body, *TEXT).chunks == 6
