"""Our own pauses: the moments in which this process could not have stamped a byte.

A timer of the loop that reads the bytes comes late exactly when a byte would be stamped late,
whatever held the loop up: a cell's own work, a display, another process that has the core. A
thread would have to fight for the interpreter's lock and would see its own delays instead.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from time import perf_counter
from types import TracebackType
from typing import Any

# A hundred timers a second cost 0.2 % of a core and nothing per chunk.
EVERY_S = 0.01
SHORTEST_S = 0.01
# Windows' clock steps by 16 ms, so that a timer is late by as much and nothing was held up.
_LATE_S = EVERY_S + max(SHORTEST_S, time.get_clock_info("monotonic").resolution)


class OwnLag:
    """Watches the running loop and the garbage collector from entry to exit.

    noted:  (start, end) of each pause in perf_counter's seconds, in no order
    """

    def __init__(self) -> None:
        self.noted: list[tuple[float, float]] = []
        self._awake = 0.0
        self._collecting = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> OwnLag:
        self._loop = asyncio.get_running_loop()
        self._awake = perf_counter()
        self._timer = self._loop.call_later(EVERY_S, self._tick)
        gc.callbacks.append(self._collected)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._note_late(perf_counter())
        if self._timer is not None:
            self._timer.cancel()
        with suppress(ValueError):
            gc.callbacks.remove(self._collected)

    def pauses(self, sent: float) -> list[tuple[float, float]]:
        """Return (start_s, length_s) of each pause since `sent`, in order and apart.

        A start is the last moment the loop was seen awake: up to 10 ms before it was held up.
        """
        pauses: list[tuple[float, float]] = []
        for start, end in sorted((start - sent, end - sent) for start, end in self.noted):
            if pauses and start <= sum(pauses[-1]):
                start, end = pauses[-1][0], max(end, sum(pauses.pop()))
            if end > 0:
                pauses.append((start, end - start))
        return pauses

    def _tick(self) -> None:
        now = perf_counter()
        self._note_late(now)
        self._awake = now
        self._timer = self._loop.call_later(EVERY_S, self._tick)

    def _note_late(self, now: float) -> None:
        if now - self._awake > _LATE_S:
            self.noted.append((self._awake, now))

    def _collected(self, phase: str, _: Mapping[str, Any]) -> None:
        now = perf_counter()
        if phase == "start":
            self._collecting = now
        elif self._collecting and now - self._collecting > SHORTEST_S:
            self.noted.append((self._collecting, now))


@cache
def spare_the_imports() -> None:
    """Take what is imported by now out of every later collection, once in a process.

    A full collection walks all objects; those of openai and its models alone take 25 to 50 ms,
    in the middle of a stream, and none of them is ever garbage.
    """
    gc.collect()
    gc.freeze()
