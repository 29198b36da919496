"""Jobs in, answers out: as many at once as the server bears.

Where a job is asked, in this process or by a worker elsewhere, is one function's matter.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

from ...endpoint import Endpoint
from ...finding import Finding
from .asking import Came, asked
from .job import Job
from .pace import Pace

Done = Callable[[Came], Awaitable[None]]
# Asks a job of an endpoint once; the number is which try it is.
Ask = Callable[[Endpoint, Job, int], Awaitable[Came]]
TRIES = 3
# A restart behind a proxy is waited for, a minute in all; a prompt that ends the server is not.
AWAY_TRIES = 8
# A server that answers nothing for so long, or wants to be left alone for longer, is left alone.
PATIENCE_S = 600.0
# A server that was never there is not waited for.
FIRST_PATIENCE_S = 5.0


class GaveUp(Exception):
    """The rest was not asked; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.says)
        self.finding = finding


class Crew:
    """Asks jobs, each until it has come to an end.

    ask:      how, and where
    waiting:  why nothing is sent now, "" while requests go out
    """

    def __init__(
        self, endpoint: Endpoint, *, most: int = 64, tries: int = TRIES,
        patience_s: float = PATIENCE_S, ask: Ask = asked,
    ) -> None:  # fmt: skip
        self.pace = Pace(most)
        self.waiting = ""
        self._ask_once = ask
        self._endpoint, self._tries, self._patience_s = endpoint, tries, patience_s
        self._again: deque[tuple[Job, int]] = deque()
        self._under_way: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._failure: BaseException | None = None
        self._answered_at: float | None = None
        self._clock: Callable[[], float] = asyncio.get_running_loop().time

    @property
    def under_way(self) -> int:
        """How many are asked now."""
        return len(self._under_way)

    async def work(self, jobs: Iterator[Job], done: Done) -> None:
        """Ask each job once; `done` is awaited for each that came to an end.

        raises:  GaveUp; CancelledError, after which nothing is under way
        """
        self._began = self._clock()
        try:
            while await self._hand_out(jobs, done):
                self._wake.clear()
                await self._something_new()
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            self.waiting = ""

    async def _hand_out(self, jobs: Iterator[Job], done: Done) -> bool:
        """Start as many as may be under way; False when all has been asked."""
        while self._failure is None and len(self._under_way) < self.pace.at_once:
            if not self._again and (job := next(jobs, None)) is not None:
                self._again.append((job, 0))
            if not self._again:
                break
            if self.pace.open_at > self._clock():
                return True
            self.waiting = ""
            job, tries = self._again.popleft()
            task = asyncio.create_task(self._ask(job, tries + 1, done))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        if self._failure is not None:
            raise self._failure
        return bool(self._under_way)

    async def _something_new(self) -> None:
        """Wait until one has ended, or the pause is over."""
        pause_s = self.pace.open_at - self._clock()
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s if pause_s > 0 else None):
                await self._wake.wait()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and self._failure is None:
            self._failure = task.exception()
        self._wake.set()

    async def _ask(self, job: Job, tries: int, done: Done) -> None:
        sent = self._clock()
        came = await self._ask_once(self._endpoint, job, tries)
        if came.busy or came.away:
            self._held_back(came, sent)
        if came.busy:
            self._again.append((job, tries - 1))
        elif came.passing and tries < (AWAY_TRIES if came.away else self._tries):
            self._again.append((job, tries))
        else:
            if came.finding is None:
                self._answered_at = self._clock()
                self.pace.answered(self._answered_at)
            if came.used_up_s:
                self._pause(came.used_up_s, "a limit is used up")
            await done(came)

    def _held_back(self, came: Came, sent: float) -> None:
        """Leave the server alone for a while.

        raises:  GaveUp where it has said nothing else for too long
        """
        now, finding = self._clock(), came.finding
        wait_s = self.pace.held_back(now, sent=sent, wait_s=came.wait_s)
        if finding is None:
            return
        self.waiting = finding.says
        never = (came.status is None or came.away) and self._answered_at is None
        patience_s = FIRST_PATIENCE_S if never else self._patience_s
        since_s = now - (self._began if self._answered_at is None else self._answered_at)
        if wait_s > patience_s or since_s > patience_s:
            raise GaveUp(finding)

    def _pause(self, wait_s: float, why: str) -> None:
        if wait_s <= self._patience_s:
            self.pace.pause(self._clock(), wait_s)
            self.waiting = why
