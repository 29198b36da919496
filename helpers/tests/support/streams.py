"""Event streams built by hand: chunks as a server sends them, and the times they came at."""

from __future__ import annotations

import json
from typing import Any

from helpers.tests.support.recordings import Read

DONE = b"data: [DONE]\n\n"


def event(delta: dict[str, Any], finish: str | None = None, **other: Any) -> bytes:
    """Return one chunk as a server sends it, with other fields where they are given."""
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "oak"} | {
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]
    }
    return b"data: " + json.dumps(chunk | other).encode() + b"\n\n"


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
