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
    "too-many-values": "values",
    "too-many-choices": "choices",
    "too-many-tool-calls": "tool_calls",
}

# Below so many characters nobody counts what values a JSON text would make.
LARGE = 100_000


@dataclass(frozen=True)
class Bounds:
    """What one answer may take of memory; raise a bound where an endpoint needs more.

    body_bytes:   of the body, before and after its compression is undone
    event_bytes:  of one event
    events:       of a stream
    inflation:    how many times larger a compressed body may become, beyond its first mebibyte
    depth:        of nested JSON; Python itself ends at about 900
    values:       of one JSON text: each becomes an object
    choices:      of an answer; OpenAI allows 128
    tool_calls:   of a choice
    """

    body_bytes: int = 64 << 20
    event_bytes: int = 8 << 20
    events: int = 200_000
    inflation: int = 100
    depth: int = 200
    values: int = 200_000
    choices: int = 128
    tool_calls: int = 128


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


def values(text: str) -> int:
    """At most how many values a JSON text holds: counted by its separators, strings included."""
    return text.count(",") + text.count("{") + text.count("[")
