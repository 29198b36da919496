"""The ratio of two measurements, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

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


@dataclass(frozen=True)
class Ratio:
    """How many times as large one measurement is as the other.

    value:      the geometric mean
    low, high:  the 95% interval; None if there are too few values
    n:          how many pairs; of unpaired ones the smaller number
    """

    value: float
    low: float | None
    high: float | None
    n: int

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return self.low is not None

    @property
    def seen(self) -> bool:
        """Whether there is a difference that chance does not explain and that matters."""
        if self.low is None or self.high is None:
            return False
        return (self.low > 1 or self.high < 1) and abs(math.log(self.value)) > RELEVANT

    @property
    def uneven(self) -> bool:
        """Whether the spread is so large that it may hide a big difference."""
        if self.low is None or self.high is None or self.seen:
            return False
        return self.low < 1 / TELLING or self.high > TELLING

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"× {self.value:.3g} (n {self.n}, too few for an interval)"
        return f"× {self.value:.3g} (95% interval {self.low:.3g} to {self.high:.3g}, n {self.n})"


def paired(pairs: Sequence[tuple[float, float]]) -> Ratio | None:
    """The ratio of the second of each pair to the first; None without a pair of values above zero.

    formula:  the logarithms' mean and its t interval: ratios below and above 1 weigh alike
    """
    logs = [math.log(after / before) for before, after in pairs if before > 0 and after > 0]
    if not logs:
        return None
    if len(logs) < FEWEST:
        return Ratio(math.exp(fmean(logs)), None, None, len(logs))
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
        return Ratio(math.exp(middle), None, None, n)
    shares = [stdev(values) ** 2 / len(values) for values in logs]
    error = math.sqrt(sum(shares))
    below = sum(share**2 / (len(v) - 1) for share, v in zip(shares, logs, strict=True))
    freedom = sum(shares) ** 2 / below if below else n - 1
    return _within(middle, error, max(1, int(freedom)), n)


def _within(middle: float, error: float, freedom: int, n: int) -> Ratio:
    reach = error * (_T95[freedom - 1] if freedom <= len(_T95) else _NORMAL95)
    return Ratio(math.exp(middle), math.exp(middle - reach), math.exp(middle + reach), n)
