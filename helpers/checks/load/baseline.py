"""An earlier run beside this one: whether it got slower by more than the noise."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...files import in_words, json_in
from ...wire.timing import percentile
from .prompts import LoadError
from .sweep import Speed

RESAMPLES = 4000
SEED = 7
# Fewer values say nothing about their median.
ENOUGH = 10
# A difference too small to feel does not count, however certain it is.
FELT = 1.05
# An interval that reaches further than this may hide a slowdown that everyone would feel.
TELLING = 1.5
# How often chance alone may call any of all comparisons worse or better.
BY_CHANCE = 0.05


@dataclass(frozen=True)
class Ratio:
    """How many times as long something took as in an earlier run: the ratio of medians.

    low, high:  95% confidence interval, simultaneous for all ratios of the same comparison
    n:          the smaller of the two sample sizes
    """

    what: str
    load: str
    times: float
    low: float
    high: float
    n: int

    @property
    def worse(self) -> bool:
        """Whether it takes significantly longer now, by enough to be felt."""
        return self.n >= ENOUGH and self.low > 1 and self.times > FELT

    @property
    def better(self) -> bool:
        """Whether it takes significantly less time now, by enough to be felt."""
        return self.n >= ENOUGH and self.high < 1 and self.times < 1 / FELT

    @property
    def unclear(self) -> bool:
        """Whether it seems slower, but on too few values or values that scatter too much."""
        vague = self.n < ENOUGH or self.high > TELLING
        return not self.worse and vague and self.times > FELT


def compared(speed: Speed, before: Mapping[str, Mapping[str, Sequence[float]]]) -> list[Ratio]:
    """The ratio of everything measured in both runs under the same load.

    before:  by load, and by "ttfts" and "tpots", the values in seconds
    """
    pairs = [
        (what, load, earlier, values[what])
        for load, values in values_of(speed).items()
        for what in ("ttfts", "tpots")
        if (earlier := before.get(load, {}).get(what, ())) and values[what]
    ]
    return [ratio(*pair, among=len(pairs)) for pair in pairs]


def ratio(
    what: str, load: str, before: Sequence[float], now: Sequence[float], *, among: int = 1
) -> Ratio:
    """The ratio of two medians and its confidence interval.

    among:   how many such ratios are judged together; each gets that fraction of the error
    source:  the median of n values drawn again lies at a place among them that follows the beta
             distribution with (n + 1) / 2 twice; Bonferroni's correction
    """
    chance = random.Random(SEED)
    pair = [(sorted(values), (len(values) + 1) / 2) for values in (now, before)]
    drawn = (
        [ordered[int(chance.betavariate(half, half) * len(ordered))] for ordered, half in pair]
        for _ in range(RESAMPLES)
    )
    times = [later / earlier for later, earlier in drawn]
    edge = 100 * BY_CHANCE / 2 / among
    low, high = percentile(times, edge) or 0.0, percentile(times, 100 - edge) or 0.0
    return Ratio(what, load, _median(now) / _median(before), low, high, min(len(before), len(now)))


def values_of(speed: Speed) -> dict[str, dict[str, list[float]]]:
    """The values of each load that a later run can be compared with."""
    found: dict[str, dict[str, list[float]]] = {}
    for run in speed.runs:
        timings = [one.timing for one in run.samples if not one.failure]
        kept = found.setdefault(str(run.shape), {"ttfts": [], "tpots": []})
        kept["ttfts"] += [one.ttft_s for one in timings if one.ttft_s is not None]
        kept["tpots"] += [one.tpot_s for one in timings if one.tpot_s is not None]
    return found


def read_baseline(address: str) -> dict[str, dict[str, list[float]]]:
    """The values from an earlier run's JSON.

    raises:  LoadError
    """
    path = Path(address)
    try:
        loads = json_in(path)["benchmarks"]
        return {str(one["load"]): {name: _floats(one[name]) for name in ("ttfts", "tpots")}
                for one in loads}  # fmt: skip
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise LoadError(
            "an earlier run's JSON", f"{path.name}: {in_words(error)}",
            "Give a file that 05_speed wrote.",
        ) from None  # fmt: skip


def _floats(values: Any) -> list[float]:
    return [float(value) for value in values if float(value) > 0]


def _median(values: Sequence[float]) -> float:
    return percentile(values, 50) or 1e-9
