"""Bytes seen as text with one character each, and the way back to readable text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .shapes import HIDDEN


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


def cut_out(view: str, spans: Iterable[Found]) -> str:
    """The text with ••• in place of each run of overlapping spans."""
    pieces: list[str] = []
    done = 0
    for start, end, _ in sorted(spans):
        if start >= done:
            pieces += view[done:start], viewed(HIDDEN.encode())
        done = max(done, end)
    return "".join([*pieces, view[done:]])
