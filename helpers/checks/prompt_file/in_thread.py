"""Read files in a thread, so that the page stays responsive, and stop when no longer needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from itertools import islice
from threading import Event
from time import perf_counter
from typing import TypeVar

from .job import Halted

T = TypeVar("T")
# Called during the reading; raises Halted once nobody needs the rest.
Check = Callable[[], None]
TELL_S = 0.25
# A thread costs more than a job, so each call reads this many jobs, or for this long.
PART, PART_S = 256, 0.02


async def in_thread(read: Callable[[Check], T], meanwhile: Callable[[], None] = lambda: None) -> T:
    """The result of a function that reads in a thread.

    read:       is given a check that it has to call now and then
    meanwhile:  called now and then meanwhile, in the loop
    raises:     CancelledError, after the thread has ended; whatever the function raises
    """
    halted = Event()
    reading = asyncio.ensure_future(asyncio.to_thread(read, _check(halted)))
    try:
        while not (await asyncio.wait({reading}, timeout=TELL_S))[0]:
            meanwhile()
    except asyncio.CancelledError:
        halted.set()
        await asyncio.wait({reading})
        # Retrieved, or asyncio prints the exception.
        reading.exception()
        raise
    return reading.result()


async def iterate_in_thread(read: Callable[[Check], Iterator[T]]) -> AsyncGenerator[T, None]:
    """Yield the items of an iterator that a thread advances, only as far as they are consumed.

    read:  is given a check that it has to call now and then
    """
    halted = Event()
    reading = read(_check(halted))
    try:
        while part := await asyncio.to_thread(_part, reading):
            for one in part:
                yield one
    finally:
        halted.set()


def _check(halted: Event) -> Check:
    def check() -> None:
        if halted.is_set():
            raise Halted

    return check


def _part(reading: Iterator[T]) -> list[T]:
    """The next items; [] at the end."""
    part: list[T] = []
    until = perf_counter() + PART_S
    for one in islice(reading, PART):
        part.append(one)
        if perf_counter() > until:
            break
    return part
