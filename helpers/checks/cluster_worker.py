"""The worker's side of a cluster: it makes calls, ends them, and says which kit it has."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ..product import VERSION

T = TypeVar("T")

# The calls that are under way here, by whose they are.
_under_way: defaultdict[str, set[asyncio.Task[Any]]] = defaultdict(set)
_stopped: set[str] = set()


async def on_worker(
    run: str, function: Callable[..., Coroutine[Any, Any, T]], arguments: tuple[Any, ...]
) -> T | None:
    """Make a call, in the worker's loop; None where it was stopped, when nobody waits for it."""
    task = asyncio.ensure_future(function(*arguments))
    _under_way[run].add(task)
    try:
        return await task
    except asyncio.CancelledError:
        if run in _stopped:
            return None
        raise
    finally:
        _under_way[run].discard(task)


def stop_on_worker(run: str) -> None:
    """End the calls of a run that are under way here."""
    _stopped.add(run)
    for task in _under_way.pop(run, ()):
        task.cancel()


def version() -> str:
    """The version of this kit, wherever it is asked."""
    return VERSION
