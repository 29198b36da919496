"""The remarks on a measurement, each made once, with the loads at which it applies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ...finding import Finding, Level
from ...wire.timing import percentile
from ...wording import counted, rough_duration
from .answer import advice
from .curve import borne, first_s, held_up, lowest, own_bottleneck, slots, waited
from .figures import standstills_s
from .loading import Run
from .shape import Shape
from .speed import Speed

# A first request slower than this waited for more than a connection.
COLD, COLD_S = 3.0, 0.5
# A first text this many times later than usual, and late enough to notice.
LATE, LATE_S = 5.0, 0.2
# Fewer late ones may be chance, and a smaller share troubles nobody.
FEW_LATE, LATE_SHARE = 2, 0.01


def remarks(speed: Speed) -> Iterator[Finding]:
    """Everything else worth saying; none of it is red."""
    if speed.stopped:
        says = "It was stopped: this is about the part that was measured."
        yield Finding("stopped", "remark", says)
    yield from _in_turn(speed)
    yield from _failures(speed)
    if says := own_bottleneck(speed):
        yield client_bound(speed, "remark", says)
    # What medians hide: a cold start, a few very late first texts, text that stands still.
    yield from _cold(speed)
    yield from _late(speed)
    yield from _stood_still(speed)
    yield from _uncounted(speed)
    yield from _ended(speed)
    yield from _untried(speed)
    yield from _connections(speed)


def client_bound(speed: Speed, level: Level, says: str, detail: str = "") -> Finding:
    """The finding that this process was the bottleneck, with the load at which it was worst."""
    worst = max(held_up(speed), key=lambda run: run.client.lag.p95 or 0.0)
    late = f"timers {rough_duration(worst.client.lag.p95)} late at p95, {worst.client.cpu:.0%} CPU"
    return Finding(
        "client-bound", level, says, f"At {worst.shape}: {late}. {detail}".strip(),
        "Run it where nothing else runs, or with fewer requests at once.", blame="client",
    )  # fmt: skip


def kinds(runs: Iterable[Run]) -> str:
    """What failed and how often, with the words of the first failure of each kind."""
    counts: Counter[str] = Counter()
    words: dict[str, str] = {}
    for run in runs:
        counts.update(one.failure for one in run.samples if one.failure)
        words = {**run.words, **words}
    parts = (
        f"{name} {count}" + (f" ({words[name]})" if words.get(name) else "")
        for name, count in counts.most_common()
    )
    return ", ".join(parts) or "none"


def at(loads: Sequence[Run | Shape]) -> str:
    """The loads in words, lowest first: 2, 4 and 8 at once."""
    shapes = [one if isinstance(one, Shape) else one.shape for one in loads]
    ordered = sorted(shapes, key=lambda shape: (shape.per_s, shape.at_once))
    *before, last = [str(shape) for shape in ordered] or [""]
    last_words = last.partition(" ")[2]
    short = [one.removesuffix(f" {last_words}") for one in before]
    return f"{', '.join(short)} and {last}" if short else last


def _in_turn(speed: Speed) -> Iterator[Finding]:
    several = any(run.shape.at_once > 1 and speed.keeps(run) for run in borne(speed))
    silent = any(run.unfinished > len(run.samples) for run in speed.runs)
    if slots(speed) == 1:
        says = "It answers one request at a time."
        yield Finding("one-at-a-time", "remark", says, do=advice(speed))
    elif several and not (waited(speed) or silent) and lowest(speed) not in held_up(speed):
        says = "It answers in parallel: no request was seen to wait its turn."
        yield Finding("in-parallel", "pass", says)


def _failures(speed: Speed) -> Iterator[Finding]:
    """What failed because a load was too much, and what fails regardless of load."""
    anyway = [run for run in speed.runs if not speed.fails_more(run)]
    loaded = [run for run in speed.runs if run not in anyway and run is not lowest(speed)]
    if loaded:
        says = f"Requests failed at {at(loaded)}."
        yield Finding("failures", "remark", says, f"{kinds(loaded)}.")
    failed = sum(bool(one.failure) for run in anyway for one in run.samples)
    if failed:
        asked = sum(len(run.samples) for run in anyway)
        yield Finding(
            "failures-anyway", "remark",
            f"{failed:,} of {counted(asked, 'request')} failed, but not because of the load.",
            kinds(anyway), "Check the server's log: about as many fail whatever the load.",
        )  # fmt: skip


def _cold(speed: Speed) -> Iterator[Finding]:
    alone = lowest(speed)
    cold_s = speed.cold.timing.ttft_s if speed.cold else None
    usual_s = first_s(speed.figures(alone)) if alone else 0.0
    if cold_s and usual_s and cold_s > COLD * usual_s and cold_s - usual_s > COLD_S:
        yield Finding(
            "cold-start", "remark",
            f"The very first request waited {rough_duration(cold_s)} for its first text.",
            f"Later ones wait {rough_duration(usual_s)}: that request is in no figure.",
            "Keep the model loaded (OLLAMA_KEEP_ALIVE, a minimum of instances), or ask once "
            "before people do.",
        )  # fmt: skip


def _late(speed: Speed) -> Iterator[Finding]:
    runs = borne(speed)
    late_s = [] if waited(speed) else [took_s for run in runs for took_s in _late_s(speed, run)]
    asked = sum(speed.figures(run).n for run in runs)
    if len(late_s) >= FEW_LATE and len(late_s) >= LATE_SHARE * asked:
        yield Finding(
            "late-now-and-then", "remark",
            f"{len(late_s)} of {counted(asked, 'first text')} took more than {LATE:.0f} times as "
            "long as usual, whatever the load.",
            f"Up to {rough_duration(max(late_s))}.",
            "Look for what else the server does: other people's requests, loading, saving.",
        )  # fmt: skip


def _stood_still(speed: Speed) -> Iterator[Finding]:
    stood = {run: found for run in borne(speed) if (found := _stood_s(speed, run))}
    if stood:
        every = [one for found in stood.values() for one in found]
        yield Finding(
            "standstill", "remark",
            f"In {len(every):,} of {sum(speed.figures(run).n for run in stood):,} answers the text "
            f"stalled in the middle, usually for {rough_duration(percentile(every, 50))}.",
            f"At {at([*stood])}.",
            "See one in 03_stream. If it comes with the load, the server sets answers aside to "
            "make room: give its cache more memory, or send less at once.",
        )  # fmt: skip


def _late_s(speed: Speed, run: Run) -> list[float]:
    usual_s = first_s(speed.figures(run))
    firsts = [one.timing.ttft_s for one in run.samples if not one.failure]
    return [
        took_s for took_s in firsts
        if took_s is not None and took_s > LATE * usual_s and took_s - usual_s > LATE_S
    ]  # fmt: skip


def _stood_s(speed: Speed, run: Run) -> list[float]:
    """The standstills of a load, [] if this process itself stood still."""
    found = standstills_s(run.samples)
    enough = len(found) >= max(FEW_LATE, LATE_SHARE * speed.figures(run).n)
    return found if enough and 2 * run.client.longest_s < min(found) else []


def _uncounted(speed: Speed) -> Iterator[Finding]:
    whole = [one for run in speed.runs for one in run.samples if not one.failure]
    counts = sum(one.timing.tokens is not None for one in whole)
    if 0 < counts < len(whole):
        yield Finding(
            "usage-now-and-then", "remark",
            "Not every answer says how many tokens it has: chunks are counted instead.",
            f"{counts:,} of {len(whole):,} did.",
        )  # fmt: skip


def _ended(speed: Speed) -> Iterator[Finding]:
    lost = [run for run in speed.runs if run.lost]
    for run in lost:
        yield Finding(
            "lost-worker", "remark", f"Lost at {run.shape}: {counted(run.lost, 'worker')}.",
            "what they had measured is missing, and so is their share of the load",
            "Check the worker's log, and measure again.",
        )  # fmt: skip
    cut = [run for run in speed.runs if run.unfinished and run.ended != "stopped"]
    many = sum(run.unfinished for run in cut)
    if cut:
        says = f"{counted(many, 'request')} had not ended when time ran out."
        yield Finding("unfinished", "remark", says, f"At {at(cut)}.")


def _untried(speed: Speed) -> Iterator[Finding]:
    """The planned loads that no time or tokens were left for."""
    if not speed.untried or speed.stopped:
        return
    plan = speed.plan
    tokens = speed.tokens >= plan.tokens
    what = f"most_tokens = {plan.tokens:,}" if tokens else f"seconds = {plan.seconds:g}"
    says = "tokens were used up" if tokens else "time was up"
    yield Finding(
        "untried", "remark", f"The {says} before {at(speed.untried)} could be measured.",
        f"{what} for everything.",
        "Allow more, or name fewer loads: the verdict covers only those before.",
    )  # fmt: skip


def _connections(speed: Speed) -> Iterator[Finding]:
    """Whether the server closes connections; failed requests lose theirs, and don't count."""
    fresh: dict[Run, int] = {}
    for run in speed.runs:
        opened = sum(one.reused is False for one in run.samples)
        failed = sum(bool(one.failure) for one in run.samples)
        if run.shape.closed and opened > run.shape.at_once + failed:
            fresh[run] = opened
    if fresh:
        opened, asked = sum(fresh.values()), sum(len(run.samples) for run in fresh)
        now = "an answer" if opened > 0.9 * asked else "some answers"
        yield Finding(
            "connections", "remark", f"The server closes its connections after {now}.",
            f"At {at([*fresh])}: {opened:,} of {counted(asked, 'request')} opened one.",
            "Let it keep connections open: each first text includes opening one.",
        )  # fmt: skip
