"""Questions asked in order; answers are kept, so that asking can be resumed later."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from ...client.chat import begin, complete
from ...client.exchange import Exchange
from ...client.models import ModelList
from ...endpoint import Endpoint
from ...server.builtin import opened
from ...wire.answer import Delta
from ...wording import counted
from .grid import Question
from .saved import Saved

# An endpoint that fails this often in a row, for reasons that will not change, is asked no more.
GIVES_UP_AFTER = 3

Watch = Callable[[int, list[Delta]], None]


class Sweep:
    """Questions and their exchanges, by the question's number.

    exchanges:  those that were begun; a stopped one is there as far as it got
    left_out:   why a question was not asked, by its number
    """

    def __init__(self, batches: Sequence[Sequence[Question]], saved: Saved | None = None) -> None:
        """A sweep to be asked; the questions of one batch are asked at the same time.

        saved:  where answers are kept, and those of an earlier run are found
        """
        self.questions: list[Question] = [one for batch in batches for one in batch]
        self.exchanges: dict[int, Exchange] = {}
        self.left_out: dict[int, str] = {}
        self._batches: list[list[int]] = []
        for batch in batches:
            begun = sum(map(len, self._batches))
            self._batches.append([*range(begun, begun + len(batch))])
        self._saved = saved
        for number, question in enumerate(self.questions) if saved else ():
            if saved and (found := saved.find(question)):
                self.exchanges[number] = found
        self._failed: Counter[tuple[Endpoint, str]] = Counter()
        self._opened: dict[Endpoint, Endpoint] = {}
        self._models: dict[Endpoint, ModelList] = {}

    @property
    def announcement(self) -> str:
        """How much it will ask, before anything is sent."""
        count = len(self.questions)
        capped = [one.request.parameters for one in self.questions]
        limits = [
            next((p[n] for n in ("max_tokens", "max_completion_tokens") if n in p), None)
            for p in capped
        ]
        most = sum(limit for limit in limits if isinstance(limit, int))
        tokens = f", at most {counted(most, 'token')}" if most and None not in limits else ""
        return f"{counted(count, 'request')}{tokens}"

    @property
    def answered(self) -> list[int]:
        """The numbers of the questions whose exchange has ended by itself."""
        ended = self.exchanges.items()
        return [n for n, one in sorted(ended) if one.recording.end and not one.stopped]

    @property
    def missing(self) -> list[int]:
        """The numbers of the questions that another run would ask."""
        done = {n for n in self.answered if not self.exchanges[n].failure}
        return [n for n in range(len(self.questions)) if n not in done]

    async def ask(self, watch: Watch | None = None) -> None:
        """Ask every question without an answer; those that failed before are asked once more.

        watch:   called with a question's number and the new part of its answer, and with its number
                 and [] when it begins and when it has ended
        raises:  CancelledError, after everything in progress was closed; AddressError, EngineError
        """
        missing = {*self.missing}
        self._failed.clear()
        self.left_out.clear()
        for number in sorted(missing):
            await self._open(self.questions[number].endpoint)
        for batch in self._batches:
            asked = [number for number in batch if number in missing]
            async with asyncio.TaskGroup() as group:
                for number in asked:
                    group.create_task(self._one(number, watch or (lambda *_: None)))

    async def _one(self, number: int, watch: Watch) -> None:
        question = self.questions[number]
        who = (question.endpoint, question.request.model)
        if self._failed[who] >= GIVES_UP_AFTER:
            self.left_out[number] = f"not asked: {self._failed[who]} failed in a row"
            return
        endpoint = await self._open(question.endpoint)
        known = self._models.get(question.endpoint)
        exchange = begin(endpoint, question.request, models=known)
        self.exchanges[number] = exchange
        watch(number, [])
        await complete(exchange, watch=lambda _, deltas: watch(number, deltas), forgiving=True)
        if exchange.models:
            self._models.setdefault(question.endpoint, exchange.models)
        self._failed[who] = self._failed[who] + 1 if _hopeless(exchange) else 0
        if self._saved:
            self._saved.keep(question, exchange)
        watch(number, [])

    async def _open(self, endpoint: Endpoint) -> Endpoint:
        if endpoint not in self._opened:
            self._opened[endpoint] = await opened(endpoint)
        return replace(self._opened[endpoint], model=endpoint.model)


def _hopeless(exchange: Exchange) -> bool:
    """Whether any other question would fail the same way; 400 and 422 concern only this one."""
    return exchange.conclusive and exchange.recording.status not in (400, 422)
