"""Two requests side by side: what changed, and how much a server's cache could reuse."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ...diagnose.drift import Change
from ...wire.request import Request
from .watched import WatchedExchange, brief

NONE = "–"
_AROUND = 30
_LONGEST = 80


def compare(before: WatchedExchange, after: WatchedExchange) -> list[Change]:
    """The differences between two requests, and always the length of their common prefix."""
    one, other = before.request, after.request
    found = [
        Change("model", one.model or NONE, other.model or NONE),
        *_parameters(one, other),
        *_messages(one, other),
    ]
    return [change for change in found if change.before != change.after] + _prefix(before, after)


def _parameters(one: Request, other: Request) -> Iterator[Change]:
    for name in {**one.parameters, **other.parameters}:
        old, new = (_parameter(request, name) for request in (one, other))
        changed = one.parameters.get(name) != other.parameters.get(name)
        yield Change(name, old, f"{new} (others)" if changed and old == new else new)


def _parameter(request: Request, name: str) -> str:
    return brief(request.parameters[name]) if name in request.parameters else NONE


def _messages(one: Request, other: Request) -> Iterator[Change]:
    yield Change("messages", str(len(one.messages)), str(len(other.messages)))
    for number, pair in enumerate(zip(one.messages, other.messages, strict=False), 1):
        if pair[0] != pair[1]:
            old, new = map(_spelled, pair)
            at = shared(old, new)
            what = f"message {number} ({pair[1].get('role', 'no role')})"
            yield Change(what, _around(old, at), _around(new, at))


def _prefix(before: WatchedExchange, after: WatchedExchange) -> list[Change]:
    """Where the prompts diverge, in the order a server reads them, and the cached tokens."""
    old, new = _prompt_of(before.request), _prompt_of(after.request)
    at = shared(old, new)
    size = f"{len(old[:at].encode('utf-8', 'surrogatepass')):,}"
    if at == len(old) == len(new):
        where = Change("prompt", f"all {size} bytes", "the same")
    else:
        where = Change(f"prompt from byte {size} on", _around(old, at), _around(new, at))
    cached = [_counted(one.figures.cached_tokens) for one in (before, after)]
    prompt = [_counted(one.figures.prompt_tokens) for one in (before, after)]
    return [where, Change("prompt tokens", *prompt), Change("of them cached", *cached)]


def _prompt_of(request: Request) -> str:
    """Everything a server builds the prompt from, in its order: tools, then messages."""
    instructions = [request.parameters.get(name) for name in ("tools", "system", "instructions")]
    return "\n".join(
        [*(_spelled(one) for one in instructions if one), *map(_spelled, request.messages)]
    )


def shared(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    same, most = 0, min(len(one), len(other))
    while same < most:
        middle = (same + most + 1) // 2
        if one[same:middle] == other[same:middle]:
            same = middle
        else:
            most = middle - 1
    return same


def _spelled(value: Any) -> str:
    if isinstance(value, Mapping):
        # One order for all: the order of keys does not change a prompt.
        value = {name: value[name] for name in sorted(value, key=lambda name: name != "role")}
    return json.dumps(value, ensure_ascii=False)


def _around(text: str, at: int) -> str:
    """The text at a position, and a little before it."""
    if at >= len(text):
        return "ends here"
    start = max(0, at - _AROUND)
    cut = text[start : start + _LONGEST].replace("\n", " ")
    return f"{'…' * (start > 0)}{cut}{'…' * (start + _LONGEST < len(text))}"


def _counted(tokens: int | None) -> str:
    return NONE if tokens is None else f"{tokens:,}"
