"""A whole batch: nothing already in the output is asked again, and a stop keeps everything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

from ...client.exchange import Exchange
from ...client.models import list_models
from ...endpoint import Endpoint
from ...errors import CallError
from ...finding import Finding
from ...wire.bounds import Bounds
from ...wire.request import Request
from ..cluster import Cluster, ClusterError, check_keys
from ..prompt_file.in_thread import Check, in_thread, iterate_in_thread
from ..prompt_file.source import Source
from .answers import Answers, errors_of
from .asking import Attempt
from .asking import asked as ask_here
from .comparing import compare
from .crew import Ask, Crew, GaveUp
from .failing import Failing
from .plan import NO_MODEL, Plan, spent, too_dear, unwritable, without_workers
from .row import Row
from .tally import Forecast, Tally, evenly, forecast

SAMPLE = 20
# Many answers are in memory at once; a chat's has a few kilobytes.
BOUNDS = Bounds(body_bytes=16 << 20)

State = Literal["ready", "reading", "sampling", "asking", "done", "stopped"]


class Batch:
    """A file of prompts being turned into a file of answers.

    prompts:   how many the file holds
    before:    how many of them had an answer when this began
    due:       how many were to be asked now
    unasked:   how many have neither an answer nor a failure, once it is over
    streamed:  whether the file asks for a stream, which a batch never uses
    tally:     of what was asked now
    lost:      how many workers were lost, if workers asked
    trouble:   why it ended early, None if it did not
    """

    def __init__(self, source: Source, endpoint: Endpoint, output: Path, plan: Plan | None = None):
        self.source, self.endpoint, self.output = source, endpoint, output
        self.plan = plan or Plan()
        self.errors = errors_of(output)
        self.state: State = "ready"
        self.prompts = self.before = self.due = self.unasked = self.lost = 0
        self.streamed = False
        self.tally = Tally()
        self.forecast: Forecast | None = None
        self.trouble: Finding | None = None
        self.rows: list[Row] = []
        self.failed: list[Row] = []
        self.crew: Crew | None = None
        self.cluster: Cluster | None = None
        self.took_s = 0.0
        self._answers = Answers(output)
        self._working: asyncio.Task[None] | None = None
        self._watch: Callable[[], None] = lambda: None
        self._is_stopped = False
        # The fingerprints of the prompts to ask, by id; None until both files are read.
        self._due: dict[str, str] | None = None
        self._began_s: float | None = None
        self._failing = Failing()
        self._adding: dict[str, Row] = {}

    @property
    def asked(self) -> int:
        """How many were asked now and are finished."""
        return self.tally.answers + sum(self.tally.failed.values())

    @property
    def left(self) -> int:
        """How many prompts of the file have no answer."""
        return self.prompts - self.before - self.tally.answers

    @property
    def rate(self) -> float | None:
        """Prompts a second; None before the first."""
        return self.asked / self.elapsed_s if self.asked and self.elapsed_s else None

    @property
    def elapsed_s(self) -> float:
        """How long it has been asking, or did ask."""
        return perf_counter() - self._began_s if self._began_s is not None else self.took_s

    @property
    def remaining_s(self) -> float | None:
        """How long the rest will take at the same rate."""
        return (self.due - self.asked) / self.rate if self.rate else None

    @property
    def cost(self) -> float:
        """The cost of what was asked now, at the user's prices."""
        return self.plan.prices.of(self.tally.tokens_in, self.tally.tokens_out)

    def stop(self) -> None:
        """Stop asking; the answers so far are kept."""
        self._is_stopped = True
        if self._working:
            self._working.cancel()

    async def run(self, watch: Callable[[], None] = lambda: None) -> None:
        """Ask every prompt that has no answer yet.

        watch:   called after each answer, and when the state changes
        raises:  InputError, OutputError; CancelledError if the caller itself is cancelled
        """
        self._watch = watch
        await self._read()
        if self._due is None:
            self._turn("stopped")
            return
        try:
            await self._work(self._due)
        except asyncio.CancelledError:
            self._is_stopped = True
            raise
        except OSError as error:
            self.trouble = unwritable(self.output, error)
        except ClusterError as error:
            self.trouble = without_workers(error)
        except GaveUp as gave_up:
            self.trouble = gave_up.finding
        finally:
            self._ended()

    async def _read(self) -> None:
        """Read both files, or as much as possible before a stop."""
        self._turn("reading")
        try:
            await self._stoppable(in_thread(self._open, self._watch))
        except CallError:
            self._turn("ready")
            raise
        except asyncio.CancelledError:
            if self._due is not None:
                # Left open, the output would stay locked for everyone else.
                self._answers.close()
            raise

    def _open(self, check: Check) -> None:
        index = self.source.index(check)
        self._ids, self._named = index.asked.keys(), index.named
        self.streamed = index.streamed
        self._answers.open(check)
        try:
            compare(self._answers, index.asked, self.source.path.name, self.endpoint)
        except BaseException:
            self._answers.close()
            raise
        done, failed = self._answers.rows, self._answers.failed
        self.prompts, self.before = len(index.asked), len(done.keys() & index.asked.keys())
        passed = done if self.plan.retry_errors else done | failed
        due = {one: print_ for one, print_ in index.asked.items() if one not in passed}
        due = dict(islice(due.items(), self.plan.limit or None))
        self.due, self._due = len(due), due

    async def _work(self, asked: dict[str, str]) -> None:
        if not asked:
            return
        self.endpoint = replace(self.endpoint, bounds=BOUNDS)
        await self._stoppable(self._choose_model())
        plan = self.plan
        if self._is_stopped:
            return
        if not plan.scheduler:
            await self._with(asked, ask=ask_here)
            return
        check_keys(self.endpoint, plan.scheduler)
        async with Cluster(plan.scheduler, slots=plan.most, workers=plan.workers) as cluster:
            self.cluster = cluster
            try:
                await self._with(asked, ask=partial(cluster.call, ask_here))
            finally:
                await cluster.stop()
                self.lost = await cluster.lost()

    async def _with(self, asked: dict[str, str], *, ask: Ask) -> None:
        """Ask a sample, estimate the total, and ask the rest."""
        plan, first = self.plan, frozenset[str]()
        self.crew = Crew(self.endpoint, most=plan.most, patience_s=plan.patience_s, ask=ask)
        self._began_s = perf_counter()
        if len(asked) > SAMPLE:
            first = evenly(list(asked), SAMPLE)
            self._turn("sampling")
            await self._through(self.crew, asked, first)
        if self._is_stopped:
            return
        self._failing.judge_sample(len(first), len(self._answers.rows))
        self._reckon(first)
        self._turn("asking")
        await self._through(self.crew, asked, asked.keys() - first)

    async def _through(self, crew: Crew, asked: dict[str, str], ids: Collection[str]) -> None:
        """Have a crew ask some of the prompts."""
        async with aclosing(iterate_in_thread(partial(self.source.wanted, asked, ids))) as jobs:
            await self._stoppable(crew.work(jobs, self._keep))

    async def _stoppable(self, work: Coroutine[Any, Any, None]) -> None:
        """Do part of the work; a stop ends it or keeps it from starting, without an error."""
        self._working = asyncio.ensure_future(work)
        if self._is_stopped:
            self._working.cancel()
        try:
            await asyncio.wait({self._working})
        finally:
            # When the caller is cancelled, the requests must end with it.
            self._working.cancel()
            await asyncio.wait({self._working})
        if not self._working.cancelled():
            self._working.result()

    async def _keep(self, attempt: Attempt) -> None:
        row = self._adding[attempt.row.custom_id] = attempt.row
        await self._answers.add(row, attempt.line)
        self._note(row)
        self._watch()
        self._failing.note(attempt)
        if self.plan.budget and self.cost > self.plan.budget:
            raise GaveUp(spent(self.cost, self.plan.budget))

    def _note(self, row: Row) -> None:
        del self._adding[row.custom_id]
        self.tally.note(row)

    def _reckon(self, sample: Collection[str]) -> None:
        """Estimate the total from a sample.

        raises:  GaveUp if it is above the budget
        """
        if not sample:
            return
        rows = [row for one in sample if (row := self._answers.rows.get(one))]
        self.forecast = forecast(rows, self.due, self.plan.prices)
        cost = self.forecast.cost
        if self.plan.budget and cost and cost.middle > self.plan.budget:
            raise GaveUp(too_dear(cost.middle, self.plan.budget, self.due, sample=len(sample)))

    async def _choose_model(self) -> None:
        """Use the model that the endpoint lists first if neither the file nor the user names one.

        raises:  GaveUp if it lists none
        """
        if self._named or self.endpoint.model:
            return
        models = await list_models(self.endpoint)
        if models.chosen:
            self.endpoint = self.endpoint.with_model(models.chosen)
            return
        exchange = Exchange(self.endpoint, Request())
        exchange.use(models.recording)
        raise GaveUp(exchange.failure or NO_MODEL)

    def _turn(self, state: State) -> None:
        self.state = state
        self._watch()

    def _ended(self) -> None:
        self.took_s, self._began_s = self.elapsed_s, None
        self._answers.close()
        for row in [*self._adding.values()]:
            # A stop can come after a line is on the disk and before it was counted.
            there = self._answers.failed if row.kind else self._answers.rows
            if there.get(row.custom_id) is row:
                self._note(row)
        self.rows = self._of_the_file(self._answers.rows)
        self.failed = self._of_the_file(self._answers.failed)
        self.unasked = self.prompts - len(self.rows) - len(self.failed)
        stopped = self._is_stopped and self.unasked
        self._turn("stopped" if stopped or self.trouble else "done")

    def _of_the_file(self, rows: Mapping[str, Row]) -> list[Row]:
        """The rows whose prompts are still in the file."""
        return [row for one, row in rows.items() if one in self._ids]
