"""Jobs in, answers out: as many at once as the server can handle.

Whether a job is asked in this process or by a worker elsewhere is up to one function, `Ask`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from ...endpoint import Endpoint
from ...finding import Finding
from ..prompt_file.job import Job
from .asking import Attempt, asked
from .pace import Pace, doubled_s

Done = Callable[[Attempt], Awaitable[None]]
# Asks a job of an endpoint once; the number says which try it is.
Ask = Callable[[Endpoint, Job, int], Awaitable[Attempt]]
TRIES = 3
# At least this many may wait for another try, even if fewer are asked at once.
RESTING = 16
# After a timeout the server may still be working on the abandoned request.
LATE_TRIES = 2
# A restart behind a proxy is waited for, a minute in all; after that, the prompt itself may be
# what brings the server down, or what it refuses as too much while it answers others.
AWAY_TRIES = 8
# Give up on a server that answers nothing for this long, or asks to be left alone for longer.
PATIENCE_S = 600.0
# Give up much sooner on a server that was never there.
FIRST_PATIENCE_S = 5.0


@dataclass
class _Turn:
    """A job on its way through its tries.

    passed_over:  how often the server was busy for this job after answering others in between
    answers:      how many answers there were when it was last asked
    """

    job: Job
    tries: int = 0
    passed_over: int = 0
    answers: int = 0


class GaveUp(Exception):
    """The rest was not asked; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.says)
        self.finding = finding


class Crew:
    """Asks jobs, each until it succeeds or finally fails.

    ask:      asks one job once, here or elsewhere
    waiting:  why nothing is being sent now, "" while requests go out
    """

    def __init__(
        self, endpoint: Endpoint, *, most: int = 64, tries: int = TRIES,
        patience_s: float = PATIENCE_S, ask: Ask = asked,
    ) -> None:  # fmt: skip
        self.pace = Pace(most)
        self.waiting = ""
        self._ask_once = ask
        self._endpoint, self._tries, self._patience_s = endpoint, tries, patience_s
        self._again: deque[_Turn] = deque()
        self._resting: dict[int, asyncio.TimerHandle] = {}
        self._answers = 0
        self._under_way: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._failure: BaseException | None = None
        self._answered_at: float | None = None
        loop = asyncio.get_running_loop()
        self._clock: Callable[[], float] = loop.time
        self._call_later: Callable[..., asyncio.TimerHandle] = loop.call_later

    @property
    def under_way(self) -> int:
        """How many are being asked now."""
        return len(self._under_way)

    @property
    def resting(self) -> int:
        """How many have failed and are waiting for another try."""
        return len(self._resting)

    async def work(self, jobs: AsyncIterator[Job], done: Done) -> None:
        """Ask each job; `done` is awaited for each one that is finished.

        raises:  GaveUp; CancelledError, once no request is left in progress
        """
        self._began = self._clock()
        try:
            while await self._hand_out(jobs, done):
                self._wake.clear()
                await self._something_new()
        finally:
            for pause in self._resting.values():
                pause.cancel()
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            self.waiting = ""

    async def _hand_out(self, jobs: AsyncIterator[Job], done: Done) -> bool:
        """Start as many as may be in progress; False once everything has been asked."""
        while self._failure is None and len(self._under_way) < self.pace.at_once:
            await self._take(jobs)
            if not self._again:
                break
            if self.pace.open_at > self._clock():
                return True
            self.waiting = ""
            self.pace.sent(self._clock())
            task = asyncio.create_task(self._ask(self._again.popleft(), done))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        if self._failure is not None:
            raise self._failure
        return bool(self._under_way or self._resting)

    async def _take(self, jobs: AsyncIterator[Job]) -> None:
        """Queue the next job behind those to ask again, unless many of them are waiting.

        So a job that the server keeps refusing as too much does not hold up the others, and if
        a server fails every time, the first job is given up before all of them have been asked.
        """
        places = self.pace.at_once
        few = len(self._again) <= places and len(self._resting) < max(places, RESTING)
        if few and (job := await anext(jobs, None)) is not None:
            self._again.append(_Turn(job))

    async def _something_new(self) -> None:
        """Wait until a job has ended or the pause is over."""
        pause_s = self.pace.open_at - self._clock()
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s if pause_s > 0 else None):
                await self._wake.wait()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        # Retrieved from each task, or asyncio prints the exception.
        failure = None if task.cancelled() else task.exception()
        self._failure = self._failure or failure
        self._wake.set()

    async def _ask(self, turn: _Turn, done: Done) -> None:
        sent = self._clock()
        attempt = await self._ask_once(self._endpoint, turn.job, turn.tries + 1)
        if attempt.busy or attempt.away:
            self._held_back(attempt, sent)
        if attempt.late:
            self._give_up_in_time(attempt.finding, 0.0, self._patience_s)
        if self._is_asked_again(turn, attempt):
            return
        if attempt.finding is None:
            self._answers += 1
            self._answered_at = self._clock()
            self.pace.answered(self._answered_at, sent=sent)
        if attempt.used_up_s:
            self._pause(attempt.used_up_s, "a limit is used up")
        await done(attempt)

    def _is_asked_again(self, turn: _Turn, attempt: Attempt) -> bool:
        """Whether a job was queued for another try."""
        if attempt.busy:
            turn.passed_over += self._answers > turn.answers
            turn.answers = self._answers
            again = turn.passed_over < AWAY_TRIES
        else:
            turn.tries += 1
            most = AWAY_TRIES if attempt.away else LATE_TRIES if attempt.late else self._tries
            again = (
                attempt.passing
                and turn.tries < most
                and (attempt.wait_s or 0.0) <= self._patience_s
            )
        if again and (attempt.busy or attempt.away):
            self._again.append(turn)
        elif again:
            self._rest(turn, max(attempt.wait_s or 0.0, doubled_s(turn.tries)))
        return again

    def _rest(self, turn: _Turn, wait_s: float) -> None:
        """Ask a job again after a while."""

        def over() -> None:
            del self._resting[id(turn)]
            self._again.append(turn)
            self._wake.set()

        self._resting[id(turn)] = self._call_later(wait_s, over)

    def _held_back(self, attempt: Attempt, sent: float) -> None:
        """Leave the server alone for a while.

        raises:  GaveUp if it has been unavailable for too long
        """
        now, finding = self._clock(), attempt.finding
        others = len(self._under_way) - 1
        wait_s = self.pace.held_back(now, sent=sent, wait_s=attempt.wait_s, others=others)
        if finding is None:
            return
        self.waiting = finding.says
        never = (attempt.status is None or attempt.away) and self._answered_at is None
        self._give_up_in_time(finding, wait_s, FIRST_PATIENCE_S if never else self._patience_s)

    def _give_up_in_time(self, finding: Finding | None, wait_s: float, patience_s: float) -> None:
        """Raise GaveUp if there was no answer for too long, or the requested wait is too long."""
        answered = self._began if self._answered_at is None else self._answered_at
        if finding and (wait_s > patience_s or self._clock() - answered > patience_s):
            raise GaveUp(finding)

    def _pause(self, wait_s: float, why: str) -> None:
        if wait_s <= self._patience_s:
            self.pace.pause(self._clock(), wait_s)
            self.waiting = why
