"""What changed between two recordings: fields, chunks, times and text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from statistics import median
from typing import Any

from helpers.wire.answer import parsed
from helpers.wire.reading import Reading, asked_for_stream, read
from helpers.wire.recording import Recording
from helpers.wire.streaming import judge_stream

CONTEXT = 20
# Each answer, or each connection, has its own; that they differ says nothing.
OWN = {
    "connection",
    "keep-alive",
    "date",
    "x-request-id",
    "cf-ray",
    "content-length",
    "set-cookie",
    "age",
    "etag",
}


@dataclass(frozen=True)
class Change:
    """One thing that is not the same in two recordings; "–" for what is absent."""

    what: str
    before: str
    after: str


def changes(before: Recording, after: Recording) -> list[Change]:
    """Return what differs between two recordings, the form first, then times, then the text.

    Times always differ a little; they are listed where one is more than twice the other.
    """
    pairs = [*_form(before, after), *_times(before, after), *_text(before, after)]
    return [Change(what, old, new) for what, old, new in pairs if old != new]


def _form(before: Recording, after: Recording) -> Iterator[tuple[str, str, str]]:
    yield "status", str(before.status or "–"), str(after.status or "–")
    names = {name.lower() for r in (before, after) for name, _ in r.headers} - OWN
    for name in sorted(names):
        yield f"header {name}", before.header(name) or "–", after.header(name) or "–"
    if asked_for_stream(before) and asked_for_stream(after):
        yield "word", judge_stream(before).word, judge_stream(after).word
    old, new = read(before), read(after)
    yield "fields", ", ".join(_fields(old, new)) or "–", ", ".join(_fields(new, old)) or "–"
    yield "chunks", str(len(old.timing.chunk_s)), str(len(new.timing.chunk_s))
    yield "reads", str(len(before.reads)), str(len(after.reads))
    yield "finish reason", old.answer.finish_reason or "–", new.answer.finish_reason or "–"
    yield "tokens", _tokens(old), _tokens(new)


def _times(before: Recording, after: Recording) -> Iterator[tuple[str, str, str]]:
    old, new = read(before).timing, read(after).timing
    for what, a, b in (
        ("headers", old.headers_s, new.headers_s),
        ("first text", old.ttft_s, new.ttft_s),
        ("median gap", _median(old.gaps_s), _median(new.gaps_s)),
        ("last text", old.last_output_s, new.last_output_s),
    ):
        if a is None or b is None or max(a, b) > 2 * min(a, b):
            yield what, _ms(a), _ms(b)


def _text(before: Recording, after: Recording) -> Iterator[tuple[str, str, str]]:
    old, new = read(before).answer.text, read(after).answer.text
    if old == new:
        return
    at = next(
        (n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b),
        min(len(old), len(new)),
    )
    start = max(0, at - CONTEXT)
    yield f"text from character {at}", old[start : at + CONTEXT], new[start : at + CONTEXT]
    same = SequenceMatcher(None, old[:5000], new[:5000], autojunk=False).ratio()
    yield "text alike", "100 %", f"{same * 100:.0f} %"


def _fields(reading: Reading, other: Reading) -> list[str]:
    """Return the paths that the first answer's JSON has and the other's lacks."""
    return sorted(_paths(reading) - _paths(other))


def _paths(reading: Reading) -> set[str]:
    bodies = [event.data.encode() for _, _, event in reading.events]
    found: set[str] = set()
    for body in bodies or [reading.recording.body]:
        found |= set(_walk(parsed(body)))
    return found


def _walk(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{path}.{name}".lstrip(".")
            yield from _walk(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, f"{path}[]")


def _tokens(reading: Reading) -> str:
    usage = reading.answer.usage
    return f"{usage.prompt_tokens} in, {usage.completion_tokens} out" if usage else "–"


def _median(gaps_s: tuple[float, ...]) -> float | None:
    return median(gaps_s) if gaps_s else None


def _ms(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:,.0f} ms"
