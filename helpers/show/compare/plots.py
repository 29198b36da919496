"""First text and rate of each target, turn by turn: a dot for each answer, hollow when cold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...checks.compare.speed import Measured, measured
from ...checks.compare.targets import Target
from ...checks.compare.turns import COLD, Comparison
from ...escaping import visible
from ..plotting import Plot, axes, figure, png, words
from ..theme import AMBER, BLUE, GREEN, GREY, ORANGE, PINK, PURPLE

_HEIGHT_PX = 260
_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, AMBER, PINK, GREY, BLUE)
_MARKS = "osD^vP*X"
_PANELS: tuple[tuple[Measured, str, float, int], ...] = (
    ("first text", "first text in ms", 1000.0, 80),
    ("rate", "tok/s", 1.0, 640),
)
_LONGEST_NAME = 32


def turns_plot(compared: Comparison) -> Plot:
    """The measurements of each turn, so that drift and outliers are visible."""
    drawn = figure(_HEIGHT_PX)
    for what, label, unit, left_px in _PANELS:
        panel = axes(drawn, (left_px, 54, 420, 170), _HEIGHT_PX)
        panel.set_ylabel(label, **words(14))
        panel.spines["left"].set_visible(True)
        highest = max(_draw(panel, compared, n, what, unit) for n in range(len(compared.targets)))
        panel.set_ylim(0, highest * 1.15 or 1.0)
        panel.annotate("turn", (1, 0), (0, -84), xycoords="axes fraction", annotation_clip=False,
                       textcoords="offset pixels", ha="right", **words(14))  # fmt: skip
        _whole_numbers(panel)
    lines, names = drawn.axes[0].get_legend_handles_labels()
    if names:
        legend = drawn.legend(lines, names, loc="upper left", ncols=4, frameon=False)
        for text in legend.get_texts():
            text.set(parse_math=False, **words(14))
    return Plot(png(drawn), "First text and rate, turn by turn; hollow: the very first answer")


def _draw(panel: Any, compared: Comparison, number: int, what: Measured, unit: float) -> float:
    """Draw one target's dots; return the highest."""
    target, colour, mark = compared.targets[number], _COLOURS[number], _MARKS[number]
    dots = [(turn, value * unit) for turn, value in _values(compared, target, what)]
    name = visible(target.name)[:_LONGEST_NAME].replace("$", "\\$")
    if dots:
        look = {"color": colour, "alpha": 0.8, "markersize": 5, "label": name}
        panel.plot(*zip(*dots, strict=True), mark, **look)
    cold = measured(compared.turn(target, COLD), what)
    if cold is not None:
        panel.plot([0], [cold * unit], mark, color=colour, markersize=6, markerfacecolor="none")
    return max([value for _, value in dots] + [(cold or 0.0) * unit], default=0.0)


def _values(compared: Comparison, target: Target, what: Measured) -> Iterator[tuple[int, float]]:
    for (turn, _), exchange in compared.warm(target).items():
        value = measured(exchange, what)
        if value is not None and turn.isdecimal():
            yield int(turn), value


def _whole_numbers(panel: Any) -> None:
    low, high = panel.get_xlim()
    places = [*range(max(0, int(low)), int(high) + 1)]
    if len(places) <= 12:
        panel.set_xticks(places, ["cold" if place == 0 else str(place) for place in places])
