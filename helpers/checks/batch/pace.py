"""How many prompts are asked at once: more while that pays, fewer when the server says stop."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

FIRST = 4
# Answers per place before it is judged whether more at once gave more of them.
ROUND, SMALLEST_ROUND = 2, 8
PAYS = 1.05
# After so many rounds without a gain it is tried again, since servers change.
RETRY_ROUNDS = 8
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 60.0


@dataclass
class Pace:
    """The number of requests at once, and the moment before which none is sent.

    It doubles while that gives more answers a second, then stays; it is halved when the server
    says that it is busy, once for all that were sent before it said so, and grows one by one then.
    All times are readings of one clock.

    most:      how many at once are allowed
    at_once:   how many may be under way now
    open_at:   before this, nothing is sent
    """

    most: int
    at_once: int = field(init=False)
    open_at: float = field(default=0.0, init=False)
    _doubling: bool = field(default=True, init=False)
    _best: float = field(default=0.0, init=False)
    _best_at_once: int = field(default=1, init=False)
    _idle_rounds: int = field(default=0, init=False)
    _count: int = field(default=0, init=False)
    _began: float | None = field(default=None, init=False)
    _cut_at: float = field(default=float("-inf"), init=False)
    _strikes: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.at_once = min(FIRST, self.most)

    def answered(self, now: float) -> None:
        """Note an answer; after some of them more may be asked at once."""
        self._strikes = 0
        if self._began is None:
            self._began = now
            return
        self._count += 1
        if self._count < max(ROUND * self.at_once, SMALLEST_ROUND):
            return
        rate = self._count / max(now - self._began, 1e-9)
        self._count, self._began = 0, now
        if rate > PAYS * self._best:
            self._best, self._best_at_once, self._idle_rounds = rate, self.at_once, 0
            self._grow()
        else:
            self._no_gain(rate)

    def held_back(self, now: float, *, sent: float, wait_s: float | None) -> float:
        """Note that the server is busy; how long nothing is sent now, in seconds.

        wait_s:  as it said itself, None where it said nothing
        """
        if sent >= self._cut_at:
            self._cut_at, self._doubling = now, False
            self.at_once = max(1, self.at_once // 2)
            self._strikes += 1
            self._forget()
        elif wait_s is None:
            return 0.0
        if wait_s is None:
            wait_s = doubled_s(self._strikes)
        elif self._strikes > 1:
            # What it said the last time was not long enough.
            wait_s = max(wait_s, doubled_s(self._strikes - 1))
        self.pause(now, wait_s)
        return wait_s

    def pause(self, now: float, wait_s: float) -> None:
        """Send nothing for so long."""
        self.open_at = max(self.open_at, now + wait_s)
        self._began, self._count = None, 0

    def _grow(self) -> None:
        step = self.at_once if self._doubling else 1
        self.at_once = min(self.most, self.at_once + step)

    def _no_gain(self, rate: float) -> None:
        self._doubling = False
        self.at_once = self._best_at_once
        self._idle_rounds += 1
        if self._idle_rounds >= RETRY_ROUNDS:
            # What it was at its best may have been luck; it is measured against what it is now.
            self._best, self._idle_rounds = rate, 0
            self._grow()

    def _forget(self) -> None:
        self._best, self._idle_rounds = 0.0, 0
        self._began, self._count = None, 0


def doubled_s(times: int) -> float:
    """How long to wait after so many failures: twice as long each time, up to a minute.

    It is spread, so that what failed together does not come back together.
    """
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(times - 1, 10))
    return longest * random.uniform(0.75, 1.25)
