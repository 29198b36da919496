"""Recordings built by hand: every byte and every time in them is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from helpers.wire.reading import Reading
from helpers.wire.recording import Recording

SSE = (("Content-Type", "text/event-stream"),)
Read = tuple[float, bytes]


def timed(*parts: bytes, every_s: float = 0.01) -> list[Read]:
    """Return the parts as reads that came one by one, the first after one pause."""
    return [(every_s * number, part) for number, part in enumerate(parts, 1)]


def recorded(reads: Sequence[Read] = (), **facts: Any) -> Recording:
    """Return a good answer of these reads, an event stream, except where other facts are given.

    Unless it is open (its end is ""), it ended 1 ms after its last read.
    """
    ended_s = reads[-1][0] + 0.001 if reads else 1.0
    usual = {
        "method": "POST",
        "url": "http://127.0.0.1:9/v1/chat/completions",
        "request_body": b'{"model":"oak","stream":true}',
        "status": 200,
        "reason": "OK",
        "headers": SSE,
        "headers_s": 0.229,
        "reads": list(reads),
        "end": "eof",
        "end_s": ended_s if facts.get("end", "eof") else None,
    }
    return Recording(**usual | facts)


def reading_of(recording: Recording) -> Reading:
    """Return a recording that has ended, read."""
    reading = Reading(recording)
    reading.catch_up()
    return reading


def read(reads: Sequence[Read], **facts: Any) -> Reading:
    """Return such a recording, read."""
    return reading_of(recorded(reads, **facts))
