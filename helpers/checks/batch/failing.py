"""When the rest would fail in the same way, and is not asked."""

from __future__ import annotations

from .asking import Attempt
from .crew import GaveUp
from .plan import none_of_sample

# Failures in a row, with no answer between, after which the rest is not asked: the endpoint's own
# trouble, and what is wrong with every request alike.
SAME_FOR_ALL = (401, 402, 403, 404, 405, 407, 410, 429)
FAILED_IN_A_ROW, REFUSED_IN_A_ROW = 20, 3


class Failing:
    """What has failed since the last answer."""

    def __init__(self) -> None:
        self._failed = self._refused = 0
        self._last: Attempt | None = None

    def note(self, came: Attempt) -> None:
        """Count what came of one more.

        raises:  GaveUp where the rest would fail in the same way
        """
        finding, status = came.finding, came.status
        if finding is None:
            self._failed = self._refused = 0
            return
        self._last = came
        refused = status in SAME_FOR_ALL or finding.blame == "call"
        if refused or status is None or status >= 500:
            self._failed += 1
            self._refused += refused
        if self._refused >= REFUSED_IN_A_ROW or self._failed >= FAILED_IN_A_ROW:
            raise GaveUp(finding)

    def judge_sample(self, asked: int, answers: int) -> None:
        """Say whether a sample shows that the rest needn't be asked.

        raises:  GaveUp where it has no answer
        """
        if asked and not answers and self._last and self._last.finding:
            raise GaveUp(none_of_sample(self._last.finding, asked))
