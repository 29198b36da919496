"""Recorded streams of a known length, whose content and times are always the same."""

from __future__ import annotations

from collections.abc import Sequence

from ...server.stamped import PER_S, events
from ...show.timeline.layout import PLACES
from ...wire.recording import Recording

RAGGED_S = 20.0


def even(count: int) -> Recording:
    """A finished stream, each chunk in a read of its own, 500 a second."""
    pieces = events(count)
    recording = _recording(pieces, [0.2 + number / PER_S for number in range(len(pieces))])
    recording.end, recording.end_s = "eof", recording.reads[-1][0]
    return recording


def ragged(count: int) -> Recording:
    """A running stream in bursts that fall on every other place of its timeline.

    No two touch, so a lane holds the most marks it ever can, however many chunks came.
    """
    bursts = min(count, PLACES // 2)
    width_s = RAGGED_S / bursts
    due = [(number * bursts // count + 0.5) * width_s for number in range(count)]
    return _recording(events(count)[:count], due)


def _recording(pieces: Sequence[bytes], due_s: Sequence[float]) -> Recording:
    return Recording(
        "POST", "http://127.0.0.1/v1/chat/completions", request_body=b'{"stream": true}',
        status=200, headers=(("Content-Type", "text/event-stream"),), headers_s=0.01,
        reads=list(zip(due_s, pieces, strict=True)),
    )  # fmt: skip
