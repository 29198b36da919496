"""Prefixes of the forms searched for, recognised by the last letters of a text that is cut off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .forms import Form

QUAD = 4
Quads = dict[str, list[tuple[str, int]]]


def quads_of(texts: Iterable[str]) -> Quads:
    """For each four letters, the texts with a proper prefix that ends in them, and its length."""
    found: Quads = {}
    for text in set(texts):
        for end in range(QUAD, len(text)):
            found.setdefault(text[end - QUAD : end], []).append((text, end))
    return found


def longest_of(known: Iterable[tuple[str, int]], tail: str) -> int:
    """The length of the longest of these prefixes that ends the text, 0 for none."""
    return max((end for text, end in known if tail.endswith(text[:end])), default=0)


def most_of(tail: str, heads: frozenset[str]) -> int:
    """How many of the last three characters form one of these prefixes."""
    if tail[-3:] in heads:
        return len(tail[-3:])
    return 2 if tail[-2:] in heads else int(tail[-1:] in heads)


def short_heads(forms: Iterable[Form], least: int) -> Iterator[str]:
    """Yield the prefixes shorter than four letters that are long enough to count."""
    for text, *_ in forms:
        enough = min(least, max(1, len(text) // 4))
        yield from (text[:n].lower() for n in range(enough, min(QUAD, len(text))))
