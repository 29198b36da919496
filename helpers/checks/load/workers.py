"""One load sent by many workers, and their samples as if one process had sent all of it.

Clocks of different machines are never compared: each worker counts from the start of its own
part, and raw samples are merged, never percentiles.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from time import perf_counter
from uuid import uuid4

from ...endpoint import Endpoint
from ...wire.request import Request
from ..cluster import STOP_S, Cluster, ClusterError, WorkerLost
from .budget import Budget
from .loading import End, Load, Progress, Run, progress_of
from .meter import worst
from .prompts import Prompts
from .sample import Sample
from .shape import Part, Shape, divided

TELL_S = 0.5
# Each worker's prompts are numbered this far apart, so that no two workers ask the same.
SEEDS_APART = 10_000
# How a whole load ended if its parts ended differently: the first of these that any part had.
_GRAVEST: tuple[End, ...] = ("errors", "stopped", "", "tokens", "seconds", "requests")


@dataclass(frozen=True)
class Order:
    """What a load asks, as it is sent to a worker; the fields are those of `Load`."""

    endpoint: Endpoint
    asked: Request
    prompts: Prompts
    shape: Shape
    budget: Budget
    spread_s: float = 0.0
    seed: int = 0


class SharedLoad:
    """One load that workers send together; `run` holds what was measured, even if it is stopped.

    order:    the whole load
    senders:  how many workers send it
    watch:    called now and then
    """

    def __init__(
        self, cluster: Cluster, order: Order, *, watch: Callable[[], None] = lambda: None
    ) -> None:
        self.order, self.shape, self.budget = order, order.shape, order.budget
        self.senders = 0
        self._cluster, self._watch = cluster, watch
        self._runs: list[Run] = []
        self._lost = 0
        self._began = 0.0
        self._key = uuid4().hex
        self._reports: list[Progress] = []

    @property
    def run(self) -> Run:
        """What has been measured so far."""
        return merged(self.shape, self._runs, lost=self._lost)

    @property
    def samples(self) -> Sequence[Sample]:
        """The samples so far; a worker's arrive when it is done."""
        return self.run.samples

    @property
    def progress(self) -> Progress:
        """Its state, as the sending workers last reported it."""
        parts = [progress_of(self.samples), *self._reports]
        return Progress(
            sum(one.ended for one in parts), sum(one.failed for one in parts),
            tuple(took_s for one in parts for took_s in one.firsts_s),
        )  # fmt: skip

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began."""
        return perf_counter() - self._began if self._began else 0.0

    async def measure(self) -> Run:
        """The merged run, once each worker sent its part until its share of the budget was used up.

        raises:  CancelledError, after every worker was stopped; `run` keeps what was measured
        """
        self._began = perf_counter()
        workers = await self._cluster.workers()
        orders = parts_of(self.order, len(workers))
        self.senders = len(orders)
        left = {
            asyncio.ensure_future(self._send(one, Part(number, len(orders)), worker))
            for number, (one, worker) in enumerate(zip(orders, workers, strict=False))
        }
        try:
            while left:
                done, left = await asyncio.wait(left, timeout=TELL_S)
                for task in done:
                    task.result()
                # If a worker is too busy to report, the last report stays.
                if left and (reports := await self._cluster.tell(progress_here, self._key)):
                    self._reports = [progress for found in reports for progress in found]
                self._watch()
        finally:
            if left:
                await self._stop(left)
            self._reports = []
        return self.run

    async def _send(self, order: Order, part: Part, worker: str) -> None:
        try:
            self._runs.append(
                await self._cluster.call(sent_here, order, part, self._key, on=worker)
            )
        except (WorkerLost, ClusterError):
            self._lost += 1

    async def _stop(self, tasks: set[asyncio.Task[None]]) -> None:
        """Stop all workers and collect what they have measured so far."""
        await self._cluster.stop()
        _, late = await asyncio.wait(tasks, timeout=STOP_S)
        for task in late:
            task.cancel()


# On a worker: the parts that it is sending now, by load.
_sending: defaultdict[str, list[Load]] = defaultdict(list)


def progress_here(key: str) -> list[Progress]:
    """The state of a worker's parts of a load."""
    return [load.progress for load in _sending.get(key, ())]


async def sent_here(order: Order, part: Part, key: str) -> Run:
    """A worker's part of a load as measured, even if it is stopped."""
    load = Load(
        order.endpoint, order.asked, order.prompts, order.shape, order.budget,
        spread_s=order.spread_s, seed=order.seed, part=part,
    )  # fmt: skip
    _sending[key].append(load)
    try:
        with suppress(asyncio.CancelledError):
            await load.measure()
        return load.run
    finally:
        _sending.pop(key, None)


def parts_of(order: Order, count: int) -> list[Order]:
    """The same load in this many parts, or fewer if it is too small; together the whole."""
    shape, budget = order.shape, order.budget
    shapes = divided(shape, min(count, budget.requests))
    weights = [one.at_once or 1 for one in shapes]
    requests, tokens = _shares(budget.requests, weights), _shares(budget.tokens, weights)
    return [
        replace(
            order, shape=one, seed=order.seed + place * SEEDS_APART,
            budget=replace(budget, requests=requests[place], tokens=tokens[place]),
        )
        for place, one in enumerate(shapes)
    ]  # fmt: skip


def merged(shape: Shape, runs: Sequence[Run], *, lost: int = 0) -> Run:
    """One run merged from its parts: all of their samples, in the order in which they ended."""
    samples = [
        # Numbers stay distinct, and turns of one conversation together.
        one._replace(number=one.number * len(runs) + place)
        for place, run in enumerate(runs)
        for one in run.samples
    ]
    ended: End = min((run.ended for run in runs), key=_GRAVEST.index) if runs else "stopped"
    return Run(
        shape, tuple(sorted(samples, key=lambda one: one.ended_s)),
        worst([run.client for run in runs]), sum(run.unfinished for run in runs), ended, lost=lost,
        words={name: words for run in reversed(runs) for name, words in run.words.items()},
    )  # fmt: skip


def _shares(total: int, weights: Sequence[int]) -> list[int]:
    """A whole number split into whole parts, roughly in proportion to these weights."""
    ends = [total * upto // sum(weights) for upto in accumulate(weights)]
    return [end - start for start, end in pairwise([0, *ends])]
