"""How many prompts are asked at once: more while that pays, fewer when the server is busy."""

from __future__ import annotations

import random

FIRST = 4
# Answers per concurrent request before judging whether more at once increased the rate.
ROUND, SMALLEST_ROUND = 2, 4
PAYS = 1.05
# After this many rounds without a gain, growth is tried again, since servers change.
RETRY_ROUNDS = 8
# A concurrency that was too much is tried again after this many rounds.
CALM_ROUNDS = 24
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 60.0
# While waiting for a busy server, each pause is this many times the previous one. Less than
# doubling, since overlong pauses waste time, and the probing is done by a single request.
LONGER = 1.5


class Pace:
    """The number of concurrent requests, and the time before which none is sent.

    It doubles while that gives more answers a second, then stays. When the server says that it is
    busy, it is halved, only once until the server answers again; then it grows one by one and stays
    below what was too many. Single requests probe whether the server answers again.
    All times are readings of one clock.

    most:      how many at once are allowed
    at_once:   how many may be in progress now
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.at_once = min(FIRST, most)
        self._open_at = self._next_probe_at = 0.0
        # The last number refused, the number refused twice, and the rounds that have avoided it.
        self._refused_at, self._too_many, self._calm_rounds = 0, most + 1, 0
        # Answers since it was busy, and how many were asked at once before that, if that went well.
        self._since = self._before = 0
        self._doubling = self._was_doubling = True
        # The best rate so far, the number at once that gave it, and the rounds without a better.
        self._best, self._best_at_once, self._idle_rounds = 0.0, 1, 0
        # The answers of this round, and when it began.
        self._count = 0
        self._began: float | None = None
        # The busy answers since the last good one, and when the number was last cut for one.
        self._strikes = 0
        self._cut_at = float("-inf")

    @property
    def open_at(self) -> float:
        """The time before which nothing is sent."""
        return max(self._open_at, self._next_probe_at) if self._strikes else self._open_at

    def sent(self, now: float) -> None:
        """Note a request sent; after a busy answer, the next one waits to see what comes of it."""
        self._next_probe_at = now + FIRST_WAIT_S

    def answered(self, now: float, *, sent: float) -> None:
        """Note an answer; after enough of them, more may be asked at once."""
        if sent >= self._cut_at:
            self._strikes = 0
            self._since += 1
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

    def held_back(self, now: float, *, sent: float, wait_s: float | None, others: int = 0) -> float:
        """Note that the server is busy; how long to send nothing now, in seconds.

        wait_s:  as the server asked for, None if it did not
        others:  how many are in progress that it has not refused
        """
        if sent >= self._cut_at:
            self._cut_at = now
            self._cut(others)
        elif wait_s is None:
            return 0.0
        if wait_s is None:
            wait_s = _longer_s(self._strikes)
        elif self._strikes > 1:
            # The wait it asked for last time was not long enough.
            wait_s = max(wait_s, _longer_s(self._strikes - 1))
        self.pause(now, wait_s)
        return wait_s

    def pause(self, now: float, wait_s: float) -> None:
        """Send nothing for this long."""
        self._open_at = max(self._open_at, now + wait_s)
        self._began, self._count = None, 0

    def _cut(self, others: int) -> None:
        """Ask fewer at once, unless concurrency is not the reason for the refusals."""
        if not self._strikes:
            again = self.at_once == self._refused_at
            self._too_many = self.at_once if again else self.most + 1
            self._before = self.at_once if self._since >= self.at_once else 0
            self._refused_at = self.at_once
            self.at_once = max(1, self.at_once - 1 if again else self.at_once // 2)
            self._was_doubling, self._doubling = self._doubling, False
        elif others:
            # What it is still working on is what it can handle.
            self.at_once = min(self.at_once, others)
        else:
            # It refuses even a single request. If it had answered this many before, the number was
            # not the problem.
            self.at_once = max(self.at_once, self._before)
            self._too_many, self._refused_at = self.most + 1, 0
            self._doubling = self._was_doubling
        self._strikes += 1
        self._calm_rounds = self._since = 0
        self._forget()

    def _grow(self) -> None:
        step = self.at_once if self._doubling else 1
        more = min(self.most, self.at_once + step)
        if more >= self._too_many:
            self._calm_rounds += 1
            if self._calm_rounds < CALM_ROUNDS:
                return
            self._calm_rounds, self._too_many = 0, self.most + 1
        self.at_once = more

    def _no_gain(self, rate: float) -> None:
        self._doubling = False
        self.at_once = self._best_at_once
        self._idle_rounds += 1
        if self._idle_rounds >= RETRY_ROUNDS:
            # The best rate may have been luck, so from now on the current rate is the benchmark.
            self._best, self._idle_rounds = rate, 0
            self._grow()

    def _forget(self) -> None:
        self._best, self._idle_rounds = 0.0, 0
        self._began, self._count = None, 0


def _longer_s(times: int) -> float:
    """How long to leave a server alone after this many busy answers, up to a minute."""
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * LONGER ** min(times - 1, 20)) * _spread(0.15)


def doubled_s(times: int) -> float:
    """How long to wait after this many failures: twice as long each time, up to a minute.

    Randomized, so that requests that failed together do not return together.
    """
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(times - 1, 10)) * _spread(0.25)


def _spread(by: float) -> float:
    return random.uniform(1 - by, 1 + by)
