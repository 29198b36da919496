"""Recordings of streams whose every time is known."""

from __future__ import annotations

import json
from typing import Any

from helpers.wire.reading import Reading
from helpers.wire.recording import End, Recording

DONE = b"data: [DONE]\n\n"
Read = tuple[float, bytes]


def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    """Return one chunk as a server sends it."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "a", "choices": [choice]}).encode() + b"\n\n"


def streamed(chunks: int = 40, *, gap_s: float = 0.03, stall_s: float = 0.0) -> list[Read]:
    """Return the reads of a good stream; a stall comes after half of its chunks."""
    reads = [(0.23, event({"role": "assistant", "content": ""}))]
    at_s = 0.4
    for n in range(chunks):
        at_s += stall_s if n == chunks // 2 else 0.0
        reads.append((at_s, event({"content": f"word{n} "})))
        at_s += gap_s
    return [*reads, (at_s, event({}, "stop") + DONE)]


def at_once(reads: list[Read]) -> list[Read]:
    """Return the same bytes as one read, at the end."""
    return [(reads[-1][0], b"".join(data for _, data in reads))]


def recorded(
    reads: list[Read], *, end: End = "eof", media_type: str = "text/event-stream"
) -> Recording:
    """Return these reads as a recording."""
    return Recording(
        "POST",
        "http://127.0.0.1:9/v1/chat/completions",
        request_body=b'{"model":"m","stream":true}',
        status=200,
        reason="OK",
        headers=(("Content-Type", media_type), ("Set-Cookie", "session=abc")),
        headers_s=0.229,
        reads=reads,
        end=end,
        end_s=(reads[-1][0] + 0.001 if reads else 1.0) if end else None,
    )


def read(reads: list[Read], *, end: End = "eof") -> Reading:
    """Return these reads, read."""
    reading = Reading(recorded(reads, end=end))
    reading.catch_up()
    return reading
