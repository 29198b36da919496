"""What a measurement shows: what is red, what is worth a remark, and what cannot be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ...finding import Finding, Level
from .answer import (
    advice,
    alone,
    beyond,
    closed,
    held_up,
    lowest,
    not_told,
    only_alone,
    plain_answer,
    seconds,
    slots,
    waited,
)  # fmt: skip
from .baseline import Ratio
from .loading import Run
from .sweep import Speed

# Below so many a p95 is hardly more than the slowest one.
ENOUGH = 20
_NAMES = {"ttfts": "the first text", "tpots": "a token"}


def judge(speed: Speed, ratios: Sequence[Ratio] | None = None) -> list[Finding]:
    """What there is to say; the first finding answers the question.

    ratios:  an earlier run's beside this one; None where none was given
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
    return [answer, *limits, *_compared(ratios), *_remarks(speed)]


def _nothing(speed: Speed) -> Finding:
    failed = sum((speed.figures(run).failed for run in speed.runs), Counter[str]())
    if failed:
        return Finding(
            "all-failed", "fail", "No request of a load was answered.", f"{_kinds(failed)}."
        )
    says = "It was stopped before anything was measured."
    return Finding("nothing-measured", "unclear", says, do="Run it again, with more time.")


def _answer(speed: Speed, limits: Iterable[Finding]) -> Finding:
    """How fast it is; where our own process was the bottleneck, that cannot be told.

    What was measured alone stands where only higher loads were more than this process bears.
    """
    if lowest(speed) in held_up(speed) and not any(one.level == "fail" for one in limits):
        says = "This process was the bottleneck: figures may be its own."
        return _client_bound(speed, "unclear", says, plain_answer(speed))
    return Finding("speed", "pass", alone(speed), beyond(speed), advice(speed))


def _client_bound(speed: Speed, level: Level, says: str, told: str = "") -> Finding:
    worst = max(held_up(speed), key=lambda run: run.client.lag.p95 or 0.0)
    late = f"timers {seconds(worst.client.lag.p95)} late at p95, {worst.client.cpu:.0%} CPU"
    return Finding(
        "client-bound", level, says, f"At {worst.shape}: {late}. {told}".strip(),
        "Run it where nothing else runs, or with fewer requests at once.", blame="client",
    )  # fmt: skip


def _limits(speed: Speed, run: Run) -> Iterator[Finding]:
    """What was required, at the lowest load."""
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
            f"At {run.shape}: {_kinds(found.failed)}. At most {wanted.error_rate:.0%} may.",
            "Ask less at once, or see in 01_ask what a single request meets.",
        )  # fmt: skip
    if wanted.goodput is not None:
        met = found.good >= wanted.goodput
        yield Finding(
            "goodput", "pass" if met else "fail",
            f"{found.good:.0%} of the requests kept every limit"
            + ("." if met else f"; at least {wanted.goodput:.0%} must."),
            f"At {run.shape}, n {found.asked}.",
        )  # fmt: skip


def _time_limit(
    name: str, what: str, took_s: float | None, most_s: float, n: int, run: Run
) -> Finding:
    if took_s is None:
        return Finding(name, "unclear", f"{what} was not timed: nothing tells how long it takes.")
    took = f"{took_s * 1000:,.1f} ms"
    says = f"{what} takes {took} at p95; {most_s * 1000:g} ms are allowed."
    met = took_s <= most_s
    level: Level = "unclear" if n < ENOUGH else "pass" if met else "fail"
    few = f" {n} requests are too few for a p95: {ENOUGH} are needed." if n < ENOUGH else ""
    return Finding(
        name, level, says, f"At {run.shape}, n {n}.{few}",
        "Give it more requests or more time." if few else "",
    )  # fmt: skip


def _compared(ratios: Sequence[Ratio] | None) -> Iterator[Finding]:
    if ratios is None:
        return
    if not ratios:
        says = "No load of the earlier run was repeated."
        yield Finding("baseline", "unclear", says, do="Give the same at_once and per_s.")
        return
    for one in ratios:
        evidence = (
            f"At {one.load}: {one.times:.2f} times the earlier median, between {one.low:.2f} and "
            f"{one.high:.2f} with 95% confidence, n {one.n}."
        )
        if one.worse or one.unclear:
            how = "takes longer" if one.worse else "may take longer"
            yield Finding(
                "slower", "fail" if one.worse else "unclear",
                f"{_NAMES[one.what]} {how} than in the earlier run.".capitalize(), evidence,
            )  # fmt: skip
    if not any(one.worse or one.unclear for one in ratios):
        yield Finding("baseline", "pass", "Nothing got slower than in the earlier run.")


def _remarks(speed: Speed) -> Iterator[Finding]:
    most = max((run.shape.at_once for run in speed.runs), default=0)
    if speed.stopped:
        says = "It was stopped: what is told is of the part that was measured."
        yield Finding("stopped", "remark", says)
    if slots(speed) == 1:
        says = "It answers one request at a time."
        yield Finding("one-at-a-time", "remark", says, do=advice(speed))
    elif most > 1 and not (waited(speed) or only_alone(speed)) and _kept_several(speed):
        says = "It answers in parallel: nothing was seen to wait its turn."
        yield Finding("in-parallel", "pass", says)
    yield from _failures(speed)
    if says := not_told(speed):
        yield _client_bound(speed, "remark", says)
    for run in speed.runs:
        found = speed.figures(run)
        if run.lost:
            yield Finding(
                "lost-worker", "remark", f"{run.lost} of the workers were lost at {run.shape}.",
                "what they had measured is missing, and so is their share of the load",
                "Look into that worker's log, and measure again.",
            )  # fmt: skip
        if run.unfinished and run.ended != "stopped":
            says = f"{run.unfinished} requests had no end when the time was up."
            yield Finding("unfinished", "remark", says, f"At {run.shape}.")
        fresh = sum(one.reused is False for one in run.samples)
        if fresh > run.shape.at_once and run.shape.closed:
            yield Finding(
                "connections", "remark", "The server closes its connections after an answer.",
                f"At {run.shape}: {fresh} of {found.asked} requests opened one.",
                "Let it keep connections open: each first text includes opening one.",
            )  # fmt: skip


def _kept_several(speed: Speed) -> bool:
    return any(run.shape.at_once > 1 and speed.keeps(run) for run in closed(speed))


def _failures(speed: Speed) -> Iterator[Finding]:
    """What failed under a load that was too much, and what fails whatever the load."""
    anyway = [run for run in speed.runs if not speed.fails_more(run)]
    for run in speed.runs:
        if run not in anyway and run is not lowest(speed):
            says = f"Requests failed at {run.shape}."
            yield Finding("failures", "remark", says, _kinds(speed.figures(run).failed))
    kinds = sum((speed.figures(run).failed for run in anyway), Counter[str]())
    if kinds:
        asked = sum(len(run.samples) for run in anyway)
        yield Finding(
            "failures-anyway", "remark",
            f"{kinds.total():,} of {asked:,} requests failed, and not because of the load.",
            _kinds(kinds), "Look into the server's log: it is about as many whatever is asked.",
        )  # fmt: skip


def _kinds(failed: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in failed.most_common()) or "none"
