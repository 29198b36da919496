"""What our own process did while it measured, and whether the figures may be its own."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter, process_time

from ...wire.timing import Percentiles, percentiles

EVERY_S = 0.01
# A process that is busy this much of the time has a queue of its own.
BUSY = 0.85
# The share of the wait for a first text that may be our own before a figure is called unclear.
OWN_SHARE = 0.25
LEAST_LAG_S = 0.005
# A young collection per 1,000 new objects, a middle one per 300 of those, and never a full one.
# This keeps what failed requests leave behind below 100 MB.
SELDOM = (1_000, 300, 1_000_000)


@dataclass(frozen=True)
class Client:
    """What the measuring process did during a load.

    lag:        how late a timer fired in the loop that timestamps the bytes, in seconds
    longest_s:  the longest such delay
    cpu:        CPU time over elapsed time: 1.0 is a whole core
    """

    lag: Percentiles
    longest_s: float
    cpu: float

    def is_bottleneck(self, ttft: Percentiles) -> bool:
        """Whether these figures may be ours rather than the server's, at p50 or at p95."""
        pairs = ((self.lag.p50, ttft.p50), (self.lag.p95, ttft.p95))
        return self.cpu > BUSY or any(
            (late_s or 0.0) > max(LEAST_LAG_S, OWN_SHARE * (took_s or 0.0))
            for late_s, took_s in pairs
        )


def worst(clients: Sequence[Client]) -> Client:
    """The most delayed of several processes that measured at the same time."""
    if not clients:
        return Client(percentiles(()), 0.0, 0.0)
    lag = max(clients, key=lambda one: one.lag.p95 or 0.0).lag
    return Client(
        lag, max(one.longest_s for one in clients), max(one.cpu for one in clients)
    )  # fmt: skip


class Meter:
    """Watches the running loop from entry to exit; `client` is the result."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._due = self._began = self._cpu = 0.0

    def __enter__(self) -> Meter:
        self._loop = asyncio.get_running_loop()
        self._began, self._cpu = perf_counter(), process_time()
        self._next()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    @property
    def client(self) -> Client:
        """What this process did so far."""
        took_s = perf_counter() - self._began
        share = (process_time() - self._cpu) / took_s if took_s else 0.0
        return Client(percentiles(self._late), max(self._late, default=0.0), share)

    def _next(self) -> None:
        self._due = perf_counter() + EVERY_S
        self._timer = self._loop.call_later(EVERY_S, self._tick)

    def _tick(self) -> None:
        self._late.append(max(perf_counter() - self._due, 0.0))
        self._next()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the garbage collector from interrupting inside the block.

    A full collection walks everything that openai and IPython have loaded, and every sample kept:
    25 to 80 ms in the middle of a stream. So the garbage is collected beforehand, what is left is
    frozen, and full collections wait. An answered request leaves no cycles behind; those that a
    failed one leaves are found while they are young.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    usual = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        # If another load began before this one, it restores them, or already has.
        if usual != SELDOM:
            gc.set_threshold(*usual)
