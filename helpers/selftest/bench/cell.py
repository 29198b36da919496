"""Code for the kernel that the bench watches: an answer shown the way a cell shows it."""

from __future__ import annotations

import gc
import json
from time import perf_counter, process_time, time

from ...client.chat import begin, complete
from ...client.exchange import Exchange
from ...endpoint import resolve
from ...show.output import Output
from ...show.stream.live import Live
from ...show.timeline.live import LiveTimeline
from ...wire.answer import Delta
from ...wire.reading import Reading
from ...wire.request import chat
from .recorded import ragged


async def live(url: str) -> str:
    """Stream into the cell through Live, as the panel does; return `arrivals`."""
    exchange, shown = begin(resolve(url, model="bench"), chat("a poem")), Live()
    ends = [0]

    def watch(_: Exchange, deltas: list[Delta]) -> None:
        for delta in deltas:
            shown.write(delta.text)
            if delta.has_output:
                ends.append(ends[-1] + len(delta.text))

    await complete(exchange, watch=watch)
    shown.close()
    return arrivals(exchange, ends[1:])


async def printed(url: str) -> str:
    """Print each delta as it comes, as most programs do; return `arrivals`."""
    exchange = begin(resolve(url, model="bench"), chat("a poem"))
    ends = [0]

    def watch(_: Exchange, deltas: list[Delta]) -> None:
        for delta in deltas:
            if delta.has_output:
                print(delta.text, end="", flush=True)
                ends.append(ends[-1] + len(delta.text))

    await complete(exchange, watch=watch)
    return arrivals(exchange, ends[1:])


async def whole(url: str) -> str:
    """Update one output with the whole text at every delta; return `arrivals`."""
    exchange = begin(resolve(url, model="bench"), chat("a poem"))
    output, text, ends = Output({"text/plain": ""}), "", [0]

    def watch(_: Exchange, deltas: list[Delta]) -> None:
        nonlocal text
        for delta in deltas:
            if delta.has_output:
                text += delta.text
                output.update({"text/plain": text})
                ends.append(len(text))

    await complete(exchange, watch=watch)
    return arrivals(exchange, ends[1:])


def drawn(chunks: int, rounds: int) -> str:
    """Show the live timeline of a running stream; return the CPU seconds of each update as JSON."""
    shown, spent = LiveTimeline(), []
    for _ in range(1 + rounds):
        # A new reading each time, because the same one would wait until an update is due.
        reading = Reading(ragged(chunks))
        reading.catch_up()
        gc.collect()
        before_s = process_time()
        shown.show(reading, reading.recording.reads[-1][0])
        spent.append(process_time() - before_s)
    return json.dumps(spent[1:])


def arrivals(exchange: Exchange, ends: list[int]) -> str:
    """Return, as JSON, when each chunk came (seconds of `time.time()`), and where its text ends."""
    sent_s = time() - perf_counter() + (exchange.recording.sent or 0.0)
    times = exchange.timing.chunk_s
    return json.dumps([(sent_s + at_s, end) for at_s, end in zip(times, ends, strict=True)])
