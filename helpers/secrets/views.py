"""Bytes seen as a text of one character each, and what of it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .shapes import HIDDEN


class Found(NamedTuple):
    """Where a secret stands, and which."""

    start: int
    end: int
    value: str


def viewed(data: bytes) -> str:
    """Return the bytes as a text of one character each."""
    return data.decode("latin-1")


def as_text(view: str) -> str:
    """Return what such a text reads as."""
    return view.encode("latin-1").decode("utf-8", "replace")


def cut_out(view: str, spans: Iterable[Found]) -> str:
    """Return the text with ••• for each run of spans that touch."""
    pieces: list[str] = []
    done = 0
    for start, end, _ in sorted(spans):
        if start >= done:
            pieces += view[done:start], viewed(HIDDEN.encode())
        done = max(done, end)
    return "".join([*pieces, view[done:]])
