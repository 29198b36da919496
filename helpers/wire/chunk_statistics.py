"""A stream's facts: its pieces with their arrival, and what each chunk held. No judgement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

from .completion import DONE, Answer, parsed
from .reading import Reading
from .recording import Recording
from .sse import Event

REASONS = {"stop", "length", "tool_calls", "content_filter", "function_call"}
PINGS = {"ping", "keepalive", "keep-alive", "keep_alive", "heartbeat"}
VALUES_KEPT = 8


class Piece(NamedTuple):
    """What one event added to one part of one choice.

    part:  "text", "reasoning", "refusal" or "tool call"
    """

    at_s: float
    read: int
    event: int
    choice: int
    part: str
    text: str


@dataclass
class Shape:
    """What the chunks look like, beside what they say.

    counts:  how many chunks showed each oddity
    values:  of "id", "created", "model": what stood in chunks with choices, VALUES_KEPT + 1 at most
    """

    counts: Counter[str] = field(default_factory=Counter)
    values: dict[str, dict[Any, None]] = field(
        default_factory=lambda: {"id": {}, "created": {}, "model": {}}
    )
    reasons: Counter[str] = field(default_factory=Counter)
    finish_s: float | None = None
    done_s: float | None = None
    finished: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Facts:
    """What a whole stream holds, counted once."""

    reading: Reading
    answer: Answer
    pieces: tuple[Piece, ...]
    shape: Shape
    asked: dict[str, Any]

    @property
    def recording(self) -> Recording:
        """Return the recording all of this was read from."""
        return self.reading.recording

    @cached_property
    def parts(self) -> dict[tuple[int, str], list[Piece]]:
        """Return the pieces by choice and part, in order."""
        parts: dict[tuple[int, str], list[Piece]] = {}
        for piece in self.pieces:
            parts.setdefault((piece.choice, piece.part), []).append(piece)
        return parts

    @cached_property
    def chunks(self) -> int:
        """Return how many chunks held output."""
        return len({piece.event for piece in self.pieces})

    @cached_property
    def arrivals(self) -> list[float]:
        """Return the moments at which output arrived, one for each network read."""
        return list({piece.read: piece.at_s for piece in self.pieces}.values())

    @cached_property
    def usual_gap_s(self) -> float:
        """Return the median of the gaps between arrivals, 0 when there are none."""
        gaps = [later - earlier for earlier, later in pairwise(self.arrivals)]
        return median(gaps) if gaps else 0.0

    @cached_property
    def size(self) -> int:
        """Return the bytes of everything that was said."""
        return sum(len(piece.text.encode()) for piece in self.pieces)

    @property
    def total_s(self) -> float:
        """Return the time from sending to the last output."""
        return self.pieces[-1].at_s if self.pieces else 0.0

    @property
    def span_s(self) -> float:
        """Return the time from the first output to the last."""
        return self.pieces[-1].at_s - self.pieces[0].at_s if self.pieces else 0.0

    @property
    def finished(self) -> bool:
        """Whether a choice gave a finish reason."""
        return any(choice.finish_reason for choice in self.answer.choices)


def stream_facts(reading: Reading) -> Facts:
    """Return the facts of a recording, read as far as it came."""
    request = parsed(reading.recording.request_body)
    return Facts(
        reading=reading,
        answer=reading.answer,
        pieces=tuple(_pieces(reading)),
        shape=_shape(reading.events),
        asked=request if isinstance(request, dict) else {},
    )


def is_ping(event: Event) -> bool:
    """Whether an event only keeps the connection alive: without data, or called a ping."""
    data = event.data.strip()
    if data in ("", "{}", "null") or event.event.lower() in PINGS:
        return True
    chunk = parsed(data.encode("utf-8", "surrogatepass")) if len(data) < 100 else None
    return isinstance(chunk, dict) and chunk.get("type") in PINGS


def _pieces(reading: Reading) -> Iterator[Piece]:
    for number, delta in reading.outputs:
        at_s, read, _ = reading.events[number]
        for part in ("text", "reasoning", "refusal"):
            if text := getattr(delta, part):
                yield Piece(at_s, read, number, delta.choice, part, text)
        if delta.tool_calls:
            text = "".join(call.name + call.arguments for call in delta.tool_calls)
            yield Piece(at_s, read, number, delta.choice, "tool call", text)


def _shape(events: list[tuple[float, int, Event]]) -> Shape:
    shape = Shape()
    for at_s, _, event in events:
        if event.data.strip() == DONE:
            if shape.done_s is None:
                shape.done_s = at_s
                shape.counts["odd-done"] += event.data != DONE
        elif shape.done_s is None:
            chunk = parsed(event.data.encode("utf-8", "surrogatepass"))
            if isinstance(chunk, dict) and not chunk.get("error"):
                shape.counts["nan"] += _beyond_json(event.data)
                _note(shape, at_s, chunk)
            elif chunk is None and "}" in event.data:
                shape.counts["glued"] += len(glued(event.data)) > 1
    return shape


def glued(data: str) -> list[str]:
    """Return the chunks that one event holds one per line, or one right after the other."""
    lines = [line.strip() for line in data.replace("}{", "}\n{").split("\n")]
    whole = [line for line in lines if line == DONE or isinstance(parsed(line.encode()), dict)]
    return whole if len(whole) == sum(map(bool, lines)) else []


def _beyond_json(data: str) -> bool:
    """Whether NaN or Infinity stands outside of strings; Python reads them, JSON has none."""
    if "NaN" not in data and "Infinity" not in data:
        return False
    outside = "".join(data.replace("\\\\", "").replace('\\"', "").split('"')[::2])
    return "NaN" in outside or "Infinity" in outside


def _note(shape: Shape, at_s: float, chunk: dict[str, Any]) -> None:
    counts, choices = shape.counts, chunk.get("choices")
    usage = chunk.get("usage")
    counts["usage"] += isinstance(usage, dict)
    if not isinstance(choices, list):
        return
    counts["usage-beside-choices"] += isinstance(usage, dict) and bool(choices)
    counts["empty-choices"] += not choices
    if not choices:
        return
    counts["chunks"] += 1
    counts["odd-object"] += chunk.get("object") != "chat.completion.chunk"
    for name, seen in shape.values.items():
        value = chunk.get(name)
        if value is None or isinstance(value, str | int | float):
            if len(seen) <= VALUES_KEPT:
                seen[value] = None
        else:
            counts[f"odd-{name}"] += 1
    for choice in choices:
        if isinstance(choice, dict):
            _note_choice(shape, at_s, choice)


def _note_choice(shape: Shape, at_s: float, choice: dict[str, Any]) -> None:
    counts, index = shape.counts, choice.get("index")
    if not isinstance(index, int):
        counts["no-index"] += 1
        index = 0
    delta = choice.get("delta")
    delta = delta if isinstance(delta, dict) else {}
    if not delta and "delta" not in choice and not choice.get("finish_reason"):
        counts["no-delta"] += 1
    role = delta.get("role")
    if role is not None:
        counts["role"] += 1
        counts["odd-role"] += role != "assistant"
        counts["role-late"] += counts["with-output"] > 0 and counts["role"] == 1
    said = bool(delta.get("content") or delta.get("reasoning_content") or delta.get("tool_calls"))
    counts["with-output"] += said
    counts["output-after-finish"] += said and index in shape.finished
    reason = choice.get("finish_reason")
    if isinstance(reason, str) and reason:
        shape.reasons[reason[:40]] += 1
        shape.finished.add(index)
        if shape.finish_s is None:
            shape.finish_s = at_s
