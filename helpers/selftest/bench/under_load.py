"""How well many streams are timed: `python -m helpers.selftest.bench.under_load URL ROUNDS N…`.

It runs in its own process, which sends the load as `05_speed` does, to a server that stamps each
chunk: any excess of a figure over the truth is this kit's error.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import psutil

from ...checks.load.budget import Budget
from ...checks.load.loading import Load
from ...checks.load.own_error import OwnError, error_of
from ...checks.load.prompts import Prompts
from ...checks.load.shape import Shape
from ...endpoint import resolve
from ...server.stamped import spawned
from ...wire.request import chat
from .bare_streams import BareStreams, measured

PER_S, FIRST_MS = 50, 100
# More starts than CROWD within a fifth of a second would be a storm of their own.
CROWD, CROWD_S, SPREAD_S = 64, 2.0, 0.2
LIMIT_S = 120.0


@dataclass(frozen=True)
class UnderLoad:
    """How accurately `streams` streams of 50 chunks a second are timed, in seconds.

    delay:   from a chunk's sending to its stamp
    ttft:    excess of the time to the first text over the truth; the sending counts as error
    tpot:    excess of the time per token over the truth, on average
    bare:    the error of TTFT of a client that only stamps; None for a crowd
    cpu:     CPU time over wall time of the process that reads
    rss:     its memory at the end, with everything still held, in bytes
    """

    streams: int
    n: int
    delay_p50_s: float
    delay_p99_s: float | None
    ttft_mean_s: float
    ttft_p99_s: float | None
    tpot_mean_s: float
    cpu: float
    rss: int
    bare: BareStreams | None = None


def measure(
    source: str, streams: Sequence[int], *, chunks: int, rounds: int
) -> tuple[UnderLoad, ...]:
    """How accurately each number of streams is timed, one load after the other.

    rounds:  answers per stream, for loads of up to 64 streams
    """
    url = f"{source}/paced/{chunks}/{PER_S}/{FIRST_MS}/0/v1"
    arguments = (url, *map(str, (rounds, *streams)))
    with spawned(f"{__package__}.under_load", *arguments) as output:
        return tuple(map(_made, json.loads(output.read())))


def _made(figures: dict[str, Any]) -> UnderLoad:
    bare = figures.pop("bare")
    return UnderLoad(**figures, bare=BareStreams(**bare) if bare else None)


async def _each(url: str, rounds: int, streams: Sequence[int]) -> list[UnderLoad]:
    # One answer each is enough for a crowd, all of whose answers are held until the end.
    return [await _measured(url, count, rounds if count <= CROWD else 1) for count in streams]


async def _measured(url: str, streams: int, rounds: int) -> UnderLoad:
    for number, keep in ((streams, False), (rounds * streams, True)):
        load = Load(
            resolve(url, model="stamped"), chat("hi", model="stamped"), Prompts(("hi",)),
            Shape(at_once=streams), Budget(requests=number, seconds=LIMIT_S),
            spread_s=CROWD_S if streams > CROWD else SPREAD_S, keep=keep,
        )  # fmt: skip
        run = await load.measure()
    error = error_of(run.exchanges, streams, run.client)
    if error is None or error.n != rounds * streams:
        raise RuntimeError(f"Expected {rounds * streams} answers; got {len(run.samples)}.")
    if streams > CROWD:
        return _result(error, None)
    return _result(error, await measured(url, streams, rounds=rounds, spread_s=SPREAD_S))


def _result(error: OwnError, bare: BareStreams | None) -> UnderLoad:
    return UnderLoad(
        error.at_once, error.n, error.delay.of.p50 or 0.0, error.delay.of.p99,
        error.ttft.mean_s, error.ttft.of.p99, abs(error.tpot.mean_s), error.client.cpu,
        int(psutil.Process().memory_info().rss), bare,
    )  # fmt: skip


if __name__ == "__main__":
    _url, *_numbers = sys.argv[1:]
    _rounds, *_streams = map(int, _numbers)
    print(json.dumps([asdict(one) for one in asyncio.run(_each(_url, _rounds, _streams))]))
