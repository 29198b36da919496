"""How many times as large a measurement is as another, and how sure that is."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from ..wire.timing import percentile

# Fewer say nothing about their spread.
FEWEST = 3
# A ratio closer to 1 than this makes no difference to anyone, however certain it is.
RELEVANT = 0.02
# An interval that reaches further from 1 than this may hide a difference that everyone would feel.
TELLING = 2.0
# Student's t for 95%, by the degrees of freedom from 1; beyond 30 the normal distribution's.
_T95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
_NORMAL95 = 1.96
# How often chance alone may leave the value outside of its interval.
_BY_CHANCE = 0.05
_RESAMPLES = 4000
_SEED = 7


@dataclass(frozen=True)
class Ratio:
    """How many times as large one measurement is as the other.

    low, high:  the 95% interval; anything from 0 up if there are too few values
    n:          how many pairs; of unpaired ones the smaller number
    """

    value: float
    n: int
    low: float = 0.0
    high: float = math.inf

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return self.high < math.inf

    @property
    def seen(self) -> bool:
        """Whether there is a difference that chance does not explain and that matters."""
        return (self.low > 1 or self.high < 1) and abs(math.log(self.value)) > RELEVANT

    @property
    def uneven(self) -> bool:
        """Whether the spread is so large that it may hide a big difference."""
        wide = self.low < 1 / TELLING or self.high > TELLING
        return self.known and not self.seen and wide

    def __str__(self) -> str:
        if not self.known:
            return f"× {self.value:.3g} (n {self.n}, too few for an interval)"
        return f"× {self.value:.3g} (95% interval {self.low:.3g} to {self.high:.3g}, n {self.n})"


def paired(pairs: Sequence[tuple[float, float]]) -> Ratio | None:
    """The ratio of the second of each pair to the first; None without a pair of values above zero.

    formula:  the geometric mean, and the t interval of the logarithms: ratios below and above 1
              weigh alike
    """
    logs = [math.log(after / before) for before, after in pairs if before > 0 and after > 0]
    if not logs:
        return None
    if len(logs) < FEWEST:
        return Ratio(math.exp(fmean(logs)), len(logs))
    return _within(fmean(logs), stdev(logs) / math.sqrt(len(logs)), len(logs) - 1, len(logs))


def unpaired(before: Sequence[float], after: Sequence[float]) -> Ratio | None:
    """The ratio of the second values to the first, which were measured at another time.

    formula:  Welch's interval over the logarithms
    """
    logs = [[math.log(value) for value in values if value > 0] for values in (before, after)]
    n = min(map(len, logs))
    if not n:
        return None
    middle = fmean(logs[1]) - fmean(logs[0])
    if n < FEWEST:
        return Ratio(math.exp(middle), n)
    shares = [stdev(values) ** 2 / len(values) for values in logs]
    error = math.sqrt(sum(shares))
    below = sum(share**2 / (len(v) - 1) for share, v in zip(shares, logs, strict=True))
    freedom = sum(shares) ** 2 / below if below else n - 1
    return _within(middle, error, max(1, int(freedom)), n)


def of_medians(before: Sequence[float], after: Sequence[float], *, among: int = 1) -> Ratio:
    """The ratio of two medians of times, whatever their distribution.

    among:   how many such ratios are judged together; each gets that fraction of the error
    source:  the median of n values drawn again lies at a place among them that follows the beta
             distribution with (n + 1) / 2 twice; Bonferroni's correction
    """
    chance = random.Random(_SEED)
    pair = [(sorted(values), (len(values) + 1) / 2) for values in (after, before)]
    drawn = (
        [ordered[int(chance.betavariate(half, half) * len(ordered))] for ordered, half in pair]
        for _ in range(_RESAMPLES)
    )
    times = [later / earlier for later, earlier in drawn]
    edge = 100 * _BY_CHANCE / 2 / among
    low, high = percentile(times, edge) or 0.0, percentile(times, 100 - edge) or 0.0
    return Ratio(_median(after) / _median(before), min(len(before), len(after)), low, high)


def _median(times: Sequence[float]) -> float:
    return percentile(times, 50) or 1e-9


def _within(middle: float, error: float, freedom: int, n: int) -> Ratio:
    reach = error * (_T95[freedom - 1] if freedom <= len(_T95) else _NORMAL95)
    return Ratio(math.exp(middle), n, math.exp(middle - reach), math.exp(middle + reach))
