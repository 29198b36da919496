"""One load: requests sent as its shape says, and a sample kept of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Literal, NamedTuple

from ...client.chat import begin, complete
from ...client.exchange import Exchange
from ...endpoint import Endpoint
from ...wire.request import Request, chat
from .budget import Budget, Goals
from .figures import Figures, figures
from .meter import Client, Meter, undisturbed
from .prompts import Message, Prompts
from .sample import Sample, sample_of, words_of
from .shape import WHOLE, Part, Shape, arrivals_s, starts_s

# This few failures may be chance, whatever their share.
FEW_FAILURES = 2
# The running percentiles use this many of the latest first texts.
LATEST = 1000
End = Literal["", "requests", "seconds", "tokens", "errors", "stopped"]


@dataclass(frozen=True, eq=False)
class Run:
    """A finished load and its samples.

    unfinished:  requests still in progress when the time was up or Stop was pressed
    ended:       what ended it
    exchanges:   every exchange, if the load was asked to keep them
    lost:        workers that were lost on the way, with everything they had measured
    words:       by the name of a failure, the words of the first one of its kind
    """

    shape: Shape
    samples: tuple[Sample, ...]
    client: Client
    unfinished: int = 0
    ended: End = "requests"
    exchanges: tuple[tuple[Sample, Exchange], ...] = ()
    lost: int = 0
    words: Mapping[str, str] = field(default_factory=dict)

    def figures(self, goals: Goals, *, in_tokens: bool | None = None) -> Figures:
        """Its figures, and how many of its requests kept these limits."""
        return figures(self.samples, goals, in_tokens=in_tokens)


class Progress(NamedTuple):
    """The state of a load: requests that ended, how many of them failed, the latest first texts."""

    ended: int = 0
    failed: int = 0
    firsts_s: tuple[float, ...] = ()


def progress_of(samples: Sequence[Sample]) -> Progress:
    """The state of a load with these samples so far."""
    last = (one.timing.ttft_s for one in samples[-LATEST:] if not one.failure)
    firsts_s = tuple(took_s for took_s in last if took_s is not None)
    return Progress(len(samples), sum(bool(one.failure) for one in samples), firsts_s)


class Load:
    """One load in progress; `run` holds what was measured, even if it is stopped.

    request:    its model and parameters are those of all others
    spread_s:   how long the starts of the first concurrent requests are spread over
    seed:       of the numbers that make prompts differ; loads with different seeds share none
    part:       which part of a load that several processes send
    watch:      called after each request
    """

    def __init__(
        self, endpoint: Endpoint, request: Request, prompts: Prompts, shape: Shape,
        budget: Budget, *, spread_s: float = 0.0, seed: int = 0, keep: bool = False,
        part: Part = WHOLE, watch: Callable[[Load], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.endpoint, self.shape, self.budget = endpoint, shape, budget
        self._asked, self._prompts, self._watch = request, prompts, watch
        self._spread_s, self._seed, self._keep, self._part = spread_s, seed, keep, part
        self._samples: list[Sample] = []
        self._exchanges: list[tuple[Sample, Exchange]] = []
        self._first_words: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._meter = Meter()
        self._begun = self._failed = self._tokens = self._unfinished = 0
        self._began = 0.0
        self._ended: End = ""
        self._bug: BaseException | None = None

    @property
    def run(self) -> Run:
        """What has been measured so far."""
        return Run(
            self.shape, tuple(self._samples), self._meter.client, self._unfinished,
            self._ended or "stopped", tuple(self._exchanges), words=dict(self._first_words),
        )  # fmt: skip

    @property
    def samples(self) -> list[Sample]:
        """The samples so far."""
        return self._samples

    @property
    def progress(self) -> Progress:
        """Its state so far."""
        return progress_of(self._samples)

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began."""
        return perf_counter() - self._began if self._began else 0.0

    async def measure(self) -> Run:
        """The finished load: requests sent as its shape says until the budget is used up.

        raises:  CancelledError, after every open request was closed; `run` keeps what was measured
        """
        with undisturbed():
            self._began = perf_counter()
            try:
                with self._meter:
                    await self._send()
            except asyncio.CancelledError:
                self._ended = "stopped"
                raise
            finally:
                await self._close()
        if self._bug:
            raise self._bug
        return self.run

    async def _send(self) -> None:
        if self.shape.closed:
            for start_s in starts_s(self.shape, self._spread_s, self._part):
                self._start(self._one_after_the_other(start_s))
        else:
            self._start(self._at_its_rate())
        due_s = self._began + self.budget.most_s
        while self._tasks and not self._bug and (left_s := due_s - perf_counter()) > 0:
            await asyncio.wait(self._tasks, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
        self._ended = self._ended or ("seconds" if self._tasks else "requests")

    def _start(self, coroutine: object) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(coroutine)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            self._bug = self._bug or task.exception()

    async def _close(self) -> None:
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _one_after_the_other(self, start_s: float) -> None:
        await self._until(start_s)
        while self._more():
            await self._conversation(perf_counter() - self._began)

    async def _at_its_rate(self) -> None:
        for due_s in arrivals_s(self.shape, self._part):
            await self._until(due_s)
            if not self._more():
                return
            self._start(self._conversation(due_s))

    async def _until(self, due_s: float) -> None:
        await asyncio.sleep(max(self._began + due_s - perf_counter(), 0))

    def _more(self) -> bool:
        """Whether another request may be sent."""
        budget = self.budget
        if self._begun >= budget.requests:
            self._ended = self._ended or "requests"
        elif self.elapsed_s >= budget.seconds:
            self._ended = self._ended or "seconds"
        elif self._tokens >= budget.tokens:
            self._ended = self._ended or "tokens"
        return not self._ended

    async def _conversation(self, due_s: float) -> None:
        number = self._begun
        messages = self._prompts.opening(self._seed + number)
        for turn in range(self._prompts.turns):
            if turn and not self._more():
                return
            exchange = await self._ask(messages, number, turn, due_s)
            if not exchange.text:
                return
            messages = [*messages, *self._prompts.next_turn(exchange.text, turn)]
            due_s = perf_counter() - self._began

    async def _ask(self, messages: list[Message], number: int, turn: int, due_s: float) -> Exchange:
        self._begun += 1
        request = with_messages(self._asked, messages)
        # As bytes, which skip the millisecond that the openai client takes to build a request.
        exchange = begin(self.endpoint, replace(request, raw=request.body()))
        try:
            await complete(exchange, sibling=False)
        except asyncio.CancelledError:
            self._unfinished += 1
            raise
        self._take(sample_of(exchange, number, began=self._began, due_s=due_s, turn=turn), exchange)
        return exchange

    def _take(self, sample: Sample, exchange: Exchange) -> None:
        self._samples.append(sample)
        if self._keep:
            self._exchanges.append((sample, exchange))
        if sample.failure and sample.failure not in self._first_words:
            self._first_words[sample.failure] = words_of(exchange.failure)
        self._failed += bool(sample.failure)
        self._tokens += (sample.timing.tokens or 0) + (sample.prompt_tokens or 0)
        share = self._failed / len(self._samples)
        if self._failed > FEW_FAILURES and share > self.budget.error_rate:
            self._ended = "errors"
        self._watch(self)


def with_messages(request: Request, messages: Sequence[Message]) -> Request:
    """The same request with other messages."""
    how = {name: value for name, value in request.parameters.items() if name != "stream"}
    return chat(
        tuple(messages), model=request.model, stream=request.streamed, headers=request.headers,
        api=request.api, **how,
    )  # fmt: skip
