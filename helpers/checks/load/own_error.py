"""The kit's own error: the same code on the same load, against a server that stamps its chunks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise

from ...client.exchange import Exchange
from ...endpoint import resolve
from ...server import stamped
from ...wire.request import chat
from ...wire.timing import Percentiles, percentiles
from .budget import Budget
from .loading import Load
from .meter import Client
from .prompts import Prompts
from .sample import Sample
from .shape import Shape

MOST_AT_ONCE = 64
# Bounded for the user's sake, too: a busy machine gets through fewer requests in this time.
LOAD_S = 5.0
CHUNKS, PER_S, FIRST_MS = 25, 50, 100
ROUNDS = 3
# If all 64 started at once, this would measure how long it takes to send 64 requests.
SPREAD_S = 0.2

# In a chunk of `server/stamped.py`: when its request came, and when it was sent.
STAMPS = r'"came_s": ([0-9.]+), "sent_s": ([0-9.]+)'
_STAMPS = re.compile(STAMPS)


@dataclass(frozen=True)
class Error:
    """How far a figure was above the truth, in seconds; negative if it was below."""

    mean_s: float
    of: Percentiles


@dataclass(frozen=True)
class OwnError:
    """How far this kit's figures are from the server's stamps at this concurrency.

    ttft:   above the time from the request's arrival to the first chunk's sending, so the client's
            time to send and the network both count as error
    gap:    above the gaps at which chunks were sent
    tpot:   above the same formula over the stamps
    delay:  from each chunk's sending to its timestamp here
    """

    at_once: int
    n: int
    ttft: Error
    gap: Error
    tpot: Error
    delay: Error
    client: Client


async def own_error(at_once: int) -> OwnError | None:
    """The kit's error at a load like the one that was measured; None if nothing came."""
    at_once = min(at_once, MOST_AT_ONCE)
    with ExitStack() as stack:
        address = await asyncio.to_thread(stack.enter_context, stamped.running())
        endpoint = resolve(f"{address}/paced/{CHUNKS}/{PER_S}/{FIRST_MS}/0/v1", model="stamped")
        asked = chat("stamped", model="stamped")
        prompts, shape = Prompts(("stamped",)), Shape(at_once=at_once)
        for number, keep in ((at_once, False), (ROUNDS * at_once, True)):
            load = Load(
                endpoint, asked, prompts, shape, Budget(requests=number, seconds=LOAD_S),
                spread_s=SPREAD_S, keep=keep,
            )  # fmt: skip
            run = await load.measure()
    return error_of(run.exchanges, at_once, run.client)


def error_of(
    exchanges: Iterable[tuple[Sample, Exchange]], at_once: int, client: Client
) -> OwnError | None:
    """The error of samples, judged by the stamps that their chunks carry; None without any."""
    found: dict[str, list[float]] = {"ttft": [], "gap": [], "tpot": [], "delay": []}
    for sample, exchange in exchanges:
        for name, errors_s in _errors_s(sample, exchange).items():
            found[name] += errors_s
    if not found["ttft"]:
        return None
    errors = {name: _error(errors_s) for name, errors_s in found.items()}
    return OwnError(at_once, len(found["ttft"]), **errors, client=client)


def _errors_s(sample: Sample, exchange: Exchange) -> dict[str, list[float]]:
    """How far one sample's figures are above the truth; {} if its stamps don't match."""
    stamps, timing = stamps_of(exchange), sample.timing
    sent = exchange.recording.sent
    if len(stamps) != len(timing.chunk_s) or sent is None or len(stamps) < 2:
        return {}
    came_s, moments = stamps[0][0], [moment for _, moment in stamps]
    true_s = [later - before for before, later in pairwise(moments)]
    true_tpot_s = (moments[-1] - moments[0]) / (len(moments) - 1)
    # If our own process was so late that all chunks came at once, there is no TPOT to be wrong.
    tpot_s = [] if timing.tpot_s is None else [timing.tpot_s - true_tpot_s]
    return {
        "ttft": [timing.chunk_s[0] - (moments[0] - came_s)],
        "gap": [gap - true for gap, true in zip(timing.gaps_s, true_s, strict=True)],
        "tpot": tpot_s,
        "delay": [sent + at - moment for at, moment in zip(timing.chunk_s, moments, strict=True)],
    }


def stamps_of(exchange: Exchange) -> list[tuple[float, float]]:
    """For each chunk, when the request arrived and when it was sent, on a clock we share."""
    found = (_STAMPS.search(event.data) for _, _, event in exchange.reading.events)
    return [(float(stamp[1]), float(stamp[2])) for stamp in found if stamp]


def _error(values: list[float]) -> Error:
    return Error(sum(values) / len(values) if values else 0.0, percentiles(values))
