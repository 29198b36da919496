"""How much is too much: the loads that fail because of the load, and the highest that does not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from .figures import at_least
from .loading import Run
from .plan import PROBES

# A load of which fewer requests keep the limits is beyond the capacity.
GOOD = 0.95
# Where nearly all keep a limit, chance brings so many that do not at least so often.
BY_LUCK = 0.2
# So many failures that chance brings them less often than this are the load's.
BY_CHANCE = 0.01
AROUND = 0.1


def nearly_all(kept: int, answered: int) -> bool:
    """Whether nearly all kept a limit: a few that did not, out of few, are chance."""
    missed = answered - kept
    return missed <= answered * (1 - GOOD) or at_least(missed, answered, 1 - GOOD) > BY_LUCK


def too_much(runs: Sequence[Run]) -> list[Run]:
    """The loads whose failures are surely more often than those of the loads below them.

    A load that was too much already is no measure of the next.
    """
    found: list[Run] = []
    for run in sorted(runs, key=lambda one: (one.shape.per_s, one.shape.at_once)):
        lower = [one for one in runs if one.shape.below(run.shape) and one not in found]
        if _fails_more(run, lower):
            found.append(run)
    return found


async def bisected(
    good: float, bad: float, kept: Callable[[float], Awaitable[bool | None]], *, whole: bool
) -> tuple[float, float]:
    """The highest load that is known to keep the limits, and the lowest known not to.

    kept:   tries a load; None ends the search
    whole:  whether only whole numbers are loads; others are told apart to a tenth
    """
    for _ in range(PROBES):
        middle = (good + bad) // 2 if whole else (good + bad) / 2
        if middle <= good or (not whole and bad / good < 1 + AROUND):
            break
        answer = await kept(middle)
        if answer is None:
            break
        good, bad = (middle, bad) if answer else (good, middle)
    return good, bad


def _fails_more(run: Run, lower: Sequence[Run]) -> bool:
    if not lower:
        return run.ended == "errors"
    failed = [one.failure for one in run.samples if one.failure]
    if run.ended == "errors" and {*failed} == {"rate-limited"}:
        return True
    asked = [one for below in lower for one in below.samples]
    usual = (sum(bool(one.failure) for one in asked) + 1) / (len(asked) + 2)
    return bool(failed) and at_least(len(failed), len(run.samples), usual) < BY_CHANCE
