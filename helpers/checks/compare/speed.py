"""How fast each target is, warm and cold, beside the first one."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Literal

from ...client.exchange import Exchange
from ..ratio import Ratio, paired, unpaired
from .targets import Target
from .turns import COLD, Comparison

Measured = Literal["first text", "rate", "whole answer"]
MEASURED: tuple[Measured, ...] = ("first text", "rate", "whole answer")


# With the whole text in a read or two, its rate would be the network's.
_OVER_TOO_SOON = ("too-fast", "too-few-reads")


@dataclass(frozen=True)
class TargetSpeed:
    """One measurement of one target.

    values:  of the warm answers, in seconds or tokens per second
    cold:    of the first answer, None if it was not asked or not measured
    ratio:   to the first target's, None for the first one and if nothing can be compared
    """

    target: Target
    measured: Measured
    values: tuple[float, ...]
    cold: float | None
    ratio: Ratio | None

    @property
    def middle(self) -> float | None:
        """The median of the warm values."""
        return median(self.values) if self.values else None


def measured(exchange: Exchange | None, what: Measured) -> float | None:
    """One measurement of one answer; None if it failed or has no such value."""
    if exchange is None or exchange.failure or not exchange.recording.timed:
        return None
    if what == "rate":
        return None if exchange.findings[0].name in _OVER_TOO_SOON else exchange.tokens_per_s
    timing = exchange.timing
    first = timing.ttft_s if exchange.streamed else None
    return first if what == "first text" else timing.last_output_s


def speeds(compared: Comparison, what: Measured) -> list[TargetSpeed]:
    """One measurement of every target."""
    return [speed_of(compared, target, what) for target in compared.targets]


def speed_of(compared: Comparison, target: Target, what: Measured) -> TargetSpeed:
    """One measurement of one target."""
    first = compared.first
    mine, theirs = _warm(compared, target, what), _warm(compared, first, what)
    cold = measured(compared.turn(target, COLD), what)
    if target is first:
        ratio = None
    elif target.recorded or first.recorded:
        ratio = unpaired([*theirs.values()], [*mine.values()])
    else:
        ratio = paired([(theirs[at], value) for at, value in mine.items() if at in theirs])
    return TargetSpeed(target, what, tuple(mine.values()), cold, ratio)


def _warm(compared: Comparison, target: Target, what: Measured) -> dict[tuple[str, int], float]:
    found = {at: measured(one, what) for at, one in compared.warm(target).items()}
    return {at: value for at, value in found.items() if value is not None}


def rate_said(tokens_per_s: float | None) -> str:
    """A rate as one would say it: 30.1 tok/s, 1,790 tok/s."""
    if tokens_per_s is None:
        return "–"
    return f"{tokens_per_s:,.0f} tok/s" if tokens_per_s >= 100 else f"{tokens_per_s:.3g} tok/s"
