"""How much is too much: the loads that fail because of the load, and the highest that does not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from .figures import at_least
from .loading import Run
from .plan import PROBES

# A load is beyond the capacity if a smaller share of its requests keeps the limits.
GOOD = 0.95
# Unless the misses are at least this likely by chance when nearly all keep the limit.
BY_LUCK = 0.2
# Failures less likely than this by chance are caused by the load.
BY_CHANCE = 0.01
AROUND = 0.1


def nearly_all(kept: int, answered: int) -> bool:
    """Whether nearly all kept a limit; a few misses out of few requests are put down to chance."""
    missed = answered - kept
    return missed <= answered * (1 - GOOD) or at_least(missed, answered, 1 - GOOD) > BY_LUCK


def too_much(runs: Sequence[Run]) -> list[Run]:
    """The loads that fail significantly more often than the loads below them.

    A load already found to be too much is not compared with.
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
    """The highest load known to keep the limits, and the lowest known not to.

    kept:   tries a load; None ends the search
    whole:  whether loads are whole numbers; others are told apart down to a tenth
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
