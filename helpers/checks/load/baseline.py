"""An earlier run beside this one: whether it got slower by more than the noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...files import in_words, json_in
from ..ratio import Ratio, of_medians
from .prompts import LoadError
from .speed import Speed

# Fewer values say nothing about their median.
ENOUGH = 10
# A difference too small to feel does not count, however certain it is.
FELT = 1.05
# An interval that reaches further than this may hide a slowdown that everyone would feel.
TELLING = 1.5


@dataclass(frozen=True)
class SpeedChange:
    """How many times as long something takes as in the earlier run, under the same load.

    ratio:  of the medians; its interval is simultaneous for all changes of a comparison
    """

    what: str
    load: str
    ratio: Ratio

    @property
    def worse(self) -> bool:
        """Whether it takes significantly longer now, by enough to be felt."""
        return self._enough and self.ratio.low > 1 and self.ratio.value > FELT

    @property
    def better(self) -> bool:
        """Whether it takes significantly less time now, by enough to be felt."""
        return self._enough and self.ratio.high < 1 and self.ratio.value < 1 / FELT

    @property
    def unclear(self) -> bool:
        """Whether it seems slower, but on too few values or values that scatter too much."""
        vague = not self._enough or self.ratio.high > TELLING
        return not self.worse and vague and self.ratio.value > FELT

    @property
    def _enough(self) -> bool:
        return self.ratio.n >= ENOUGH


def compared(
    speed: Speed, before: Mapping[str, Mapping[str, Sequence[float]]]
) -> list[SpeedChange]:
    """The change of everything measured in both runs under the same load.

    before:  by load, and by "ttfts" and "tpots", the values in seconds
    """
    pairs = [
        (what, load, earlier, values[what])
        for load, values in values_of(speed).items()
        for what in ("ttfts", "tpots")
        if (earlier := before.get(load, {}).get(what, ())) and values[what]
    ]
    return [
        SpeedChange(what, load, of_medians(earlier, now, among=len(pairs)))
        for what, load, earlier, now in pairs
    ]


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
