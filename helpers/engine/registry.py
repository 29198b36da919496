"""The registry of modes: what the built-in endpoint can be asked to do otherwise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from helpers.engine.http1 import Reply, Request
from helpers.engine.upstream import Ask

Change = Callable[[Request, Ask], Awaitable[Reply]]


@dataclass(frozen=True)
class Mode:
    """One entry: its name in an address, and how a request is answered in place of asking on.

    says:     one sentence for people
    writes:   it writes the answer itself, which then comes at the usual pace
    unpaced:  its answers come as fast as they are made
    """

    name: str
    says: str
    change: Change
    writes: bool = False
    unpaced: bool = False


REGISTRY: dict[str, Mode] = {}


def mode(
    name: str, says: str, *, writes: bool = False, unpaced: bool = False
) -> Callable[[Change], Change]:
    """Return the decorator that puts a mode into the registry."""

    def register(change: Change) -> Change:
        REGISTRY[name] = Mode(name, says, change, writes, unpaced)
        return change

    return register
