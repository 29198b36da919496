"""The sentence that refuses an unknown name: escaped, without keys, and with a guess."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ..escaping import for_terminal
from ..secrets.shapes import looks_like_key

LONGEST = 60
MOST_GUESSES = 3
LIKENESS = 0.6


def quoted(kind: str, typed: str) -> str:
    """A kind of thing and the name typed for it, which is left out if it may be a key."""
    # A key typed without its option would end up here.
    return f"such {kind}" if looks_like_key(typed) else f"{kind} {for_terminal(typed)[:LONGEST]!r}"


def guess(typed: str, known: Iterable[str]) -> str:
    """A question that suggests the closest known name, after a space; "" if none is close."""
    near = get_close_matches(typed.casefold(), [*known], MOST_GUESSES, LIKENESS)
    return f" Did you mean {' or '.join(near)}?" if near else ""
