"""How long it takes until a token is painted: only a page can measure that."""

from __future__ import annotations

import asyncio
import io
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from ...server.events import until
from ...show.output import Output, end_line
from ...show.panel.frontend import Stopwatch
from ...show.stream.live import Live
from ...wire.timing import Percentiles, percentiles
from .display import delays

WAYS = ("this kit", "print loop", "whole text each time")
TOKENS, PER_S = 900, 300
ANSWER_S, SETTLE_S = 20.0, 6.0
PINGS = 9


@dataclass(frozen=True)
class Painted:
    """The same numbers shown in one way, at 300 a second.

    delay_s:    from when a number existed to when the page had painted it
    last_s:     the same for the last number
    lost:       numbers that the page never painted
    longest_s:  the longest task that blocked the page; those below 50 ms are not reported
    cpu_s:      CPU time of the kernel, per number
    """

    way: str
    delay_s: Percentiles
    last_s: float | None
    lost: int
    longest_s: float
    cpu_s: float


@dataclass(frozen=True)
class Painting:
    """The results for each way of showing.

    clock_s:  possible error of the page's clock against the kernel's: half the fastest round trip
    """

    ways: tuple[Painted, ...]
    clock_s: float


Write = Callable[[str], None]


async def paint(watch: Stopwatch) -> Painting:
    """Count in the current cell, in three ways, and return when the page had painted each number.

    raises:  TimeoutError if no page shows the stopwatch
    """
    ahead_s, off_s = await _clock(watch)
    ways = [await _counted(watch, way, ahead_s) for way in WAYS]
    return Painting(tuple(ways), off_s)


async def _clock(watch: Stopwatch) -> tuple[float, float]:
    """How far the page's clock is ahead of this one, and the possible error of that."""
    found = []
    for _ in range(PINGS):
        asked_s = time.time()
        answer = await watch.ask("clock", within_s=ANSWER_S)
        round_s = time.time() - asked_s
        found.append((round_s / 2, answer["at_ms"] / 1000 - asked_s - round_s / 2))
    off_s, ahead_s = min(found)
    return ahead_s, off_s


async def _counted(watch: Stopwatch, way: str, ahead_s: float) -> Painted:
    mark = f"{way} {secrets.token_hex(4)}:"
    await watch.ask("watch", within_s=ANSWER_S, mark=mark)
    begun_s = time.process_time()
    with _shown(way) as write:
        there = await _count(write, mark)
    cpu_s = time.process_time() - begun_s
    await _settle(watch)
    page = await watch.ask("end", within_s=ANSWER_S)
    painted = [(float(at_ms) / 1000 - ahead_s, int(number)) for number, at_ms in page["painted"]]
    found_s = delays(there, painted)
    lost = TOKENS - len(found_s)
    return Painted(
        way, percentiles(found_s), None if lost else found_s[-1], lost,
        float(page["longest_ms"]) / 1000, cpu_s / TOKENS,
    )  # fmt: skip


async def _settle(watch: Stopwatch) -> None:
    """Wait until everything is painted, or until it is clear that it never will be."""
    until_s = time.monotonic() + SETTLE_S
    while time.monotonic() < until_s:
        if (await watch.ask("clock", within_s=ANSWER_S))["seen"] == TOKENS:
            return
        await asyncio.sleep(0.2)


async def _count(write: Write, mark: str) -> list[tuple[float, int]]:
    """Write numbers one by one, and return when each was written."""
    moments, start_s = [], asyncio.get_running_loop().time()
    write(f"{mark} ")
    for number in range(1, TOKENS + 1):
        await until(start_s + number / PER_S)
        moments.append((time.time(), number))
        write(f"{number} ")
    return moments


@contextmanager
def _shown(way: str) -> Iterator[Write]:
    """Give a function that shows a piece of text in one of the ways, until the block is left."""
    if way == WAYS[0]:
        live = Live()
        yield live.write
        live.close()
    elif way == WAYS[1]:
        yield partial(print, end="", flush=True)
        end_line()
    else:
        output, text = Output({"text/plain": ""}), io.StringIO()

        def write(piece: str) -> None:
            text.write(piece)
            output.update({"text/plain": text.getvalue()})

        yield write
