"""Every mode of the built-in endpoint by name, alone or several: `cut`, `fast+no-usage`."""

from __future__ import annotations

from collections.abc import Iterator

from helpers.engine import faults, own_answers
from helpers.engine.events import paced
from helpers.engine.http1 import Reply, Request
from helpers.engine.registry import REGISTRY, Change
from helpers.engine.upstream import Ask

REGISTERED_BY = (faults, own_answers)


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
    chosen = [REGISTRY[name] for name in _split(names)]
    pace = pace and not any(entry.unpaced for entry in chosen)
    writers = [entry.change for entry in chosen if entry.writes]
    others = [entry.change for entry in chosen if not entry.writes]
    for change in (*writers, *([paced] if pace else []), *others):
        ask = _before(ask, change)
    return ask


def _before(ask: Ask, change: Change) -> Ask:
    async def asked(request: Request) -> Reply:
        return await change(request, ask)

    return asked


def _split(names: str) -> Iterator[str]:
    return (name.strip() for name in names.lower().split("+") if name.strip())
