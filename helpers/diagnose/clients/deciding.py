"""The bytes of an answer that explain why a client's view of it differs from ours."""

from __future__ import annotations

from collections.abc import Sequence

from ...wire.reading import Reading
from ...wire.surrogates import encodable
from .agreement import Agreement, Seen

QUOTE = 300


def deciding_bytes(reading: Reading, agreement: Agreement, seen: Seen) -> list[str]:
    """The events, or the start of a body without events, that made the difference."""
    events = [event.data for _, _, event in reading.events]
    if not events:
        return [reading.body[:QUOTE].decode("utf-8", "replace")] if reading.body else []
    if agreement.part == "tool calls":
        pieces = _holding(events, '"tool_calls"') or _holding(events, '"function_call')
        return _holding(pieces, '"name"')[:4] or pieces[:2]
    if agreement.part == "reasoning":
        return _holding(events, '"reasoning')[:2]
    if agreement.part == "usage":
        return _holding(events, '"usage"')[-2:]
    if agreement.part == "finish reason":
        return _holding(events, '"finish_reason":"', '"finish_reason": "')[-2:] or events[-2:]
    if agreement.part == "text":
        return [events[_where_texts_part(reading, encodable(seen.text or ""))]]
    if agreement.outcome == "raised":
        # A client that counts its chunks stopped at the event after them.
        return events[seen.chunks : seen.chunks + 2] or events[-2:]
    return events[-2:]


def _holding(events: Sequence[str], *words: str) -> list[str]:
    every = any if words[0].startswith('"finish') else all
    return [event for event in events if every(word in event for word in words)]


def _where_texts_part(reading: Reading, theirs: str) -> int:
    """The index of the first event whose text the other reader does not have."""
    at = 0
    for event, delta in reading.outputs:
        if delta.choice == 0 and delta.text:
            if theirs[at : at + len(delta.text)] != delta.text:
                return event
            at += len(delta.text)
    return len(reading.events) - 1
