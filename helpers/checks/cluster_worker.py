"""The worker's side of a cluster: it runs calls, ends them and reports its version of the kit."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ..product import VERSION

T = TypeVar("T")

# The calls in progress on this worker, by run.
_under_way: defaultdict[str, set[asyncio.Task[Any]]] = defaultdict(set)
_stopped: set[str] = set()


async def on_worker(
    run: str, function: Callable[..., Coroutine[Any, Any, T]], arguments: tuple[Any, ...]
) -> T | None:
    """The result of a call run in the worker's loop; None if its run was stopped."""
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
    """End a run's calls in progress on this worker."""
    _stopped.add(run)
    for task in _under_way.pop(run, ()):
        task.cancel()


def version() -> str:
    """The version of this kit in the process that is asked."""
    return VERSION
