"""One word for a stream: each from its own recording, and legal variants that pass."""

from __future__ import annotations

import gzip
import random
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.diagnose.diagnosis import diagnose
from helpers.diagnose.words import word_of
from helpers.finding import Finding
from helpers.tests.support import recordings
from helpers.tests.support.recordings import SSE
from helpers.tests.support.streams import DONE, event
from helpers.wire.recording import Recording

LINE = "The old oak stands on a hill and holds its leaves against the evening wind ."
TEXT = [f"{word} " for word in LINE.split()]

recorded = partial(recordings.recorded, request_body=b'{"stream":true}')
FIRST = event({"role": "assistant", "content": ""})
STOP = event({}, "stop")


def events(texts: list[str] = TEXT, field: str = "content") -> list[bytes]:
    """Return a whole and proper stream of these texts."""
    return [FIRST, *(event({field: text}) for text in texts), STOP, DONE]


def paced(parts: list[bytes], *, first_s: float = 0.3, gap_s: float = 0.03) -> Recording:
    """Return a recording whose parts came one by one."""
    return recorded([(first_s + gap_s * number, part) for number, part in enumerate(parts)])


def at_once(body: bytes, at_s: float = 2.0, **other: object) -> Recording:
    """Return a recording of one read."""
    return recorded([(at_s, body)], **other)


def judged(recording: Recording) -> tuple[Finding, ...]:
    """Return what is said of a recording."""
    return diagnose(recordings.reading_of(recording))


def word(recording: Recording) -> str:
    """Return the one word for a recording."""
    return word_of(judged(recording))


def names(recording: Recording) -> set[str]:
    """Return the names of the findings beside the word that are no mere facts."""
    return {found.name for found in judged(recording)[1:] if found.level != "pass"}


JSON = (("Content-Type", "application/json"),)
FULL = b'{"choices":[{"index":0,"message":{"content":"oak"},"finish_reason":"stop"}]}'
STALL = [*((0.1 * number, part) for number, part in enumerate(events()[:8])),
         *((4 + 0.1 * number, part) for number, part in enumerate(events()[8:]))]  # fmt: skip
SO_FAR = ["".join(TEXT[: number + 1]) for number in range(len(TEXT))]
EQUAL = [LINE[at : at + 3] for at in range(0, 75, 3)]

WORD_OF = [
    ("request failed", "request-failed", recorded([], status=None, end="broken", headers_s=None)),
    ("silent", "empty", recorded([])),
    ("silent", "only-done", at_once(DONE)),
    ("not SSE", "html", at_once(b"<!DOCTYPE html><title>Hi</title>")),
    ("not SSE", "full-for-stream", at_once(FULL, headers=JSON)),
    ("not SSE", "json-error", at_once(b'{"error":{"message":"no sap"}}', headers=JSON)),
    ("unauthorized", "unauthorized", at_once(b'{"error":"no"}', headers=JSON, status=401)),
    ("not SSE", "ndjson", at_once(b'{"message":{"content":"a"}}\n{"done":true}\n')),
    ("not SSE", "no-empty-lines", at_once(b"\n".join(part.strip() for part in events()) + b"\n")),
    ("not SSE", "no-chunks", at_once(b'event: message_start\ndata: {"type":"message"}\n\n')),
    ("error inside", "error-inside", paced([*events()[:5], b'data: {"error":"no sap"}\n\n'])),
    ("keep-alives only", "keep-alives-only", paced([b": ping\n\n"] * 9)),
    ("keep-alives only", "keep-alives-only", paced([b"event: ping\ndata: {}\n\n"] * 9)),
    ("cut", "cut", paced(events()[:9])),
    ("cut", "connection-lost", recorded([(0.5, b"".join(events()[:9])[:-20])], end="broken")),
    ("cumulative", "cumulative", paced(events(SO_FAR))),
    ("one delta", "one-delta", paced(events([LINE]))),
    ("buffered", "buffered", at_once(b"".join(events()))),
    ("re-chunked", "re-chunked", paced(events(EQUAL))),
    ("stalled", "stalled", recorded(STALL)),
    ("unclear", "too-short", paced(events(["Yes."]))),
    ("no text", "no-text", paced(events([]))),
    ("streamed", "streamed", paced(events())),
]  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "name", "recording"), WORD_OF, ids=[f"{row[0]}-{row[1]}" for row in WORD_OF]
)
def test_each_word_has_its_name_and_its_advice(expected, name, recording):
    """The first that holds; only a good stream needs no advice."""
    found = judged(recording)
    assert (expected, name) == (word_of(found), found[0].name)
    assert found[0].says.endswith(".")
    assert found[0].evidence
    assert bool(found[0].do) == (expected != "streamed")


LEGAL = {
    "no space": b"".join(events()).replace(b"data: ", b"data:"),
    "crlf": b"".join(events()).replace(b"\n", b"\r\n"),
    "cr": b"".join(events()).replace(b"\n", b"\r"),
    "comments": b": wait\n\n" + b": wait\n".join(events()),
    "fields": b"".join(b"event: message\nid: 7\n" + part for part in events()),
    "blank lines": b"\n\n\n".join(events()),
    "lines": b"".join(part.replace(b', "choices"', b',\ndata: "choices"') for part in events()),
    "azure": b'data: {"id":"","choices":[],"prompt_filter_results":[]}\n\n' + b"".join(events()),
}


@pytest.mark.parametrize("body", LEGAL.values(), ids=LEGAL)
@given(st.integers(1, 160))
def test_legal_variants_stream_wherever_they_are_cut(body, size):
    """No finding either, whatever the network does to the bytes."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    recording = paced(pieces, gap_s=0.03 * size / 160)
    assert (word(recording), names(recording)) == ("streamed", set())


HEALTHY = {
    "10,000 chunks in a second": recorded(
        [(0.02 + at / 16, event({"content": "oak "}) * 625) for at in range(16)]
        + [(1.05, STOP + DONE)]
    ),
    "a long silence first": paced(events(TEXT * 6), first_s=60, gap_s=0.01),
    "several tokens a chunk": paced(events([LINE + "\n"] * 6), gap_s=0.2),
    "jitter": recorded(
        [(0.3 + 0.033 * number + random.Random(number).random() * 0.03, part)
         for number, part in enumerate(events(TEXT * 4))]
    ),
    "thought first": paced(
        [FIRST, *(event({"reasoning_content": text}) for text in TEXT), *events()[1:]]
    ),
    "two choices": paced(
        [event({"content": text}, choices=[
            {"index": index, "delta": {"content": text}, "finish_reason": None}
            for index in (0, 1)]) for text in TEXT]
        + [event({}, choices=[{"index": index, "delta": {}, "finish_reason": "stop"}
                              for index in (0, 1)]), DONE]
    ),
    "a pause before a call": recorded(
        [(0.03 * number, part) for number, part in enumerate(events()[:-2])]
        + [(5.0, event({"tool_calls": [{"index": 0, "id": "t", "function": {"name": "plant"}}]})),
           (5.1, event({}, "tool_calls") + DONE)]
    ),
    "letters repeated": paced(events(["ha "] * 40)),
}  # fmt: skip


@pytest.mark.parametrize("recording", HEALTHY.values(), ids=HEALTHY)
def test_healthy_streams_are_not_suspected(recording):
    """Speed, patience and odd texts are no faults."""
    assert word(recording) == "streamed"


def test_a_burst_of_many_reads_is_held_back_too():
    """A large buffer is emptied in several reads, all at the end."""
    body = b"".join(events(TEXT * 40))
    pieces = [(5 + at / 1e7, body[at : at + 9000]) for at in range(0, len(body), 9000)]
    assert word(recorded(pieces)) == "buffered"


@pytest.mark.parametrize(
    ("header", "advice"),
    [
        (("Server", "nginx/1.27"), "proxy_buffering off"),
        (("Content-Encoding", "gzip"), "gzip off"),
        (("Content-Length", "7"), "Content-Length"),
        (("Via", "1.1 Caddy"), "flush_interval -1"),
        (("X-Accel-Buffering", "no"), "ignores it"),
    ],
)
def test_what_held_it_back_is_told_by_headers(header, advice):
    """The header is evidence, and the remedy is that program's own switch."""
    body = b"".join(events())
    body = gzip.compress(body) if header[1] == "gzip" else body
    found = judged(at_once(body, headers=(*SSE, header)))
    assert (word_of(found), header[1] in found[0].evidence, advice in found[0].do) == (
        "buffered", True, True,
    )  # fmt: skip


ODD = {
    "bom": b"\xef\xbb\xbf" + b"".join(events()),
    "bad-utf-8": b"".join(events()).replace(b"hill", b"h\xffll"),
    "lone-surrogate": b"".join(events(["\ud83d", *TEXT])),
    "event-without-data": b"event: ping\n\n" + b"".join(events()),
    "empty-data": b"data:\n\n" + b"".join(events()),
    "not-json": b"data: oak\n\n" + b"".join(events()),
    "glued-chunks": FIRST + event({"content": "a"})[:-1] + b"".join(events()[1:]),
    "odd-done": b"".join(events()).replace(b" [DONE]", b"  [DONE]"),
    "done-again": b"".join(events()) + DONE,
    "after-done": b"".join(events()) + STOP,
    "no-done": b"".join(events()[:-1]),
    "no-choices": b'data: {"id":"c"}\n\n' + b"".join(events()),
    "no-role": b"".join(events()[1:]),
    "role-again": FIRST + b"".join(events()),
    "no-finish-reason": b"".join([*events()[:-2], DONE]),
    "empty-finish-reason": b"".join([*events()[:-2], event({}, ""), DONE]),
    "finish-reason-again": b"".join([*events()[:-1], STOP, DONE]),
    "finish-reason-everywhere": b"".join(events()).replace(b"null", b'"stop"'),
    "usage-again": b"".join(events()).replace(b'"created"', b'"usage": {}, "created"'),
    "replacement-character": b"".join(events(["\ufffd", *TEXT])),
    "text-again": b"".join(events([*TEXT, "".join(TEXT)])),
    "unfinished-event": b"".join(events())[:-1],
    "nan": b"".join(events()).replace(b'"created": 1', b'"x": NaN, "created": 1', 1),
}
FAILS = {
    "bad-utf-8", "lone-surrogate", "not-json", "glued-chunks", "odd-done", "no-finish-reason",
    "empty-finish-reason", "text-again",
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_each_oddity_has_its_name_beside_the_word(name):
    """One thing wrong, one finding, red where a program would lose text or break."""
    lines = ODD[name].splitlines(keepends=True)
    first, *beside = judged(paced(lines))
    told = {finding.name: finding.level for finding in beside if finding.level != "pass"}
    if name == "unfinished-event":
        told.pop("no-done", None)
    assert first.name == "streamed"
    assert {name: "fail" if name in FAILS else "remark"} == told


@pytest.mark.parametrize("field", ["id", "created", "model"])
def test_what_should_stay_and_changes_is_named(field):
    """Ids, times and models are one for all chunks."""
    body = [event({"content": text}, **{field: at}) for at, text in enumerate(TEXT)]
    assert {f"{field}-changes"} == names(paced([FIRST, *body, STOP, DONE]))


@pytest.mark.parametrize(
    ("name", "at_s"), [("late-finish", -2), ("late-done", -1), ("late-close", 0)]
)
def test_what_comes_late_after_the_text_is_named(name, at_s):
    """The finish reason, [DONE], and the end of the body."""
    recording = paced(events())
    if at_s:
        recording.reads[at_s:] = [(time + 5, data) for time, data in recording.reads[at_s:]]
    recording.end_s = recording.reads[-1][0] + (0 if at_s else 5)
    assert name in names(recording)


def test_a_recording_without_times_is_unclear():
    """A browser's export keeps the end of a body only: that is no buffering."""
    recording = at_once(b"".join(events()))
    recording.timed = False
    assert ("unclear", "no-times") == (word(recording), judged(recording)[0].name)


@given(st.binary(max_size=60), st.integers(0, 2000), st.sampled_from(["eof", "broken", "limit"]))
def test_no_damage_makes_it_raise(noise, at, end):
    """There is always one word, and its report can be encoded."""
    body = b"".join(events())
    body = body[:at] + noise + body[at + len(noise) :]
    found = judged(recorded([(0.1, body[:at]), (0.2, body[at:])], end=end))
    assert f"{word_of(found)} {found}".encode()
