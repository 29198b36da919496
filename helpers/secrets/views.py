"""Bytes seen as text with one character each, and the way back to readable text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .shapes import HIDDEN

_NUMBER = re.compile(r"\d++")
_STAR_AS_NUMBER = "42 "

Part = tuple[int, str]
"""The position of a string, or of the rest of one, and its text."""


class Found(NamedTuple):
    """The position of a secret, and which it is."""

    start: int
    end: int
    value: str


def viewed(data: bytes) -> str:
    """The bytes as text with one character each."""
    return data.decode("latin-1")


def as_text(view: str) -> str:
    """The readable text of such a view."""
    return view.encode("latin-1").decode("utf-8", "replace")


def is_word(view: str, start: int, end: int) -> bool:
    """Whether there is neither a letter nor a digit directly before or after a part of a view."""
    return not (view[max(start - 1, 0) : start].isalnum() or view[end : end + 1].isalnum())


def cut_out(view: str, spans: Iterable[Found]) -> str:
    """The text with ••• in place of each run of overlapping spans."""
    pieces: list[str] = []
    done = 0
    for start, end, _ in sorted(spans):
        if start >= done:
            pieces += view[done:start], viewed(HIDDEN.encode())
        done = max(done, end)
    return "".join([*pieces, view[done:]])


def places(parts: Iterable[Part], start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield where a span of the joined parts is in the body, and where its string ends."""
    for at, text in parts:
        if start < len(text) and end > 0:
            yield at + max(start, 0), at + min(end, len(text)), at + len(text)
        start, end = start - len(text), end - len(text)


def starred_numbers(numbers: str) -> bytes:
    """A list of byte values, replaced by a star's value without changing its length."""
    return _NUMBER.sub(lambda one: _STAR_AS_NUMBER[: len(one[0])], numbers).encode()
