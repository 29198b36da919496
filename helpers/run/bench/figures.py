"""What was measured in one run, as rows with their goals, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from helpers.run.bench.display import Display, Shown
from helpers.run.bench.engine import Engine
from helpers.run.bench.reading import Reading
from helpers.wire.timing import Percentiles

SCHEMA = 1
MOST_GROWTH = 1.2
MOST_BYTES = 1.5e6
MOST_TIMES = 3.0
LONGEST = 10_000
_HEADS = ("measured", "figure", "beside it", "goal")


@dataclass(frozen=True)
class Ratios:
    """The figures that do not depend on the machine.

    growth:              display bytes per token, the longest answer's over the shortest one's
    live_to_print:       display bytes per token, Live's over the print loop's, equally long answers
    reading_to_bare:     CPU per chunk, this kit's over the bare socket's
    plain_to_reading:    CPU per chunk, the plain openai stream's over this kit's
    """

    growth: float
    live_to_print: float
    reading_to_bare: float
    plain_to_reading: float


@dataclass(frozen=True)
class Goal:
    """A figure, what it shall not exceed, and the words for that."""

    name: str
    figure: float
    most: float
    said: str

    @property
    def met(self) -> bool:
        """Whether the figure stays within it."""
        return self.figure <= self.most


@dataclass(frozen=True)
class Figures:
    """Everything one run measured."""

    display: Display
    reading: Reading
    engine: Engine

    @property
    def ratios(self) -> Ratios:
        """Return the ratios of figures that were measured in this run."""
        live, reading = self.display.live, self.reading
        loop = self.display.printed[-1]
        beside = next(one for one in live if one.tokens == loop.tokens)
        return Ratios(
            growth=live[-1].bytes_per_token / live[0].bytes_per_token,
            live_to_print=beside.bytes_per_token / loop.bytes_per_token,
            reading_to_bare=reading.kit.median_us / reading.bare.median_us,
            plain_to_reading=reading.plain.median_us / reading.kit.median_us,
        )

    @property
    def goals(self) -> list[Goal]:
        """Return the goals, none of a run too short to judge them."""
        longest, ratios = self.display.live[-1], self.ratios
        if longest.tokens < LONGEST or self.reading.chunks < LONGEST:
            return []
        return [
            Goal("growth", ratios.growth, MOST_GROWTH, f"at most {MOST_GROWTH:g} times"),
            Goal("display_bytes", longest.sent_bytes, MOST_BYTES, f"at most {MOST_BYTES / 1e6} MB"),
            Goal("reading", ratios.reading_to_bare, MOST_TIMES, f"at most {MOST_TIMES:g} times"),
        ]

    @property
    def data(self) -> dict[str, Any]:
        """Return everything as JSON's own types."""
        goals = [asdict(goal) | {"met": goal.met} for goal in self.goals]
        return {"schema": SCHEMA, "ratios": asdict(self.ratios), "goals": goals} | asdict(self)


def table(figures: Figures) -> str:
    """Return the figures as a table for a terminal."""
    rows = [_HEADS, *_rows(figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "─" * max(map(len, lines)), *lines[1:]])


Row = tuple[str, str, str, str]


def _rows(figures: Figures) -> Iterator[Row]:
    goals = {goal.name: f"{goal.said}: {'met' if goal.met else 'MISSED'}" for goal in figures.goals}
    yield from _display_rows(figures, goals)
    yield from _reading_rows(figures, goals)
    yield from _engine_rows(figures.engine)


def _display_rows(figures: Figures, goals: dict[str, str]) -> Iterator[Row]:
    ratios, display = figures.ratios, figures.display
    loops = {loop.tokens: loop for loop in display.printed}
    for shown in display.live:
        loop = loops.get(shown.tokens)
        beside = f"print loop {_size(loop)}" if loop else "print loop: linear, not run"
        goal = goals.get("display_bytes", "") if shown is display.live[-1] else ""
        yield f"display, {shown.tokens:,} tokens", _size(shown), beside, goal
    first, last = display.live[0], display.live[-1]
    yield (
        "display, growth per token", f"{ratios.growth:.2f} times",
        f"{last.tokens:,} tokens against {first.tokens:,}", goals.get("growth", ""),
    )  # fmt: skip
    yield (
        "display, against the loop", f"{ratios.live_to_print:.2f} times",
        f"bytes per token at {display.printed[-1].tokens:,}", "",
    )  # fmt: skip
    lost = sum(shown.lost for shown in (*display.live, *display.printed))
    yield "display, characters lost", str(lost), "", ""
    loop = display.printed[-1]
    yield "arrival to display", _delays(last.delay_s), f"print loop {_delays(loop.delay_s)}", ""


def _reading_rows(figures: Figures, goals: dict[str, str]) -> Iterator[Row]:
    reading, ratios = figures.reading, figures.ratios
    for name, cost in (
        ("reading, this kit", reading.kit),
        ("reading, plain openai stream", reading.plain),
        ("reading, bare socket", reading.bare),
    ):
        spread = f"{cost.least_us:.1f} to {cost.most_us:.1f} in {cost.rounds} rounds"
        yield name, f"{cost.median_us:.1f} µs CPU a chunk", spread, ""
    yield (
        "reading, against the bare one", f"{ratios.reading_to_bare:.2f} times",
        f"the plain stream takes {ratios.plain_to_reading:.0f} times ours",
        goals.get("reading", ""),
    )  # fmt: skip
    yield (
        "memory, client after a burst", f"{reading.burst_rss / 1e6:.0f} MB",
        f"{reading.idle_rss / 1e6:.0f} MB before; {reading.chunks:,} chunks held", "",
    )  # fmt: skip


def _engine_rows(engine: Engine) -> Iterator[Row]:
    yield "memory, engine's process", f"{engine.rss / 1e6:.0f} MB", "", ""
    yield "engine, start to ready", f"{engine.start_s:.2f} s", "", ""
    yield (
        "sent to arrived, direct",
        _delays(engine.direct_s),
        "500 chunks a second, one stream",
        "",
    )
    yield "sent to arrived, by the proxy", _delays(engine.proxied_s), _added(engine), ""
    yield "proxy, off its pace", _delays(engine.pacing_s), "30 chunks a second", ""


def _added(engine: Engine) -> str:
    return "" if engine.proxy_s is None else f"adds {engine.proxy_s * 1000:.2f} ms at p50"


def _size(shown: Shown) -> str:
    return f"{shown.sent_bytes / 1e6:.2f} MB, {shown.bytes_per_token:.0f} B a token"


def _delays(values: Percentiles) -> str:
    p50, p99 = (
        "–" if value is None else f"{value * 1000:.2f}" for value in (values.p50, values.p99)
    )
    return f"p50 {p50}, p99 {p99} ms (n {values.n:,})"
