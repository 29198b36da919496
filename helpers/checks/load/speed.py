"""One load after another until the endpoint has had enough, and the capacity in between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from time import perf_counter
from typing import Any

from ...client.chat import begin, complete
from ...client.exchange import Exchange
from ...endpoint import Endpoint, Limits
from ...wire.request import Api, Request, chat
from ...wire.timing import percentile
from ..cluster import Cluster, ClusterError, check_keys
from .budget import Budget, Goals, first_text_s
from .capacity import bisected, nearly_all, too_much
from .figures import Figures, all_counted
from .loading import Load, Run
from .own_error import OwnError, own_error
from .plan import Plan
from .prompts import Prompts
from .sample import Sample, sample_of
from .shape import Shape
from .workers import Order, SharedLoad

# With a smaller good share than this, a higher load would only make everyone wait longer.
HOPELESS = 0.3
# How many times as long as alone a first text may take, if no limit was set.
AS_ALONE = 2.0
SPREAD_AT_MOST_S = 2.0
# How many usual answer times to wait for requests in progress when a load ends.
PATIENCE = 3.0
# The loads of one measurement number their prompts this far apart, so that none is repeated.
SEEDS_APART = 1_000_000


class Speed:
    """How fast an endpoint is: the loads as they run, and their results.

    asked:     a request whose model and parameters all loads share
    first:     the first request of all, alone and cold; it opens the connection and is in no load
    runs:      the loads that are over, in the order in which they were sent
    current:   the load that runs now
    capacity:  by "at once" and "a second": the highest that kept the limits, and the lowest that
               did not, each None if there was none
    cluster:   the workers that send the loads; None if this process does
    stopped:   whether Stop ended it
    cut:       whether the last load was cut off because the announced time was up
    untried:   the planned loads for which no time or no tokens were left
    """

    def __init__(
        self, endpoint: Endpoint, plan: Plan, prompts: Prompts, *, api: Api = "chat",
        stream: bool = True, extra_body: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.endpoint, self.plan, self.prompts = endpoint, plan, prompts
        length = {"max_tokens": plan.max_tokens} if plan.max_tokens else {}
        # It has a made-up beginning of its own, which no load repeats.
        self.asked = chat(
            tuple(prompts.opening(-1)), model=endpoint.model, stream=stream, api=api,
            **(length | dict(extra_body or {})),
        )  # fmt: skip
        self.first: Exchange | None = None
        self.runs: list[Run] = []
        self.current: Load | SharedLoad | None = None
        self.cluster: Cluster | None = None
        self.capacity: dict[str, tuple[float | None, float | None]] = {}
        self.own_error: OwnError | None = None
        self.stopped = self.cut = False
        self.untried: list[Shape] = []
        self._began = 0.0
        self._watch: Callable[[], None] = lambda: None

    @property
    def cold(self) -> Sample | None:
        """The first request as a sample."""
        if self.first is None or self.first.recording.sent is None:
            return None
        return sample_of(self.first, 0, began=self.first.recording.sent, due_s=0.0, turn=0)

    @property
    def answered(self) -> bool:
        """Whether the first request was answered, without which loads make no sense."""
        return self.first is not None and not self.first.failure

    @property
    def goals(self) -> Goals:
        """The plan's limits; if none was set, a first text may take twice as long as alone."""
        plan = self.plan
        if plan.wanted.ttft_p95_s is not None or not self.runs:
            return plan.goals
        alone = [first_s for one in self.runs[0].samples if (first_s := first_text_s(one))]
        usual_s = (percentile(alone, 50) or 0.0) * AS_ALONE
        return replace(plan.goals, ttft_s=max(plan.goals.ttft_s or 0.0, usual_s))

    def figures(self, run: Run) -> Figures:
        """A load's figures under the limits, in the unit that all loads share."""
        return run.figures(self.goals, in_tokens=self.counted)

    @property
    def counted(self) -> bool:
        """Whether every answer of every load has a token count; if not, chunks are counted."""
        return all_counted(one for run in self.runs for one in run.samples)

    def keeps(self, run: Run) -> bool:
        """Whether a load kept the limits: nearly all answered requests did.

        Failures as frequent as under lower loads are not held against it.
        """
        found = self.figures(run)
        if not found.n or self.fails_more(run):
            return False
        return nearly_all(round(found.good * found.asked), found.n + run.unfinished)

    def fails_more(self, run: Run) -> bool:
        """Whether a load fails significantly more often than the loads below it."""
        return run in too_much(self.runs)

    async def measure(self, watch: Callable[[], None] = lambda: None) -> None:
        """Send every load; what was measured is kept however it ends.

        raises:  ClusterError; CancelledError, after everything in progress was closed
        """
        self._watch = watch
        try:
            async with self._senders():
                self._began = perf_counter()
                await self._first()
                if self.answered:
                    await self._sweep([shape for shape in self.plan.shapes if shape.closed])
                    await self._sweep([shape for shape in self.plan.shapes if not shape.closed])
                    await self._measure_own_error()
        except BaseException as error:
            self.stopped = True
            # If the workers are gone, what they had measured before is kept.
            if not (isinstance(error, ClusterError) and self.runs):
                raise
        finally:
            self.current = None

    @asynccontextmanager
    async def _senders(self) -> AsyncIterator[None]:
        """Start the workers if other processes are to send."""
        if not self.plan.scheduler:
            yield
            return
        check_keys(self.endpoint, self.plan.scheduler)
        async with Cluster(self.plan.scheduler, slots=1, workers=self.plan.workers) as cluster:
            self.cluster = cluster
            yield

    async def _measure_own_error(self) -> None:
        """Measure it where the loads were measured: on one of the workers, with its share."""
        if not self.plan.own_error:
            return
        if self.cluster is None:
            self.own_error = await own_error(self.most_at_once)
            return
        share = -(-self.most_at_once // len(await self.cluster.workers()))
        self.own_error = await self.cluster.call(own_error, share)

    @property
    def most_at_once(self) -> int:
        """The most requests at once in any load that was sent."""
        return max((run.shape.at_once for run in self.runs), default=0) or 1

    async def _first(self) -> None:
        limits = self.endpoint.limits
        within = {name: min(limit_s, self.plan.seconds) for name, limit_s in asdict(limits).items()}
        self.first = begin(replace(self.endpoint, limits=Limits(**within)), self.asked)
        await complete(self.first, forgiving=True)
        # As the server accepted it: with the model it listed, without the parameters it refused.
        self.endpoint = replace(self.first.endpoint, limits=limits)
        self.asked = self.first.request

    async def _sweep(self, shapes: list[Shape]) -> None:
        good = bad = None
        for place, shape in enumerate(shapes):
            run = await self._load(shape)
            if run is None:
                self.untried += shapes[place:]
                break
            if self.keeps(run):
                # If a higher load keeps the limits, a lower one that missed them is no bound.
                good, bad = shape, None
            elif bad is None:
                bad = shape
            if self.fails_more(run) or self.figures(run).good < HOPELESS:
                break
        if shapes:
            await self._capacity(shapes[0], good, bad)

    async def _capacity(self, kind: Shape, good: Shape | None, bad: Shape | None) -> None:
        unit, number = ("at once", _at_once) if kind.closed else ("a second", _per_s)
        low, high = number(good), number(bad)
        if self.plan.capacity and low is not None and high is not None:

            async def kept(middle: float) -> bool | None:
                run = await self._load(_changed(kind, middle))
                return None if run is None else self.keeps(run)

            low, high = await bisected(low, high, kept, whole=kind.closed)
        self.capacity[unit] = (low, high)

    async def _load(self, shape: Shape) -> Run | None:
        """One load; None if the time or the tokens are used up."""
        left_tokens = self.plan.tokens - self.tokens
        if self._left_s <= 0 or left_tokens <= 0:
            return None
        await self._open_connections(shape, min(self.plan.each.seconds, self._left_s) / 4)
        seconds, patience_s = in_time(self._left_s, self.plan.each.seconds, usual_s=self._usual_s)
        budget = replace(
            self.plan.each, requests=self.plan.requests(shape), tokens=left_tokens,
            seconds=seconds, patience_s=patience_s,
        )  # fmt: skip
        self.current = self._made(
            self.asked, self.prompts, shape, budget,
            spread_s=min(self._usual_s, SPREAD_AT_MOST_S), seed=SEEDS_APART * len(self.runs),
        )  # fmt: skip
        run = None
        try:
            run = await self.current.measure()
        finally:
            latest = run or self.current.run
            # A load without a single answer is the worst result, so it is kept.
            if latest.samples or latest.unfinished:
                self.runs.append(latest)
            self._watch()
        # If the measurement's time ran out, that says nothing about the server.
        shorter = budget.most_s < 2 * self.plan.each.seconds
        self.cut = shorter and (run.unfinished > 0 or not run.samples)
        return None if self.cut else run

    async def _open_connections(self, shape: Shape, seconds: float) -> None:
        """Open the connections a load needs with one-token answers, which are in no figure."""
        count = shape.at_once or len(self.cluster.pids if self.cluster else "1")
        short = self.asked.without("max_tokens", "max_completion_tokens", max_tokens=1)
        warm = self._made(
            short, replace(self.prompts, turns=1), Shape(at_once=count),
            replace(self.plan.each, requests=count, seconds=seconds, error_rate=1.0),
            seed=SEEDS_APART * (500 + len(self.runs)),
        )  # fmt: skip
        await warm.measure()

    def _made(
        self, request: Request, prompts: Prompts, shape: Shape, budget: Budget, *, seed: int,
        spread_s: float = 0.0,
    ) -> Load | SharedLoad:  # fmt: skip
        """A load ready to be sent, by this process or by the workers."""
        if self.cluster is not None:
            order = Order(self.endpoint, request, prompts, shape, budget, spread_s, seed)
            return SharedLoad(self.cluster, order, watch=self._watch)
        return Load(
            self.endpoint, request, prompts, shape, budget, spread_s=spread_s, seed=seed,
            keep=self.plan.keep, watch=lambda _: self._watch(),
        )  # fmt: skip

    @property
    def tokens(self) -> int:
        """The tokens used by all loads so far, in prompts and answers, as far as reported."""
        counted = (
            (one.timing.tokens, one.prompt_tokens) for run in self.runs for one in run.samples
        )
        return sum((out or 0) + (into or 0) for out, into in counted)

    @property
    def _left_s(self) -> float:
        """How much of the announced time is left."""
        return max(self._began + self.plan.seconds - perf_counter(), 0.0)

    @property
    def _usual_s(self) -> float:
        """The usual time for an answer, as far as it is known."""
        took_s = self.figures(self.runs[-1]).e2e.p50 if self.runs else None
        return took_s or (self.first.timing.last_output_s if self.first else None) or 0.0


def in_time(left_s: float, each_s: float, *, usual_s: float) -> tuple[float, float]:
    """How long a load may send and how long it then waits, to be over in time.

    left_s:   of the whole measurement
    each_s:   how long one load may send, and may wait
    usual_s:  how long an answer takes
    """
    sending_s = min(each_s, max(left_s - PATIENCE * usual_s, left_s / 2))
    return sending_s, min(each_s, left_s - sending_s)


def _at_once(shape: Shape | None) -> float | None:
    return shape.at_once if shape else None


def _per_s(shape: Shape | None) -> float | None:
    return shape.per_s if shape else None


def _changed(kind: Shape, load: float) -> Shape:
    return replace(kind, at_once=int(load)) if kind.closed else replace(kind, per_s=load)
