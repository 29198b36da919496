"""How much of an answer is read before it is enough."""

from __future__ import annotations

from dataclasses import dataclass

# What is said of a bound that was reached: its finding's name, and the field that raises it.
REACHED = {
    "body-too-large": "body_bytes",
    "event-too-large": "event_bytes",
    "too-many-events": "events",
    "inflates-too-much": "inflation",
    "nested-too-deep": "depth",
}


@dataclass(frozen=True)
class Bounds:
    """What one answer may take of memory; raise a bound where an endpoint needs more.

    body_bytes:   of the body, before and after its compression is undone
    event_bytes:  of one event
    events:       of a stream
    inflation:    how many times larger a compressed body may become, beyond its first mebibyte
    depth:        of nested JSON; Python itself ends at about 900
    """

    body_bytes: int = 64 << 20
    event_bytes: int = 8 << 20
    events: int = 200_000
    inflation: int = 100
    depth: int = 200


def depth(text: str, *, enough: int) -> int:
    """Return how deep brackets nest outside of JSON's strings, counted no further than enough."""
    level = deepest = 0
    # Brackets inside strings do not nest, and neither does an escaped quote end a string.
    for outside in text.replace("\\\\", "").replace('\\"', "").split('"')[::2]:
        for sign in outside:
            if sign in "[{":
                level += 1
                deepest = max(deepest, level)
                if deepest > enough:
                    return deepest
            elif sign in "]}":
                level -= 1
    return deepest
