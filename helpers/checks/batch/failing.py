"""Recognize when the rest would fail in the same way, and should not be asked."""

from __future__ import annotations

from .asking import Attempt
from .crew import GaveUp
from .plan import none_of_sample

# Statuses that any other request would get, too. The rest is not asked after this many failures in
# a row, or this many such refusals, with no answer in between.
SAME_FOR_ALL = (401, 402, 403, 404, 405, 407, 410, 429)
FAILED_IN_A_ROW, REFUSED_IN_A_ROW = 20, 3


class Failing:
    """The failures since the last answer."""

    def __init__(self) -> None:
        self._failed = self._refused = 0
        self._last: Attempt | None = None

    def note(self, attempt: Attempt) -> None:
        """Count one more outcome.

        raises:  GaveUp if the rest would fail in the same way
        """
        finding, status = attempt.finding, attempt.status
        if finding is None:
            self._failed = self._refused = 0
            return
        self._last = attempt
        refused = status in SAME_FOR_ALL or finding.blame == "call"
        if refused or status is None or status >= 500:
            self._failed += 1
            self._refused += refused
        if self._refused >= REFUSED_IN_A_ROW or self._failed >= FAILED_IN_A_ROW:
            raise GaveUp(finding)

    def judge_sample(self, asked: int, answers: int) -> None:
        """Judge by a sample whether to ask the rest.

        raises:  GaveUp if the sample has no answer
        """
        if asked and not answers and self._last and self._last.finding:
            raise GaveUp(none_of_sample(self._last.finding, asked))
