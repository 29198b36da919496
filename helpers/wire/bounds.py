"""How much of an answer is read at most."""

from __future__ import annotations

from dataclasses import dataclass

# For each bound that can be reached: its finding's name, and the field that raises it.
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

# JSON texts shorter than this many characters are parsed without counting their values first.
LARGE = 100_000


@dataclass(frozen=True)
class Bounds:
    """How much memory one answer may use; raise a bound if an endpoint needs more.

    body_bytes:   size of the body, both compressed and decompressed
    event_bytes:  size of one event
    events:       events in a stream
    inflation:    how many times larger a compressed body may become, beyond its first mebibyte
    depth:        nesting of JSON; Python itself stops at about 900
    values:       values in one JSON text, each of which becomes an object
    choices:      choices in an answer; OpenAI allows 128
    tool_calls:   tool calls in a choice
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
    """How deep brackets nest outside JSON strings; counting stops beyond `enough`."""
    level = deepest = 0
    for outside in _without_escapes(text).split('"')[::2]:
        for sign in outside:
            if sign in "[{":
                level += 1
                deepest = max(deepest, level)
                if deepest > enough:
                    return deepest
            elif sign in "]}":
                level -= 1
    return deepest


def values(text: str, *, enough: int) -> int:
    """An upper bound on the values in a JSON text, close only beyond `enough`."""
    most = separators(text)
    if most <= enough:
        return most
    plain = _without_escapes(text)
    # Each value has at most a name and a string, and splitting would make an object of each.
    pairs = plain.count('"') // 4
    return pairs if pairs > enough else sum(map(separators, plain.split('"')[::2]))


def separators(text: str) -> int:
    """An upper bound on the values in any text: its separators, those in strings included."""
    return text.count(",") + text.count("{") + text.count("[")


def _without_escapes(text: str) -> str:
    """A JSON text in which each quote begins or ends a string."""
    return text.replace("\\\\", "").replace('\\"', "")
