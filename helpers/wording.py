"""Counts, sizes, times, lists and guesses, as words for a sentence or a cell of a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from inspect import isroutine
from typing import Any


def counted(count: int, noun: str) -> str:
    """A count with its noun: 1 read, 86 reads."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def number(count: int | None) -> str:
    """A count with thousands separators; "–" for None."""
    return "–" if count is None else f"{count:,}"


def size(count: int) -> str:
    """A number of bytes as one would say it: 1 byte, 1.5 kB."""
    return counted(count, "byte") if count < 1000 else f"{count / 1000:,.1f} kB"


def rate(tokens_per_s: float | None) -> str:
    """A rate, always with one decimal so that a column is easy to compare; "–" for None."""
    return "–" if tokens_per_s is None else f"{tokens_per_s:,.1f} tok/s"


def ms(seconds: float | None) -> str:
    """A time, always in milliseconds so that a column is easy to compare; "–" for None."""
    return "–" if seconds is None else f"{seconds * 1000:,.0f} ms"


def duration(seconds: float) -> str:
    """A measured time as one would say it: 231 ms, 2.61 s."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.00995 else f"{seconds * 1000:.1f} ms"
    return f"{seconds:.2f} s" if seconds < 99.995 else f"{seconds:,.0f} s"


def rough_duration(seconds: float | None) -> str:
    """A time in two digits, for a sentence: 0.3 s, 12 ms; "–" for None."""
    if seconds is None:
        return "–"
    return f"{seconds * 1000:.0f} ms" if seconds < 0.0995 else f"{seconds:.2g} s"


def long_duration(seconds: float) -> str:
    """A time that may be hours: 12 s, 4 min, 2 h 05 min."""
    if seconds < 100:
        return duration(seconds) if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02} min"


def listed(names: Sequence[str], *, most: int) -> str:
    """The names, separated by commas, with a count of those left out: "a, b and 3 more"."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def cut(text: str, most: int) -> str:
    """A text's beginning, with a count of the characters left out; a short text whole."""
    return text if len(text) <= most else f"{text[:most]} … {len(text) - most:,} more"


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters, which ends in "…" where it was longer."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def first_up(words: str) -> str:
    """The words with a capital first letter, the rest unchanged."""
    return words[:1].upper() + words[1:]


def did_you_mean(typed: str, known: Iterable[str], *, most: int = 3) -> str:
    """A question that suggests the closest known names, after a space; "" if none is close."""
    near = get_close_matches(typed.casefold(), [*known], most)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def kind_of(value: Any) -> str:
    """What a value is, in words; never the value itself, which may be a key."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "a number that is not finite"
    if isinstance(value, type) or isroutine(value):
        return "a class" if isinstance(value, type) else "a function"
    kinds = {
        str: "text", int: "a whole number", float: "a number with a fraction", bytes: "bytes",
        list: "a list", tuple: "a list", set: "a set", dict: "a dictionary",
    }  # fmt: skip
    return kinds.get(type(value), f"a value of type {type(value).__name__}")
