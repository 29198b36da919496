"""A batch in figures: its progress, its usage so far and what the rest will cost."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev

from .row import Row

MILLION = 1_000_000
MOST_BINS = 10


@dataclass(frozen=True)
class Prices:
    """The price of a million tokens, in and out, in the user's currency."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.tokens_in or self.tokens_out)

    def of(self, tokens_in: float, tokens_out: float) -> float:
        """The cost of this many tokens."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / MILLION


NO_PRICES = Prices()


@dataclass
class Tally:
    """Counts over answers and failures."""

    answers: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    uncounted: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    def note(self, row: Row) -> None:
        """Count one more row."""
        if row.kind:
            self.failed[row.kind] += 1
        else:
            self.answers += 1
            self.uncounted += row.prompt_tokens is None
        # A request that failed in the end may still have been billed.
        self.tokens_in += row.prompt_tokens or 0
        self.tokens_out += row.completion_tokens or 0


@dataclass(frozen=True)
class Spread:
    """A total estimated from a sample: the middle, and how far it may be off."""

    middle: float
    off: float


@dataclass(frozen=True)
class Forecast:
    """What all prompts will use, estimated from the first ones; None if nothing was counted.

    prompts, sample:  how many there are, and how many of them were asked
    """

    prompts: int
    sample: int
    tokens_in: Spread | None
    tokens_out: Spread | None
    prices: Prices

    @property
    def cost(self) -> Spread | None:
        """The projected cost; None without prices or counts."""
        if not self.prices or self.tokens_in is None or self.tokens_out is None:
            return None
        middle = self.prices.of(self.tokens_in.middle, self.tokens_out.middle)
        return Spread(middle, self.prices.of(self.tokens_in.off, self.tokens_out.off))


def forecast(rows: Iterable[Row], prompts: int, prices: Prices) -> Forecast:
    """What all prompts will use, estimated from the rows of a sample."""
    sample = [row for row in rows if not row.kind]
    tokens_in = [row.prompt_tokens for row in sample if row.prompt_tokens is not None]
    tokens_out = [
        row.completion_tokens or 0 for row in sample if row.prompt_tokens is not None
    ]  # fmt: skip
    return Forecast(
        prompts, len(sample), _total(tokens_in, prompts), _total(tokens_out, prompts), prices
    )


def evenly(ids: Sequence[str], count: int) -> frozenset[str]:
    """A sample of the ids of this size, evenly spaced from the first to the last."""
    return frozenset(ids[place * (len(ids) - 1) // (count - 1)] for place in range(count))


def _total(counts: Sequence[int], prompts: int) -> Spread | None:
    """The sum over all prompts with its 95% interval, estimated from a sample."""
    if not counts:
        return None
    if len(counts) < 2 or prompts <= len(counts):
        return Spread(fmean(counts) * prompts, 0.0)
    # Sampling without replacement: the finite population correction.
    left = math.sqrt(1 - len(counts) / prompts)
    off = 1.96 * stdev(counts) / math.sqrt(len(counts)) * left * prompts
    return Spread(fmean(counts) * prompts, off)


def histogram(values: Sequence[float]) -> list[tuple[int, int]]:
    """Bins of a round, whole width over values, as (from, how many); [] without values."""
    if not values:
        return []
    low, high = min(values), max(values)
    width = _round_up(max((high - low) / min(MOST_BINS, max(len(values) // 2, 1)), 1))
    first = math.floor(low / width)
    counts = Counter(math.floor(value / width) - first for value in values)
    return [((first + place) * width, counts[place]) for place in range(max(counts) + 1)]


def _round_up(width: float) -> int:
    """The next of 1, 2 and 5 times a power of ten."""
    power: int = 10 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width)
