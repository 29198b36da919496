"""A watch started, or reused if it is running: a cell that is run twice keeps its address."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ...checks.watch.watched import WatchedExchange
from ...checks.watch.watcher import Watcher
from ...endpoint import CallError, Endpoint
from ...recordings import save
from ...server.replay import WATCHED

MOST_KEPT = 200
_running: dict[tuple[object, ...], Watcher] = {}


class PortError(CallError):
    """The port that was asked for cannot be listened on."""

    headline = "Nothing is watched"


def started(
    endpoint: Endpoint,
    *,
    port: int = 0,
    keep: int = MOST_KEPT,
    bodies: bool = True,
    origins: Sequence[str] = (),
    folder: Path = WATCHED,
) -> Watcher:
    """The watcher that now passes requests on to an endpoint; a running one with the same settings.

    raises:  AddressError for an address with a password or a query; PortError
    """
    how = (endpoint.base_url, endpoint.api_key_env, port, keep, bodies, tuple(origins), folder)
    if how in _running and _running[how].running:
        return _running[how]
    watcher = Watcher(
        endpoint, keep=partial(kept, most=keep, folder=folder), bodies=bodies, origins=origins
    )
    try:
        watcher.start(port)
    except (OSError, OverflowError) as error:
        raise PortError(
            "a port that is free", f"{port}: {error}", "Name another one, or 0 for any."
        ) from None
    _running[how] = watcher
    return watcher


def kept(watched: WatchedExchange, *, most: int = MOST_KEPT, folder: Path = WATCHED) -> Path:
    """The file that now keeps an exchange; of many such files, only the newest are kept."""
    endpoint = watched.endpoint.with_model(watched.request.model)
    return save(
        [watched.recording], endpoint, name=f"watch-{watched.number}", word=watched.word,
        folder=folder, most=most,
    )  # fmt: skip
