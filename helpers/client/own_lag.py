"""Our own pauses: the moments in which this process could not have stamped a byte.

A timer on the loop that reads the bytes fires late exactly when a byte would be stamped late,
whatever held the loop up: a cell's own work, a display, another process on the core. A thread
would have to compete for the GIL, and would measure its own delays instead.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary, ref

# A hundred timers a second cost 0.2% of a core and nothing per chunk.
EVERY_S = 0.01
SHORTEST_S = 0.01
# Windows' clock steps by 16 ms, so a timer can be that late without anything holding up the loop.
_LATE_S = EVERY_S + max(SHORTEST_S, time.get_clock_info("monotonic").resolution)


class OwnLag:
    """Watches the running loop and the garbage collector from entry to exit.

    noted:  (start, end) of each pause in perf_counter's seconds, in no order
    """

    def __init__(self) -> None:
        self.noted: list[tuple[float, float]] = []
        self._entered = 0.0

    def __enter__(self) -> OwnLag:
        loop = asyncio.get_running_loop()
        if loop not in _watches:
            _watches[loop] = _Watch(loop)
        self._watch = _watches[loop]
        self._entered = perf_counter()
        self._watch.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.remove(self)

    def note(self, start: float, end: float) -> None:
        """Note a pause, or the part of it after entry."""
        self.noted.append((max(start, self._entered), end))

    def pauses(self, sent: float) -> list[tuple[float, float]]:
        """(start_s, length_s) of each pause since `sent`, in order and without overlaps.

        A start is the last moment the loop was seen awake: up to 10 ms before it was held up.
        """
        pauses: list[tuple[float, float]] = []
        for start, end in sorted((start - sent, end - sent) for start, end in self.noted):
            if pauses and start <= sum(pauses[-1]):
                start, end = pauses[-1][0], max(end, sum(pauses.pop()))
            if end > 0:
                pauses.append((start, end - start))
        return pauses


class _Watch:
    """The timer and the collector's callback that all watchers of one loop share.

    With a timer for each of 256 streams, watching alone would take a tenth of a core.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # A weak reference, since this is a value in a dictionary whose weak key is the loop.
        self._loop = ref(loop)
        self._listening: set[OwnLag] = set()
        self._awake = self._collecting = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, lag: OwnLag) -> None:
        """Report each pause to another watcher, too."""
        if not self._listening:
            self._awake = perf_counter()
            gc.callbacks.append(self.collected)
            self._again()
        self._listening.add(lag)

    def remove(self, lag: OwnLag) -> None:
        """Stop reporting to a watcher, after a pause that may just be ending."""
        self._note_late(perf_counter(), (lag,))
        self._listening.discard(lag)
        if not self._listening:
            if self._timer is not None:
                self._timer.cancel()
            with suppress(ValueError):
                gc.callbacks.remove(self.collected)

    def _again(self) -> None:
        loop = self._loop()
        if loop is not None:
            self._timer = loop.call_later(EVERY_S, self._tick)

    def _tick(self) -> None:
        now = perf_counter()
        self._note_late(now, self._listening)
        self._awake = now
        self._again()

    def _note_late(self, now: float, lags: Iterable[OwnLag]) -> None:
        if now - self._awake > _LATE_S:
            for lag in lags:
                lag.note(self._awake, now)

    def collected(self, phase: str, _: Mapping[str, Any]) -> None:
        """Note the start or the end of a collection: a callback in `gc.callbacks`."""
        now = perf_counter()
        if phase == "start":
            self._collecting = now
        elif self._collecting and now - self._collecting > SHORTEST_S:
            for lag in self._listening:
                lag.note(self._collecting, now)


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, _Watch] = WeakKeyDictionary()


@cache
def spare_the_imports() -> None:
    """Exclude everything imported so far from later garbage collections, once per process.

    A full collection walks all objects; those of openai and its models alone take 25 to 50 ms,
    in the middle of a stream, and none of them is ever garbage.
    """
    gc.collect()
    gc.freeze()
