"""How events are written: what is legal, what clients stumble over, what is red."""

from __future__ import annotations

import json

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
from helpers.wire.reading import read

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
    "text-after-done": WHOLE + event({"content": "lost"}),
    "bare-control": WHOLE.replace(b"hill ", b"hill\t"),
    "null-finish-reason": WHOLE.replace(b'"finish_reason": null', b'"finish_reason": "null"'),
    "text-in-two-places": WHOLE.replace(b'{"content": "leaves ', b'{"text": "leaves '),
    "no-done": b"".join(events()[:-1]),
    "no-choices": b'data: {"id":"c"}\n\n' + WHOLE,
    "unfinished-event": WHOLE[:-1],
    "nan": WHOLE.replace(b'"created": 1', b'"x": NaN, "created": 1', 1),
}
FAILS = {
    "bad-utf-8",
    "lone-surrogate",
    "not-json",
    "glued-chunks",
    "odd-done",
    "text-after-done",
    "bare-control",
    "text-in-two-places",
}


@pytest.mark.parametrize("name", ODD)
def test_each_oddity_has_its_name_beside_the_word(name):
    """One thing wrong, one finding, red where a program would lose text or break."""
    recording = paced(ODD[name].splitlines(keepends=True))
    also = {"no-done"} if name == "unfinished-event" else set()
    found = {key: level for key, level in remarked(recording).items() if key not in also}
    assert "streamed" == first(recording).name
    assert {name: "fail" if name in FAILS else "remark"} == found


@pytest.mark.parametrize("done", [b'"[DONE]"', b"[done]", b"DONE", b"<DONE>"])
def test_done_in_another_form_is_odd(done):
    """Clients compare the letters and the brackets."""
    recording = paced(WHOLE.replace(b"[DONE]", done).splitlines(keepends=True))
    assert {"odd-done": "fail"} == remarked(recording)


@pytest.mark.parametrize("name", ["text-in-two-places", "bare-control", "null-finish-reason"])
def test_what_clients_lose_is_not_lost_here(name):
    """The text is whole, and it ended as the last chunk says."""
    answer = read(paced(ODD[name].splitlines(keepends=True))).answer
    assert ("".join("".join(TEXT).split()), "stop") == (
        "".join(answer.text.split()),
        answer.finish_reason,
    )


@pytest.mark.parametrize("place", ["delta.finish_reason", "stop_reason"])
def test_a_reason_in_another_place_is_found(place):
    """It is missing all the same, and where it stands is said."""
    holder = {"finish_reason": "stop"}
    last = {"delta": holder} if "delta" in place else {"delta": {}, "stop_reason": "stop"}
    chunk = b"data: " + json.dumps({"choices": [{"index": 0, **last}]}).encode() + b"\n\n"
    found = {one.name: one for one in findings(paced([*events()[:-2], chunk, DONE]))}
    assert f"“stop” is in choices[0].{place}" in found["no-finish-reason"].evidence


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
