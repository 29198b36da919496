"""What varies, plotted: a dot for each answer, a line through the medians."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...checks.sweep.figures import Record, middles, spelled
from ...escaping import visible
from ...wording import duration
from ..plotting import Plot, axes, figure, png, words
from ..theme import BLUE, GREEN

_HEIGHT_PX = 240
_PANELS = (("ttft_s", "first text in ms", 1000.0, BLUE), ("tokens_per_s", "tok/s", 1.0, GREEN))
_LEFT_PX, _WIDE_PX = (80, 640), 420
_LONGEST_NAME = 14


def sweep_plot(rows: Sequence[Record], varying: Mapping[str, Sequence[Any]], by: str) -> Plot:
    """First text and rate over what varies; the words above it give the medians."""
    drawn = figure(_HEIGHT_PX)
    for (measured, label, unit, colour), left_px in zip(_PANELS, _LEFT_PX, strict=True):
        panel = axes(drawn, (left_px, 54, _WIDE_PX, 160), _HEIGHT_PX)
        values = list(varying.get(by, ()))
        _draw(panel, list(middles(rows, by, measured)), values, unit, colour)
        panel.set_ylabel(label, **words(14))
        panel.annotate(by, (1, 0), (0, -84), xycoords="axes fraction", annotation_clip=False,
                       textcoords="offset pixels", ha="right", **words(14))  # fmt: skip
    return Plot(png(drawn), f"First text and rate over {by}", _in_words(rows, by))


def _draw(
    panel: Any, found: Sequence[tuple[Any, float, list[float]]], values: list[Any], unit: float,
    colour: str,
) -> None:  # fmt: skip
    numeric = all(type(value) in (int, float) for value in values)
    places = values if numeric else [*range(len(values))]
    at = dict(zip(map(spelled, values), places, strict=True))
    for value, _, measured in found:
        panel.plot([at[spelled(value)]] * len(measured), [one * unit for one in measured], "o",
                   color=colour, alpha=0.45, markersize=5)  # fmt: skip
    middle = sorted((at[spelled(value)], middle * unit) for value, middle, _ in found)
    if middle:
        where, medians = zip(*middle, strict=True)
        line = "-" if numeric else ""
        panel.plot(where, medians, line, marker="_", markersize=16, color=colour)
    highest = max((one for _, _, measured in found for one in measured), default=1.0)
    panel.set_ylim(0, highest * unit * 1.12 or 1.0)
    # A value comes from the user or a server, so a dollar in it must not begin a formula.
    names = [visible(spelled(value))[:_LONGEST_NAME] for value in values]
    panel.set_xticks(places, names, parse_math=False)
    panel.margins(x=0.12)
    panel.spines["left"].set_visible(True)


def _in_words(rows: Sequence[Record], by: str) -> str:
    """The medians in words."""
    return " · ".join(
        f"{by} {spelled(value)[:40]}: first text {duration(middle)} (n {len(measured)})"
        for value, middle, measured in middles(rows, by, "ttft_s")
    )
