"""What the built-in endpoint costs: its start, its memory, its proxy's delay and pace."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

import psutil

from helpers.client.chat import ask
from helpers.client.exchange import Exchange
from helpers.endpoint import resolve
from helpers.engine import builtin
from helpers.engine.events import PER_S
from helpers.wire.timing import Percentiles, percentiles

PROMPT = "write a poem about a tree"


@dataclass(frozen=True)
class Engine:
    """The built-in endpoint's figures.

    start_s:    from nothing to an address that answers
    rss:        of its process and their children after answering, in bytes
    direct_s:   from a chunk's sending to its arrival, without the proxy
    proxied_s:  the same through it
    pacing_s:   how far from its due moment text came, at reading speed
    """

    start_s: float
    rss: int
    direct_s: Percentiles
    proxied_s: Percentiles
    pacing_s: Percentiles

    @property
    def proxy_s(self) -> float | None:
        """Return what the proxy adds to a chunk, from median to median."""
        if self.direct_s.p50 is None or self.proxied_s.p50 is None:
            return None
        return self.proxied_s.p50 - self.direct_s.p50


def measure(source: str, *, chunks: int, turns: int) -> Engine:
    """Return the figures; through the proxy and without it, `chunks` come in turns."""
    return asyncio.run(_measured(f"{source}/paced/{chunks}/v1", turns))


async def _measured(url: str, turns: int) -> Engine:
    builtin.close()
    others = set(psutil.Process().children())
    began = perf_counter()
    await builtin.opened(resolve("demo:fast"))
    start_s = perf_counter() - began
    direct, proxied = [], []
    for _ in range(turns):
        direct += delays_s(await _asked(url))
        proxied += delays_s(await _asked(f"demo:fast@{url}"))
    poem = await _asked("demo")
    (process,) = set(psutil.Process().children()) - others
    rss = sum(one.memory_info().rss for one in [process, *process.children(recursive=True)])
    late = lateness_s(poem.timing.chunk_s)
    return Engine(start_s, rss, percentiles(direct), percentiles(proxied), percentiles(late))


async def _asked(base_url: str) -> Exchange:
    exchange = await ask(await builtin.opened(resolve(base_url, model="bench")), PROMPT)
    if exchange.trouble:
        raise RuntimeError(f"{base_url}: {exchange.trouble.headline}")
    return exchange


def delays_s(exchange: Exchange) -> list[float]:
    """Return the time from the sending to the arrival of each chunk that says when it was sent."""
    recording = exchange.recording
    began_s = datetime.fromisoformat(recording.started_at).timestamp() - recording.call_s
    sent = ((at_s, event.data) for at_s, _, event in exchange.reading.events)
    chunks = ((at_s, json.loads(data)) for at_s, data in sent if data.startswith("{"))
    return [began_s + at_s - chunk["sent_s"] for at_s, chunk in chunks if "sent_s" in chunk]


def lateness_s(arrivals: Sequence[float]) -> list[float]:
    """Return how far from its due moment each chunk came, the first one's being right."""
    return [abs(at_s - arrivals[0] - place / PER_S) for place, at_s in enumerate(arrivals)][1:]
