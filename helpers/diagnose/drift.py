"""What changed between two recordings: fields, chunks, times and text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from statistics import median
from typing import Any

from ..wire.parsing import encoded, parsed
from ..wire.reading import Reading
from ..wording import ms
from .diagnosis import diagnose
from .words import word_of

CONTEXT = 20
# Every answer, or every connection, has its own: a difference means nothing.
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
    """One thing that differs between two recordings; "–" for what is absent."""

    what: str
    before: str
    after: str


def changes(before: Reading, after: Reading) -> list[Change]:
    """The differences between two readings: form first, then times, then the text.

    Times always differ a little: one is listed if it is more than twice the other.
    """
    pairs = [*_form(before, after), *_times(before, after), *_text(before, after)]
    return [Change(what, old, new) for what, old, new in pairs if old != new]


def _form(old: Reading, new: Reading) -> Iterator[tuple[str, str, str]]:
    before, after = old.recording, new.recording
    yield "status", str(before.status or "–"), str(after.status or "–")
    names = {name.lower() for r in (before, after) for name, _ in r.headers} - OWN
    for name in sorted(names):
        yield f"header {name}", before.header(name) or "–", after.header(name) or "–"
    if old.streamed and new.streamed:
        yield "word", word_of(diagnose(old)), word_of(diagnose(new))
    had, has = field_paths(old), field_paths(new)
    yield "fields", ", ".join(sorted(had - has)) or "–", ", ".join(sorted(has - had)) or "–"
    yield "chunks", str(len(old.timing.chunk_s)), str(len(new.timing.chunk_s))
    yield "reads", str(len(before.reads)), str(len(after.reads))
    yield "finish reason", old.answer.finish_reason or "–", new.answer.finish_reason or "–"
    yield "tokens", _tokens(old), _tokens(new)


def _times(old: Reading, new: Reading) -> Iterator[tuple[str, str, str]]:
    was, now = old.timing, new.timing
    for what, a, b in (
        ("headers", was.headers_s, now.headers_s),
        ("first text", was.ttft_s, now.ttft_s),
        ("median gap", _median(was.gaps_s), _median(now.gaps_s)),
        ("last text", was.last_output_s, now.last_output_s),
    ):
        if a is None or b is None or max(a, b) > 2 * min(a, b):
            yield what, ms(a), ms(b)


def _text(old: Reading, new: Reading) -> Iterator[tuple[str, str, str]]:
    was, now = old.answer.text, new.answer.text
    if was == now:
        return
    at = next(
        (n for n, (a, b) in enumerate(zip(was, now, strict=False)) if a != b),
        min(len(was), len(now)),
    )
    start = max(0, at - CONTEXT)
    before, after = (_part(text, start, at + CONTEXT) for text in (was, now))
    yield f"text from character {at}", before, after
    same = SequenceMatcher(None, was[:5000], now[:5000], autojunk=False).ratio()
    yield "text alike", "100%", f"{same * 100:.0f}%"


def _part(text: str, start: int, end: int) -> str:
    """A stretch of a text, with dots where it was cut."""
    return f"{'…' * (start > 0)}{text[start:end]}{'…' * (end < len(text))}"


def field_paths(reading: Reading) -> set[str]:
    """The paths of all fields in an answer's JSON."""
    bodies = [encoded(event.data) for _, _, event in reading.events]
    found: set[str] = set()
    for body in bodies or [reading.body]:
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
