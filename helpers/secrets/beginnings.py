"""Beginnings of what is sought, known by the letters with which a cut text ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .forms import Form

QUAD = 4
Quads = dict[str, list[tuple[str, int]]]


def quads_of(texts: Iterable[str]) -> Quads:
    """Return which texts, and how much of them, the four letters end, the whole left out."""
    found: Quads = {}
    for text in set(texts):
        for end in range(QUAD, len(text)):
            found.setdefault(text[end - QUAD : end], []).append((text, end))
    return found


def longest_of(known: Iterable[tuple[str, int]], tail: str) -> int:
    """Return the most characters of one of these beginnings that end the text, 0 for none."""
    return max((end for text, end in known if tail.endswith(text[:end])), default=0)


def most_of(tail: str, heads: frozenset[str]) -> int:
    """Return how many of the last three characters are one of these beginnings."""
    if tail[-3:] in heads:
        return len(tail[-3:])
    return 2 if tail[-2:] in heads else int(tail[-1:] in heads)


def short_heads(forms: Iterable[Form], least: int) -> Iterator[str]:
    """Yield beginnings of fewer than four letters that are enough."""
    for text, *_ in forms:
        enough = min(least, max(1, len(text) // 4))
        yield from (text[:n].lower() for n in range(enough, min(QUAD, len(text))))
