"""One word for what came: each from its own recording, and whatever came has one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.diagnose.diagnosis import diagnose
from helpers.diagnose.words import word_of
from helpers.tests.support.judged import (
    JSON,
    LINE,
    TEXT,
    events,
    findings,
    first,
    paced,
    refusal,
    whole,
)
from helpers.tests.support.recordings import recorded
from helpers.tests.support.streams import DONE
from helpers.wire.reading import Reading

FULL = b'{"choices":[{"index":0,"message":{"content":"oak"},"finish_reason":"stop"}]}'
STALL = [
    *((0.1 * number, part) for number, part in enumerate(events()[:8])),
    *((4 + 0.1 * number, part) for number, part in enumerate(events()[8:])),
]
SO_FAR = ["".join(TEXT[: number + 1]) for number in range(len(TEXT))]
EQUAL = [LINE[at : at + 3] for at in range(0, 75, 3)]

WORD_OF = [
    ("refused", "refused", recorded(status=None, end="broken", cause="refused")),
    ("silent", "silence", recorded(status=None, end="limit", cause="first", limit_s=20.0)),
    ("silent", "empty", recorded()),
    ("silent", "only-done", whole(DONE)),
    ("not SSE", "html", whole(b"<!DOCTYPE html><title>Hi</title>")),
    ("not SSE", "full-for-stream", whole(FULL, headers=JSON)),
    ("not SSE", "json-error", whole(b'{"error":{"message":"no sap"}}', headers=JSON)),
    ("unauthorized", "unauthorized", refusal(401, {"error": "no"})),
    ("not SSE", "ndjson", whole(b'{"message":{"content":"a"}}\n{"done":true}\n')),
    ("not SSE", "no-empty-lines", whole(b"\n".join(part.strip() for part in events()) + b"\n")),
    ("not SSE", "no-chunks", whole(b'event: message_start\ndata: {"type":"message"}\n\n')),
    ("error inside", "error-inside", paced([*events()[:5], b'data: {"error":"no sap"}\n\n'])),
    ("keep-alives only", "keep-alives-only", paced([b": ping\n\n"] * 9)),
    ("keep-alives only", "keep-alives-only", paced([b"event: ping\ndata: {}\n\n"] * 9)),
    ("cut", "cut", paced(events()[:9])),
    ("cut", "connection-lost", recorded([(0.5, b"".join(events()[:9])[:-20])], end="broken")),
    ("cumulative", "cumulative", paced(events(SO_FAR))),
    ("one delta", "one-delta", paced(events([LINE]))),
    ("buffered", "buffered", whole(b"".join(events()))),
    ("re-chunked", "re-chunked", paced(events(EQUAL))),
    ("stalled", "stalled", recorded(STALL)),
    ("unclear", "too-short", paced(events(["Yes."]))),
    ("no text", "no-text", paced(events([]))),
    ("streamed", "streamed", paced(events())),
]


@pytest.mark.parametrize(
    ("word", "cause", "recording"), WORD_OF, ids=[f"{row[0]}-{row[1]}" for row in WORD_OF]
)
def test_each_word_has_its_cause_and_its_advice(word, cause, recording):
    """The first that holds; only a good stream needs no advice."""
    found = first(recording)
    assert (word, cause) == (word_of([found]), found.name)
    assert found.says.endswith(".")
    assert found.evidence
    assert bool(found.do) == (word != "streamed")


def test_an_answer_that_is_coming_is_not_judged():
    """Nothing is said while it runs, and nothing has a word then."""
    reading = Reading(recorded([(0.1, events()[0])], end=""))
    reading.catch_up()
    assert () == diagnose(reading)
    assert "" == word_of(())


def test_the_chunks_of_one_delta_are_counted_with_those_that_the_panel_leaves_out():
    """Beside it the panel counts the one with text."""
    found = first(paced(events([LINE])))
    assert found.evidence.endswith("; 3 chunks in all, counting those without text")


def test_what_was_stopped_is_not_judged():
    """Whoever pressed Stop learns nothing about the endpoint."""
    found = first(recorded([(0.5, events()[1])], end="closed"))
    assert ("stopped", "unclear") == (found.name, found.level)
    assert "Ask again" in found.do


def test_a_full_answer_is_answered_and_not_streamed():
    """Asked in one piece, it came in one piece."""
    found = first(whole(FULL, headers=JSON, request_body=b'{"stream":false}'))
    assert ("answered", "pass") == (word_of([found], streamed=False), found.level)


@given(st.binary(max_size=60), st.integers(0, 2000), st.sampled_from(["eof", "broken", "limit"]))
def test_no_damage_makes_it_raise(noise, at, end):
    """There is always one word, and all that is said can be encoded."""
    body = b"".join(events())
    body = body[:at] + noise + body[at + len(noise) :]
    found = findings(recorded([(0.1, body[:at]), (0.2, body[at:])], end=end))
    assert word_of(found)
    assert "".join(map(str, found)).encode()


@given(st.binary(max_size=200), st.integers(100, 599))
def test_no_error_body_makes_it_raise(noise, status):
    """Whatever a server says with whatever status, there is a first finding."""
    assert findings(whole(noise, status=status))[0].says
