"""What the loads show: where throughput bends, how many are written at once, whose lag it was."""

from __future__ import annotations

from ...wire.timing import Percentiles
from .figures import Figures
from .loading import Run
from .speed import Speed

# A first text that takes this many times as long as alone has waited in a queue.
QUEUED = 2.0
# Nearly as many as were asked for: the rest is chance.
ALL = 0.85
# A load with fewer requests cannot show where the curve bends.
FEW = 5
# A single request should be quickest: if it was this much slower, something else was the cause.
COLDER, COLDER_S = 1.5, 0.02
# If text takes at most this share of the wait before it, it came in one piece, in many packets.
AT_ONCE = 0.02


def closed(speed: Speed) -> list[Run]:
    """The concurrent loads that got an answer, lowest first."""
    runs = [run for run in speed.runs if run.shape.closed and speed.figures(run).n]
    return sorted(runs, key=lambda run: run.shape.at_once)


def lowest(speed: Speed) -> Run | None:
    """The load that shows how fast it is for a single user."""
    runs = closed(speed) or [run for run in speed.runs if run.samples]
    return runs[0] if runs else None


def held_up(speed: Speed) -> list[Run]:
    """The loads whose figures may be our own, because this process was the bottleneck."""
    return [run for run in speed.runs if run.client.is_bottleneck(speed.figures(run).ttft)]


def borne(speed: Speed) -> list[Run]:
    """The loads that show the server, because this process kept up with them; the lowest first.

    If it did not even keep up with the lowest, all are returned, and are unclear.
    """
    runs, ours = closed(speed), held_up(speed)
    return runs if runs and runs[0] in ours else [run for run in runs if run not in ours]


def own_bottleneck(speed: Speed) -> str:
    """The higher loads at which nothing can be said about the server, in a sentence; "" if none."""
    ours = held_up(speed)
    if not ours or lowest(speed) in ours:
        return ""
    loads = " and ".join(sorted((str(run.shape) for run in ours), key=len))
    return f"At {loads} this process was the bottleneck: what the server can take there is unknown."


def knee(speed: Speed) -> Run | None:
    """The load beyond which more requests mostly wait; None if the highest load is the best.

    source:  Kleinrock's power, the throughput over the time that an answer takes, at its maximum
    """
    runs = [run for run in borne(speed) if not speed.fails_more(run)]
    powers = [(_power(speed.figures(run)), place) for place, run in enumerate(runs)]
    if len(runs) < 2 or min(len(run.samples) for run in runs) < FEW:
        return None
    best = max(powers)[1]
    return runs[best] if best < len(runs) - 1 else None


def slots(speed: Speed) -> int | None:
    """How many answers the server writes at the same time; None if that was not seen."""
    runs = borne(speed)
    if not waited(speed) or fewer_at_last(speed) or in_one_piece(speed.figures(runs[-1])):
        return None
    # A lower load may show fewer by chance; the highest one fills every slot.
    many, asked = speed.figures(runs[-1]).together, runs[-1].shape.at_once
    return many if 0 < many < ALL * asked else None


def fewer_at_last(speed: Speed) -> tuple[Run, Run] | None:
    """The load with the most answers written at a time and the highest load, if that had fewer."""
    runs = [run for run in borne(speed) if not speed.fails_more(run)]
    if len(runs) < 2 or not waited(speed) or len(runs[-1].samples) < FEW:
        return None
    most = max(runs, key=lambda run: speed.figures(run).together)
    fewer = speed.figures(runs[-1]).together < ALL * speed.figures(most).together
    return (most, runs[-1]) if fewer and not in_one_piece(speed.figures(runs[-1])) else None


def quicker_later(speed: Speed) -> Run | None:
    """A higher load whose first text came clearly sooner than that of the lowest one."""
    alone, others = lowest(speed), [run for run in borne(speed)[1:] if len(run.samples) >= FEW]
    if alone is None or len(alone.samples) < FEW or not others:
        return None
    alone_s = first_s(speed.figures(alone))
    for run in others:
        took_s = first_s(speed.figures(run))
        if alone_s > COLDER * took_s and alone_s - took_s > COLDER_S:
            return run
    return None


def waited(speed: Speed) -> bool:
    """Whether a first text took clearly longer under the highest load than alone."""
    firsts = [first_s(speed.figures(run)) for run in borne(speed)]
    return bool(firsts) and firsts[-1] > QUEUED * firsts[0]


def over(speed: Speed) -> Run | None:
    """The lowest load that did not keep the limits."""
    runs = [run for run in speed.runs if run.shape.closed and not speed.keeps(run)]
    missed = sorted(runs, key=lambda run: run.shape.at_once)
    high = speed.capacity.get("at once", (None, None))[1]
    # A load cut off on the way is no limit; the capacity search knows which one was.
    return next((run for run in missed if run.shape.at_once == high), missed[0] if missed else None)


def first(figures: Figures) -> Percentiles:
    """When the first text came; for an answer in one piece, when it ended."""
    return figures.ttft if figures.ttft.n else figures.e2e


def first_s(figures: Figures) -> float:
    """The median time to the first text."""
    return first(figures).p50 or 0.0


def in_one_piece(figures: Figures) -> bool:
    """Whether the whole text came at one moment, even if in several packets."""
    text_s = (figures.e2e.p50 or 0.0) - first_s(figures)
    return text_s <= AT_ONCE * first_s(figures)


def _power(figures: Figures) -> float:
    return figures.all_per_s / figures.e2e.p50 if figures.e2e.p50 else 0.0
