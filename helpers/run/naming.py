"""A name that nothing has, in the sentence that refuses it: inert, no key, and with a guess."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ..escaping import for_terminal
from ..secrets.shapes import looks_like_key

LONGEST = 60
MOST_GUESSES = 3
LIKENESS = 0.6


def quoted(kind: str, typed: str) -> str:
    """A kind of thing and what was typed for it; what may be a key is not repeated."""
    # What was typed without its option may be a key.
    return f"such {kind}" if looks_like_key(typed) else f"{kind} {for_terminal(typed)[:LONGEST]!r}"


def guess(typed: str, known: Iterable[str]) -> str:
    """A question that names what is nearly what was typed, a space before it; "" for nothing."""
    near = get_close_matches(typed.casefold(), [*known], MOST_GUESSES, LIKENESS)
    return f" Did you mean {' or '.join(near)}?" if near else ""
