"""How events are written: what is legal, what clients stumble over, what is red."""

from __future__ import annotations

import pytest

from helpers.tests.support.judged import (
    FIRST,
    STOP,
    TEXT,
    events,
    findings,
    first,
    paced,
    remarked,
    whole,
)
from helpers.tests.support.recordings import SSE
from helpers.tests.support.streams import DONE, event

WHOLE = b"".join(events())
ODD = {
    "bom": b"\xef\xbb\xbf" + WHOLE,
    "bad-utf-8": WHOLE.replace(b"hill", b"h\xffll"),
    "lone-surrogate": b"".join(events(["\ud83d", *TEXT])),
    "split-surrogate": b"".join(events(["\ud83d", "\udf33", *TEXT])),
    "event-without-data": b"event: ping\n\n" + WHOLE,
    "empty-data": b"data:\n\n" + WHOLE,
    "null-data": b"data: null\n\n" + WHOLE,
    "ping": b'event: ping\ndata: {"type":"ping"}\n\n' + WHOLE,
    "unknown-field": b"oak: tree\n" + WHOLE,
    "not-json": b"data: oak\n\n" + WHOLE,
    "glued-chunks": FIRST + event({"content": "a"})[:-1] + b"".join(events()[1:]),
    "odd-done": WHOLE.replace(b" [DONE]", b"  [DONE]"),
    "done-again": WHOLE + DONE,
    "after-done": WHOLE + STOP,
    "no-done": b"".join(events()[:-1]),
    "no-choices": b'data: {"id":"c"}\n\n' + WHOLE,
    "unfinished-event": WHOLE[:-1],
    "nan": WHOLE.replace(b'"created": 1', b'"x": NaN, "created": 1', 1),
}
FAILS = {"bad-utf-8", "lone-surrogate", "not-json", "glued-chunks", "odd-done"}


@pytest.mark.parametrize("name", ODD)
def test_each_oddity_has_its_name_beside_the_word(name):
    """One thing wrong, one finding, red where a program would lose text or break."""
    recording = paced(ODD[name].splitlines(keepends=True))
    also = {"no-done"} if name == "unfinished-event" else set()
    found = {key: level for key, level in remarked(recording).items() if key not in also}
    assert "streamed" == first(recording).name
    assert {name: "fail" if name in FAILS else "remark"} == found


def test_done_in_quotes_is_odd():
    """Clients compare the five letters and the brackets."""
    recording = paced(WHOLE.replace(b"[DONE]", b'"[DONE]"').splitlines(keepends=True))
    assert "fail" == remarked(recording)["odd-done"]


@pytest.mark.parametrize(
    "body",
    [
        b"retry: 3000\n\n" + WHOLE, b"id: 1\n: comment\n" + WHOLE, b": ping\n\n" * 9 + WHOLE,
        b"event: message\n" + WHOLE, b"\n\n\n" + WHOLE,
    ],
    ids=["retry", "id before a comment", "comments", "event message", "blank lines"],
)  # fmt: skip
def test_legal_events_are_not_remarked(body):
    """The standard has them, so a server may use them; the client's trouble is the client's."""
    recording = paced(body.splitlines(keepends=True))
    assert "streamed" == first(recording).name
    assert set() == set(remarked(recording)) - {"event-without-data"}


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ((("Content-Type", "text/plain"),), "odd-media-type"),
        ((*SSE, ("Content-Length", "3000")), "content-length"),
    ],
)
def test_headers_that_no_stream_has_are_remarked(headers, name):
    """A type that proxies do not stream, and a length that nobody can know."""
    found = remarked(paced(events(), headers=headers))
    assert {name: "remark"} == found


def test_a_quoted_oddity_is_short():
    """A server's megabyte does not become a sentence."""
    body = b"data: " + b"o" * 100_000 + b"\n\n" + WHOLE
    [found] = [one for one in findings(whole(body)) if one.name == "not-json"]
    assert len(found.evidence) < 200
