"""The figures of a load, by the definitions: pure functions over its samples."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from ...wire.timing import Percentiles, percentile, percentiles
from .budget import Goals
from .sample import Sample

_CHANCE = 0.05
# A gap that a reader notices, and that is this many times as long as those around it.
STANDSTILL_S, STANDSTILL = 0.5, 10
# Shorter gaps lie within a bundle of chunks.
LEAST_GAP_S = 0.0005


@dataclass(frozen=True)
class Figures:
    """The figures of a load; failures are in none of the times, but always counted.

    n:          answers that arrived complete
    failed:     how often each kind of failure occurred
    ttfb, ttft, ttfo, gap, tpot, e2e, closing, lag:  in seconds, each with its own n
    unit:       what was counted: "tokens" if every answer had usage, else "chunks"
    each_per_s: tokens, or chunks, a second of one answer after its first, the median
    all_per_s:  of all answers together, from the first request sent to the last end
    good:       the share of all requests that kept every limit
    together:   the most answers whose text was arriving at the same time
    """

    n: int
    failed: Counter[str]
    ttfb: Percentiles
    ttft: Percentiles
    ttfo: Percentiles
    gap: Percentiles
    tpot: Percentiles
    e2e: Percentiles
    closing: Percentiles
    lag: Percentiles
    unit: str
    each_per_s: float | None
    all_per_s: float
    requests_per_s: float
    good: float
    good_per_s: float
    together: int
    tokens: int
    prompt_tokens: int
    cached_tokens: int
    duration_s: float
    reused: int

    @property
    def asked(self) -> int:
        """All requests that ended, failures included."""
        return self.n + sum(self.failed.values())

    @property
    def error_rate(self) -> float:
        """The share of failures."""
        return sum(self.failed.values()) / self.asked if self.asked else 0.0


def figures(samples: Sequence[Sample], goals: Goals, *, in_tokens: bool | None = None) -> Figures:
    """The figures of a load's samples.

    in_tokens:  whether to count tokens rather than chunks; None: tokens if every answer has usage
    """
    whole = [one for one in samples if not one.failure]
    counted = all_counted(whole) if in_tokens is None else in_tokens
    duration_s = _duration_s(samples)
    good = sum(map(goals.met, samples))
    output = sum(_output(one, counted=counted) for one in whole)
    over = partial(_over, whole)
    return Figures(
        n=len(whole),
        failed=Counter(one.failure for one in samples if one.failure),
        ttfb=over(lambda one: one.timing.headers_s),
        ttft=over(lambda one: one.timing.ttft_s),
        ttfo=over(lambda one: one.timing.ttfo_s),
        gap=percentiles(gaps_s(whole)),
        tpot=over(lambda one: one.timing.tpot_s),
        e2e=over(lambda one: one.e2e_s),
        closing=over(lambda one: one.timing.closing_s),
        lag=over(lambda one: one.lag_s),
        unit="tokens" if counted else "chunks",
        each_per_s=percentile(_rates(whole, counted=counted), 50),
        all_per_s=output / duration_s if duration_s else 0.0,
        requests_per_s=len(whole) / duration_s if duration_s else 0.0,
        good=good / len(samples) if samples else 0.0,
        good_per_s=good / duration_s if duration_s else 0.0,
        together=most_together(whole),
        tokens=output if counted else 0,
        prompt_tokens=sum(one.prompt_tokens or 0 for one in whole),
        cached_tokens=sum(one.cached_tokens or 0 for one in whole),
        duration_s=duration_s,
        reused=sum(one.reused is True for one in samples),
    )


def most_together(samples: Iterable[Sample]) -> int:
    """The most answers written at the same time, from first to last output.

    What lasts less than a twentieth of the time is chance, such as an end noticed late.
    """
    changes: list[tuple[float, int]] = []
    for one in samples:
        first_s, last_s = one.timing.ttft_s, one.timing.last_output_s
        if first_s is not None and last_s is not None and last_s > first_s:
            changes += [(one.sent_s + first_s, 1), (one.sent_s + last_s, -1)]
    lasted: dict[int, float] = {0: 0.0}
    running, before_s = 0, 0.0
    for at_s, change in sorted(changes):
        lasted[running] = lasted.get(running, 0.0) + at_s - before_s
        running, before_s = running + change, at_s
    del lasted[0]
    left_s = sum(lasted.values()) * _CHANCE
    for count in sorted(lasted, reverse=True):
        left_s -= lasted[count]
        if left_s < 0:
            return count
    return 0


def at_least(failed: int, asked: int, usual: float) -> float:
    """The chance of at least this many failures if each request fails with probability `usual`.

    source:  the upper tail of the binomial distribution, by logarithms so that no power underflows
    """
    return sum(
        math.exp(
            math.lgamma(asked + 1) - math.lgamma(count + 1) - math.lgamma(asked - count + 1)
            + count * math.log(usual) + (asked - count) * math.log1p(-usual)
        )
        for count in range(failed, asked + 1)
    )  # fmt: skip


def all_counted(samples: Iterable[Sample]) -> bool:
    """Whether any answer arrived complete, and all that did have a token count."""
    counted = [one.timing.tokens is not None for one in samples if not one.failure]
    return bool(counted) and all(counted)


def standstills_s(samples: Iterable[Sample]) -> list[float]:
    """The longest gap of each answer that was even but for one or two standstills.

    Chunks that arrive in bundles have long gaps between them, which are not standstills.
    """
    found = []
    for one in samples:
        *even, longest_s = sorted(one.timing.gaps_s) or [0.0]
        usual_s = percentile(even, 25) or 0.0
        if (
            not one.failure
            and longest_s > max(STANDSTILL_S, STANDSTILL * usual_s)
            and (usual_s > LEAST_GAP_S and (percentile(even, 90) or 0.0) < STANDSTILL_S)
        ):
            found.append(longest_s)
    return found


def gaps_s(samples: Iterable[Sample]) -> list[float]:
    """The gaps between chunks, pooled over all answers."""
    return [gap for one in samples for gap in one.timing.gaps_s]


def server_medians(samples: Iterable[Sample]) -> dict[str, float]:
    """The median of each number that the server measured itself."""
    found: dict[str, list[float]] = {}
    for one in samples:
        for name, value in one.server:
            found.setdefault(name, []).append(value)
    return {name: percentile(values, 50) or 0.0 for name, values in found.items()}


def _over(whole: Sequence[Sample], take: Callable[[Sample], float | None]) -> Percentiles:
    return percentiles([value for one in whole if (value := take(one)) is not None])


def _rates(whole: Sequence[Sample], *, counted: bool) -> list[float]:
    found = (
        one.timing.tokens_per_s if counted else one.timing.chunks_per_s for one in whole
    )  # fmt: skip
    return [rate for rate in found if rate is not None]


def _output(sample: Sample, *, counted: bool) -> int:
    return (sample.timing.tokens or 0) if counted else len(sample.timing.chunk_s)


def _duration_s(samples: Sequence[Sample]) -> float:
    if not samples:
        return 0.0
    return max(one.ended_s for one in samples) - min(one.sent_s for one in samples)
