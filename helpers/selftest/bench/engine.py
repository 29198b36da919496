"""What the built-in endpoint costs: its start, its memory, and how well it keeps its times."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import psutil

from ...client.chat import ask
from ...client.exchange import Exchange
from ...endpoint import resolve
from ...server import builtin
from ...server.events import PER_S
from ...server.replay import RECORDING, timing_errors_s
from ...wire.har import from_har
from ...wire.recording import Recording
from ...wire.request import chat
from ...wire.timing import Percentiles, percentiles

PROMPT = "write a poem about a tree"


@dataclass(frozen=True)
class Replayed:
    """The shipped recording at `times` its speed: how far from its due time each read came."""

    times: int
    error_s: Percentiles


@dataclass(frozen=True)
class Engine:
    """The built-in endpoint's figures.

    start_s:    from nothing to an address that answers
    rss:        of its process and its children after answering, in bytes
    pacing_s:   how far from its due time text came, at reading speed
    """

    start_s: float
    rss: int
    pacing_s: Percentiles
    replayed: tuple[Replayed, ...]


def measure(*, speeds: Sequence[int], turns: int) -> Engine:
    """The figures; times are pooled over `turns` answers."""
    return asyncio.run(_measured(speeds, turns))


async def _measured(speeds: Sequence[int], turns: int) -> Engine:
    builtin.close()
    others = set(psutil.Process().children())
    began = perf_counter()
    await builtin.opened(resolve("demo"))
    start_s = perf_counter() - began
    # Not measured: the first request of a process builds its client.
    await _asked("demo:fast")
    late: list[float] = []
    for _ in range(turns):
        late += lateness_s((await _asked("demo")).timing.chunk_s)
    (process,) = set(psutil.Process().children()) - others
    rss = sum(one.memory_info().rss for one in [process, *process.children(recursive=True)])
    replayed = [await _replayed(times, turns) for times in speeds]
    return Engine(start_s, rss, percentiles(late), tuple(replayed))


async def _replayed(times: int, turns: int) -> Replayed:
    recorded = _shipped()
    found: list[float] = []
    for _ in range(turns):
        replayed = (await _asked(f"replay:{RECORDING}@{times}x")).recording
        errors = timing_errors_s(recorded, replayed, pace=1 / times)
        if len(errors) != len(recorded.reads):
            raise RuntimeError(f"Expected {len(recorded.reads)} reads; got {len(errors)}.")
        found += map(abs, errors)
    return Replayed(times, percentiles(found))


def _shipped() -> Recording:
    """The stream among the shipped exchanges."""
    recordings = from_har(json.loads(RECORDING.read_text("utf-8")))
    return max(recordings, key=lambda recording: len(recording.reads))


async def _asked(base_url: str) -> Exchange:
    exchange = await ask(await builtin.opened(resolve(base_url, model="bench")), chat(PROMPT))
    if exchange.failure:
        raise RuntimeError(f"{base_url}: {exchange.failure.says}")
    return exchange


def lateness_s(arrivals: Sequence[float]) -> list[float]:
    """How far from its due time each chunk came, counted from the first one."""
    return [abs(at_s - arrivals[0] - place / PER_S) for place, at_s in enumerate(arrivals)][1:]
