"""The findings of a measurement: what is red, what is a remark, and what is unclear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...finding import Finding, Level
from ...wording import rough_duration
from .answer import ALONE, FAILS_ALONE, advice, alone, beyond, plain_answer
from .baseline import SpeedChange
from .curve import held_up, lowest
from .loading import Run
from .remarks import client_bound, kinds, remarks
from .speed import Speed

# With fewer samples, a p95 is hardly more than the slowest one.
ENOUGH = 20
LIMITS_MISSED = "The table and the plots show which limit is missed."
_NAMES = {"ttfts": "the first text", "tpots": "a token"}


def judge(speed: Speed, changes: Sequence[SpeedChange] | None = None) -> list[Finding]:
    """The findings; the first one answers the question.

    changes:  the comparison with an earlier run; None if none was given
    """
    first = speed.first
    if first is None:
        return [_nothing(speed)]
    if not speed.answered:
        return [*first.findings]
    alone_run = lowest(speed)
    if alone_run is None:
        return [_nothing(speed)]
    limits = [*_limits(speed, alone_run)]
    answer = _answer(speed, limits)
    return [answer, *limits, *_compared(changes), *remarks(speed)]


def _nothing(speed: Speed) -> Finding:
    if any(run.samples for run in speed.runs):
        return Finding(
            "all-failed", "fail", "No request of a load was answered.", f"{kinds(speed.runs)}."
        )
    if speed.cut:
        first_s = speed.cold.e2e_s if speed.cold else None
        return Finding(
            "nothing-measured", "unclear", "Time ran out before a load had an answer.",
            f"The first answer of all took {rough_duration(first_s)}, and there were "
            f"{speed.plan.seconds:g} s for everything.",
            "Give it more time: a higher `seconds`.", blame="call",
        )  # fmt: skip
    if speed.runs and not speed.stopped:
        return Finding(
            "all-unfinished", "fail", "No request of a load was answered in time.",
            f"{speed.runs[-1].unfinished} were under way.",
            "Give it more time (seconds_each), or see in 01_ask how long one answer takes.",
        )  # fmt: skip
    says = "It was stopped before anything was measured."
    return Finding("nothing-measured", "unclear", says, do="Run it again, with more time.")


def _answer(speed: Speed, limits: Iterable[Finding]) -> Finding:
    """How fast it is; unclear if our own process was the bottleneck.

    If only higher loads overloaded this process, the figures of the lowest load still hold.
    """
    if lowest(speed) in held_up(speed) and not any(one.level == "fail" for one in limits):
        says = "This process was the bottleneck: the figures may be its own."
        return client_bound(speed, "unclear", says, plain_answer(speed))
    return Finding("speed", "pass", alone(speed), beyond(speed), advice(speed))


def _limits(speed: Speed, run: Run) -> Iterator[Finding]:
    """The limits that were required, checked at the lowest load."""
    wanted, found = speed.plan.wanted, speed.figures(run)
    times = (
        ("ttft-p95", "The first text", found.ttft.p95, wanted.ttft_p95_s, found.ttft.n),
        ("tpot-p95", "A token", found.tpot.p95, wanted.tpot_p95_s, found.tpot.n),
    )
    for name, what, took_s, most_s, n in times:
        if most_s is not None:
            yield _time_limit(name, what, took_s, most_s, n, run)
    if wanted.error_rate is not None and found.error_rate > wanted.error_rate:
        yield Finding(
            "error-rate", "fail", f"{found.error_rate:.0%} of the requests failed.",
            f"At {run.shape}: {kinds([run])}. At most {wanted.error_rate:.0%} may.",
            FAILS_ALONE if run.shape.at_once == 1 else
            "Send less at once, or see in 01_ask what happens to a single request.",
        )  # fmt: skip
    if wanted.goodput is not None:
        met = found.good >= wanted.goodput
        yield Finding(
            "goodput", "pass" if met else "fail",
            f"{found.good:.0%} of the requests kept every limit"
            + ("." if met else f"; at least {wanted.goodput:.0%} must."),
            f"At {run.shape}, n {found.asked}.",
            "" if met else f"{LIMITS_MISSED} {ALONE}",
        )  # fmt: skip


def _time_limit(
    name: str, what: str, took_s: float | None, most_s: float, n: int, run: Run
) -> Finding:
    if took_s is None:
        return Finding(name, "unclear", f"{what} was not timed, so nothing says how long it takes.")
    took = f"{took_s * 1000:,.1f} ms"
    says = f"{what} takes {took} at p95; {most_s * 1000:g} ms are allowed."
    met = took_s <= most_s
    level: Level = "unclear" if n < ENOUGH else "pass" if met else "fail"
    few = f" {ENOUGH} requests are needed for a p95." if n < ENOUGH else ""
    return Finding(
        name, level, says, f"At {run.shape}, n {n}.{few}",
        "Give it more requests or more time." if few else "" if met else ALONE,
    )  # fmt: skip


def _compared(changes: Sequence[SpeedChange] | None) -> Iterator[Finding]:
    if changes is None:
        return
    if not changes:
        says = "No load of the earlier run was repeated."
        yield Finding("baseline", "unclear", says, do="Give the same at_once and per_s.")
        return
    yield from filter(None, map(_changed, changes))
    if not any(one.worse or one.unclear for one in changes):
        yield Finding("baseline", "pass", "Nothing got slower than in the earlier run.")


def _changed(one: SpeedChange) -> Finding | None:
    what, ratio = _NAMES[one.what].capitalize(), one.ratio
    evidence = (
        f"At {one.load}: {ratio.value:.2f} times the earlier median, between {ratio.low:.2f} and "
        f"{ratio.high:.2f} with 95% confidence (of all comparisons together), n {ratio.n}."
    )
    if one.worse:
        says = f"{what} takes longer than in the earlier run."
        do = "See what changed: its version, model, settings, or what else runs there."
        return Finding("slower", "fail", says, evidence, do)
    if one.unclear:
        says = f"{what} may take longer than in the earlier run."
        return Finding("slower", "unclear", says, evidence, "Give both runs more requests.")
    if one.better:
        return Finding("faster", "pass", f"{what} comes sooner than in the earlier run.", evidence)
    return None
