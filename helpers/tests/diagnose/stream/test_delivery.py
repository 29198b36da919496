"""How a stream came: held back, cut anew, stalled; and what only looks like it."""

from __future__ import annotations

import gzip
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.tests.support.judged import (
    FIRST,
    LINE,
    STOP,
    TEXT,
    events,
    findings,
    first,
    paced,
    remarked,
    whole,
)
from helpers.tests.support.recordings import SSE, recorded
from helpers.tests.support.streams import DONE, event

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
    assert ("streamed", {}) == (first(recording).name, remarked(recording))


CALL = {"index": 0, "id": "t", "function": {"name": "plant", "arguments": "{}"}}
HEALTHY = {
    "10,000 chunks in a second": recorded(
        [(0.02 + at / 16, event({"content": "oak "}) * 625) for at in range(16)]
        + [(1.05, STOP + DONE)]
    ),
    "a long silence first": paced(events(TEXT * 6), first_s=60, gap_s=0.01),
    "several tokens a chunk": paced(events([LINE + "\n"] * 6), gap_s=0.2),
    "jitter": recorded(
        [
            (0.3 + 0.033 * number + random.Random(number).random() * 0.03, part)
            for number, part in enumerate(events(TEXT * 4))
        ]
    ),
    "thought first": paced(
        [FIRST, *(event({"reasoning_content": text}) for text in TEXT), *events()[1:]]
    ),
    "a pause before a call": recorded(
        [(0.03 * number, part) for number, part in enumerate(events()[:-2])]
        + [(5.0, event({"tool_calls": [CALL]})), (5.1, event({}, "tool_calls") + DONE)]
    ),
    "a pause after the thoughts": recorded(
        [(0.03 * n, event({"reasoning_content": text})) for n, text in enumerate(TEXT)]
        + [(4 + 0.03 * n, part) for n, part in enumerate(events()[1:])]
    ),
    "letters repeated": paced(events(["ha "] * 40)),
    "an even rhythm of long steps": paced(events(TEXT * 2), gap_s=1.4),
}


@pytest.mark.parametrize("recording", HEALTHY.values(), ids=HEALTHY)
def test_healthy_streams_are_not_suspected(recording):
    """Speed, patience and odd texts are no faults."""
    assert "streamed" == first(recording).name


def test_two_choices_that_were_asked_for_stream():
    """They come side by side, and each is a part of its own."""
    both = [0, 1]
    chunks = [
        event({}, choices=[
            {"index": at, "delta": {"content": text}, "finish_reason": None} for at in both
        ]) for text in TEXT
    ]  # fmt: skip
    end = event(
        {}, choices=[{"index": at, "delta": {}, "finish_reason": "stop"} for at in both]
    )  # fmt: skip
    asked = b'{"stream":true,"n":2}'
    recording = paced([*chunks, end, DONE], request_body=asked)
    assert "streamed" == first(recording).name
    assert "more-choices" not in remarked(recording)


def test_a_burst_of_many_reads_is_held_back_too():
    """A large buffer is emptied in several reads, all at the end."""
    body = b"".join(events(TEXT * 40))
    pieces = [(5 + at / 1e7, body[at : at + 9000]) for at in range(0, len(body), 9000)]
    assert "buffered" == first(recorded(pieces)).name


def test_a_stall_is_not_a_buffer():
    """Eight seconds between two reads are a silence in the middle, not a text held back."""
    parts = events(TEXT * 4)
    stalled = recorded([(0.1, b"".join(parts[:30])), (8.1, b"".join(parts[30:]))])
    assert "buffered" != first(stalled).name
    assert "stalled" == first(stalled).name
    assert "stalled for 8.0 s" in first(stalled).says


def test_a_buffer_emptied_twice_is_a_buffer():
    """Two blocks at one rate were written evenly and handed over each time one was full."""
    parts = events(TEXT * 4)
    half = len(parts) // 2
    blocks = recorded([(4.0, b"".join(parts[:half])), (8.0, b"".join(parts[half:]))])
    assert "buffered" == first(blocks).name


def test_equal_pieces_at_once_were_cut_by_the_server():
    """Fake streaming: the proxy is not to blame."""
    pieces = [LINE[at : at + 3] for at in range(0, 75, 3)]
    found = first(whole(b"".join(events(pieces))))
    assert ("fake-streaming", "fail") == (found.name, found.level)
    assert "not a proxy" in found.do


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
    found = first(whole(body, headers=(*SSE, header)))
    assert found.name.startswith("buffered")
    assert header[1] in found.evidence
    assert advice in found.do


def test_chunks_in_bursts_are_a_remark():
    """A proxy that collects for 200 ms makes the first text late, and breaks nothing."""
    parts = events(TEXT * 10)
    reads = [(0.24 + 0.2 * n, b"".join(parts[n * 7 : n * 7 + 7])) for n in range(len(parts) // 7)]
    recording = recorded([*reads, (reads[-1][0] + 0.2, b"".join(parts[len(reads) * 7 :]))])
    assert "streamed" == first(recording).name
    assert "remark" == remarked(recording)["joined"]


@pytest.mark.parametrize(("silence_s", "limit"), [(16, "none"), (40, "30 s"), (130, "Cloudflare")])
def test_a_long_silence_names_the_limits_it_meets(silence_s, limit):
    """It went well here; behind a proxy it would not."""
    found = {f.name: f for f in findings(paced(events(), first_s=silence_s))}
    silence = found.get("long-silence")
    assert silence is not None
    assert "remark" == silence.level
    assert limit in silence.evidence or limit == "none"


def test_a_silence_of_seconds_is_no_remark():
    """Models think, and servers load."""
    assert {} == remarked(paced(events(), first_s=9))


def test_a_recording_without_times_is_unclear():
    """A browser's export keeps the end of a body only: that is no buffering."""
    found = first(whole(b"".join(events()), timed=False))
    assert ("no-times", "unclear") == (found.name, found.level)


def test_only_a_tool_call_is_unclear_and_not_red():
    """Servers may send one whole."""
    found = first(paced([FIRST, event({"tool_calls": [CALL]}), event({}, "tool_calls"), DONE]))
    assert ("tool-call-only", "unclear") == (found.name, found.level)


@pytest.mark.parametrize("name", ["buffered", "stalled"])
def test_a_machine_that_slept_does_not_accuse_the_server(name):
    """What our own process could not have seen is unclear."""
    body = events(TEXT * 2)
    reads = {
        "buffered": [(2.0, b"".join(body))],
        "stalled": [
            *((0.1 * n, part) for n, part in enumerate(body[:8])),
            *((4 + 0.1 * n, part) for n, part in enumerate(body[8:])),
        ],
    }[name]
    awake, asleep = recorded(reads), recorded(reads, pauses=[(0.3, 3.8)])
    assert name == first(awake).name
    assert "fail" != first(asleep).level


@pytest.mark.parametrize(
    ("url", "at_s", "level"),
    [
        ("http://127.0.0.1:9/v1/chat/completions", 0.3, "unclear"),
        ("http://127.0.0.1:9/v1/chat/completions", 2.0, "fail"),
        ("http://192.0.2.9/v1/chat/completions", 0.3, "fail"),
    ],
)
def test_a_server_on_a_busy_machine_slept_as_we_did(url, at_s, level):
    """A short answer of a server elsewhere, or a longer one, is not excused by so little."""
    body = b"".join(events(TEXT * 2))
    held = recorded([(at_s, body)], url=url, headers_s=0.01, pauses=[(0.1, 0.2 * at_s)])
    assert level == first(held).level
