"""Our own pauses, noted so that no server is blamed for them."""

from __future__ import annotations

import asyncio
import gc
import time
from time import perf_counter

from helpers.client.chat import ask
from helpers.client.own_lag import OwnLag, spare_the_imports
from helpers.endpoint import resolve
from helpers.tests.support.capture_server import recording_server
from helpers.tests.support.streams import DONE, event
from helpers.wire.recording import Recording
from helpers.wire.request import chat

PIECES = [event({"content": f"word{n} "}) for n in range(12)] + [event({}, "stop"), DONE]
STREAM = {"Content-Type": "text/event-stream"}


async def asked(url: str, *, blocked_s: float) -> Recording:
    """Return a stream after whose first read this process does nothing else for a while."""
    came = asyncio.Event()

    async def block() -> None:
        await came.wait()
        time.sleep(blocked_s)

    task = asyncio.create_task(block())
    exchange = await ask(resolve(url, model="m"), chat("hi"), watch=lambda *_: came.set())
    await task
    return exchange.recording


def test_a_blocked_loop_is_noted_with_its_moment() -> None:
    """The reads that came meanwhile are stamped late, and this says so."""
    with recording_server(pieces=PIECES, headers=STREAM) as server:
        recording = asyncio.run(asked(server.url, blocked_s=0.3))
    start_s, length_s = max(recording.pauses, key=lambda pause: pause[1])
    assert 0.29 < length_s < 5
    assert not [at_s for at_s, _ in recording.reads if start_s + 0.05 < at_s < start_s + 0.29]


def test_a_quiet_stream_notes_no_long_pause() -> None:
    """A busy machine may hold us up for moments, and they are real."""
    lost_s = []
    with recording_server(pieces=PIECES, headers=STREAM) as server:
        while not lost_s or (lost_s[-1] >= 0.2 and len(lost_s) < 10):
            recording = asyncio.run(asked(server.url, blocked_s=0))
            assert b"".join(PIECES) == recording.body
            lost_s.append(sum(length_s for _, length_s in recording.pauses))
    assert lost_s[-1] < 0.2


def test_a_collection_is_noted_and_pauses_that_touch_are_one() -> None:
    """The collector stops everything; what the loop saw of it is the same pause."""

    async def collected() -> list[tuple[float, float]]:
        with OwnLag() as lag:
            sent = perf_counter()
            lag._watch.collected("start", {})
            time.sleep(0.05)
            lag._watch.collected("stop", {})
            await asyncio.sleep(0.03)
        return lag.pauses(sent)

    pauses = asyncio.run(collected())
    assert 0.05 <= pauses[0][1] < 5
    assert not [one for one in gc.callbacks if "collected" in repr(one)]


def test_all_that_watch_a_loop_share_one_timer() -> None:
    """Each is told of the pauses since it began, and none of those before."""

    async def two() -> tuple[OwnLag, OwnLag]:
        with OwnLag() as early:
            time.sleep(0.05)
            await asyncio.sleep(0.02)
            with OwnLag() as late:
                assert early._watch is late._watch
                await asyncio.sleep(0.02)
                time.sleep(0.06)
                await asyncio.sleep(0.02)
        return early, late

    early, late = asyncio.run(two())
    assert 0.1 < sum(end - start for start, end in early.noted)
    assert 0.05 < max(end - start for start, end in late.noted)
    assert all(start >= late._entered for start, _ in late.noted)


def test_the_imports_are_spared_once() -> None:
    """They are never garbage, and a walk over them takes 25 ms in the middle of a stream."""
    spare_the_imports()
    frozen = gc.get_freeze_count()
    spare_the_imports()
    assert 0 < frozen == gc.get_freeze_count()
