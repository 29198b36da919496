"""What each part of this kit may cost, in one place, and which budgets a run has kept.

Budgets in seconds were set on one machine. If another takes twice as long for a bare socket, it
may take twice as long for this kit; a figure that passes only by this allowance says so. One that
would pass only in the socket's slowest moment is unclear. Under load the first text waits for the
server and the scheduler, too, so an error as large as that of a client that only stamps is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from ...finding import Finding, Level
from .figures import Figures
from .hop import Hop
from .under_load import UnderLoad

# The first tokens of an answer, and short bursts, say nothing about long ones.
LONG_ANSWER, LONG_BURST, LONG_BATCH = 10_000, 10_000, 1_000
MOST_ADDED_P50_S, MOST_ADDED_P99_S = 0.3e-3, 2e-3
IN_SECONDS = (" µs", " ms", " s")
ALLOWED = "met, allowing for this machine's speed"
UNSTEADY = "unclear, since this machine's speed varied"


@dataclass(frozen=True)
class Budget:
    """The most that one figure may be.

    name:    stable, used in the table's rows and in the JSON
    what:    what it limits, in words
    figure:  takes the figure from a run; None if the run was too short to tell
    unit:    " times", " ms", used for display; only figures in seconds depend on the machine
    scale:   what a figure is multiplied by for that unit
    floor:   what a client that only stamps had in the same run, which is allowed
    """

    name: str
    what: str
    figure: Callable[[Figures], float | None]
    most: float
    unit: str = " times"
    scale: float = 1.0
    floor: Callable[[Figures], float | None] = lambda _: None

    def judged(self, figures: Figures) -> Finding | None:
        """Whether a run kept it, None if that cannot be decided."""
        found = self.figure(figures)
        if found is None:
            return None
        in_seconds = self.unit in IN_SECONDS
        slowness, slowest = (figures.slowness, figures.slowest) if in_seconds else (1.0, 1.0)
        floor = self.floor(figures) or 0.0
        level, how = self._met(found, max(self.most * slowness, floor), self.most * slowest)
        evidence = f"{self.what}: {found * self.scale:.4g}{self.unit}"
        if slowness > 1 and how != "met":
            evidence += f", on a machine that takes {slowness:.1f} times as long"
        if floor:
            evidence += f"; a client that only stamps: {floor * self.scale:.4g}{self.unit}"
        return Finding(
            self.name, level, f"at most {self.most * self.scale:g}{self.unit}: {how}", evidence,
            blame="client",
        )  # fmt: skip

    def _met(self, found: float, allowed: float, in_the_slowest: float) -> tuple[Level, str]:
        """Whether a figure is within the budget, and how the table says it."""
        if found <= self.most:
            return "pass", "met"
        if found <= allowed:
            return "pass", ALLOWED
        return ("unclear", UNSTEADY) if found <= in_the_slowest else ("fail", "MISSED")


def goals(figures: Figures) -> list[Finding]:
    """A finding for each budget, "fail" for a missed one; [] for a run too short to judge."""
    long = figures.reading.chunks >= LONG_BURST
    of_hops = [budget for hop in figures.hops for budget in _of_hop(hop)] if long else []
    judged = (budget.judged(figures) for budget in (*BUDGETS, *of_hops))
    return [finding for finding in judged if finding is not None]


def _of_hop(hop: Hop) -> Iterator[Budget]:
    added = (
        ("p50", hop.added_p50_s, MOST_ADDED_P50_S), ("p99", hop.added_p99_s, MOST_ADDED_P99_S),
    )  # fmt: skip
    for name, figure_s, most_s in added:
        yield Budget(
            f"{hop.by}_{name}_{hop.load.streams}",
            f"what the {hop.by} adds at {name} to each of {hop.load.streams}",
            partial(_known, figure_s), most_s, " ms", 1e3,
        )  # fmt: skip


def _known(figure: float | None, _: Figures) -> float | None:
    return figure


def _long(figure: Callable[[Figures], float]) -> Callable[[Figures], float | None]:
    """The figure of a run whose answers and bursts were long enough."""

    def found(figures: Figures) -> float | None:
        long = figures.display.live[-1].tokens >= LONG_ANSWER
        return figure(figures) if long and figures.reading.chunks >= LONG_BURST else None

    return found


def _burst(figure: Callable[[Figures], float]) -> Callable[[Figures], float | None]:
    """The figure of a run whose bursts were long enough."""
    return lambda figures: figure(figures) if figures.reading.chunks >= LONG_BURST else None


def _streams(count: int, name: str) -> Callable[[Figures], float | None]:
    """A figure with this many streams at once, None if that was not measured."""

    def found(figures: Figures) -> float | None:
        load = _load_of(figures, count)
        return getattr(load, name) if load else None

    return found


def _bare(count: int, name: str) -> Callable[[Figures], float | None]:
    """The same figure of a client that only stamps, None if that was not measured."""

    def found(figures: Figures) -> float | None:
        load = _load_of(figures, count)
        return getattr(load.bare, name) if load and load.bare else None

    return found


def _load_of(figures: Figures, count: int) -> UnderLoad | None:
    return next((one for one in figures.loads if one.streams == count), None)


def _batch(figures: Figures) -> float | None:
    """The cost of a prompt, None if the batch was too small to tell."""
    batch = figures.batch
    return batch.each.median_us if batch.prompts >= LONG_BATCH else None


BUDGETS = (
    Budget("growth", "display bytes per token, long over short answers",
           _long(lambda run: run.ratios.growth), 1.2),
    Budget("display_bytes", "display bytes of 10,000 tokens",
           _long(lambda run: run.display.live[-1].sent_bytes), 1.5e6, " MB", 1e-6),
    Budget("parsing", "CPU per chunk of parsing, long over short streams",
           _burst(lambda run: run.ratios.parse_growth), 1.2),
    Budget("judging", "CPU per chunk of judging, long over short streams",
           _burst(lambda run: run.ratios.judge_growth), 1.2),
    Budget("update", "bytes of a timeline's update, long over short streams",
           _long(lambda run: run.ratios.update_growth), 1.2),
    Budget("reading", "CPU per chunk, ours over a bare socket's",
           _burst(lambda run: run.ratios.reading_to_bare), 2.5),
    Budget("reading_us", "CPU per chunk of a burst",
           _burst(lambda run: run.reading.kit.median_us), 5.0, " µs"),
    Budget("judged_us", "parsing and judging, per chunk of a long stream",
           _burst(lambda run: run.judging[-1].judge.median_us), 6.0, " µs"),
    Budget("delay_p50_64", "sending to stamping at 64 streams, p50",
           _streams(64, "delay_p50_s"), 0.5e-3, " ms", 1e3),
    Budget("delay_p99_64", "sending to stamping at 64 streams, p99",
           _streams(64, "delay_p99_s"), 5e-3, " ms", 1e3),
    Budget("delay_p50_256", "sending to stamping at 256 streams, p50",
           _streams(256, "delay_p50_s"), 0.6e-3, " ms", 1e3),
    Budget("delay_p99_256", "sending to stamping at 256 streams, p99",
           _streams(256, "delay_p99_s"), 15e-3, " ms", 1e3),
    Budget("ttft_mean_64", "error of TTFT at 64 streams, mean",
           _streams(64, "ttft_mean_s"), 0.5e-3, " ms", 1e3, _bare(64, "mean_s")),
    Budget("ttft_p99_64", "error of TTFT at 64 streams, p99",
           _streams(64, "ttft_p99_s"), 1.5e-3, " ms", 1e3, _bare(64, "p99_s")),
    Budget("tpot_64", "error of TPOT at 64 streams, mean",
           _streams(64, "tpot_mean_s"), 0.002e-3, " ms", 1e3),
    Budget("rss_256", "memory at 256 streams, everything held",
           _streams(256, "rss"), 110e6, " MB", 1e-6),
    Budget("batch", "CPU of a batch, per prompt", _batch, 1_000, " ms", 1e-3),
    Budget("start", "from imports to the first request",
           lambda run: run.startup.first_s, 0.3, " s"),
)  # fmt: skip
