"""Every mode of the built-in endpoint by name, alone or several: `cut`, `fast+no-usage`."""

from __future__ import annotations

from collections.abc import Iterator

from ..events import paced
from ..http1 import Reply, Request
from ..upstream import Ask
from . import (
    canned_responses,
    content,
    dialects,
    endings,
    errors,
    flooding,
    framing,
    places,
    transport,
    truncation,
    usage,
)
from .registry import REGISTRY, Change

REGISTERED_BY = (
    transport, framing, content, usage, endings, truncation, errors, places, flooding,
    canned_responses, dialects,
)  # fmt: skip


def modes() -> dict[str, str]:
    """Return each mode's name and the sentence that says what it does."""
    return {entry.name: entry.says for entry in REGISTRY.values()}


def unknown(names: str) -> list[str]:
    """Return the names among "a+b" that no mode has."""
    return [name for name in _split(names) if name not in REGISTRY]


def applied(names: str, ask: Ask, *, pace: bool = True) -> Ask:
    """Return how to ask with the modes "a+b" in effect, the last one nearest to the client.

    pace:    whether answers come at reading speed, unless a mode says otherwise
    raises:  KeyError for an unknown name
    """
    chosen = [REGISTRY[name] for name in _expanded(names)]
    pace = pace and not any(entry.unpaced for entry in chosen)
    writers = [entry.change for entry in chosen if entry.writes]
    others = [entry.change for entry in chosen if not entry.writes]
    for change in (*writers, *([paced] if pace else []), *others):
        if change:
            ask = _before(ask, change)
    return ask


def placed(names: str) -> tuple[str, bool]:
    """Return what follows the modes' segment in a base URL, and whether it is reached over TLS."""
    chosen = [REGISTRY[name] for name in _expanded(names)]
    prefix = "" if any(not entry.prefix for entry in chosen) else "/v1"
    return prefix, any(entry.secure for entry in chosen)


def _before(ask: Ask, change: Change) -> Ask:
    async def asked(request: Request) -> Reply:
        return await change(request, ask)

    return asked


def _expanded(names: str) -> Iterator[str]:
    """Yield the names of modes, a dialect's in its place."""
    for name in _split(names):
        yield from REGISTRY[name].parts or (name,)


def _split(names: str) -> Iterator[str]:
    return (name.strip() for name in names.lower().split("+") if name.strip())
