"""The bench's figures as plots: delays under load, and the cost of reading and showing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...show import plotting
from ...show.plotting import Plot
from ...show.theme import BLUE, GREEN, GREY, ORANGE
from .figures import Figures

_HEIGHT_PX = 280
_SMALLEST_MS = 1e-3


def delays_plot(figures: Figures) -> Plot:
    """A plot, over streams, of a chunk's wait for its stamp and of the error of TTFT."""
    loads = figures.loads
    figure = plotting.figure(_HEIGHT_PX)
    left = plotting.axes(figure, (70, 56, 430, 180), _HEIGHT_PX)
    right = plotting.axes(figure, (620, 56, 430, 180), _HEIGHT_PX)
    names = [str(one.streams) for one in loads]
    _pairs(left, names, [one.delay_p50_s for one in loads], [one.delay_p99_s for one in loads])
    _pairs(right, names, [one.ttft_mean_s for one in loads], [one.ttft_p99_s for one in loads])
    for axes, title in ((left, "from sending to stamping, ms: p50, p99"),
                        (right, "error of TTFT, ms: mean, p99")):  # fmt: skip
        _name(axes, title, "streams at once, 50 chunks a second each")
        axes.set_yscale("log")
        plotting.plain_figures(axes)
    text = "; ".join(
        f"{one.streams} at once: {one.delay_p50_s * 1000:.2f} ms at p50" for one in loads
    )
    return Plot(plotting.png(figure), text)


def costs_plot(figures: Figures) -> Plot:
    """A plot of three readers' CPU per chunk and three displays' bytes per token."""
    read, display = figures.reading, figures.display
    figure = plotting.figure(_HEIGHT_PX)
    left = plotting.axes(figure, (190, 56, 320, 180), _HEIGHT_PX)
    right = plotting.axes(figure, (730, 56, 320, 180), _HEIGHT_PX)
    loop = display.printed[-1]
    beside = next(one for one in display.live if one.tokens == loop.tokens)
    ways = [("this kit", beside), ("print loop", loop)]
    ways += [("whole text each time", one) for one in display.whole[-1:]]
    readers = (("this kit", read.kit), ("plain openai", read.plain), ("bare socket", read.bare))
    _bars(left, [(name, cost.median_us, f"{cost.median_us:.1f} µs") for name, cost in readers])
    _bars(
        right, [(name, way.bytes_per_token, f"{way.bytes_per_token:,.0f} B") for name, way in ways]
    )
    _name(left, "CPU per chunk of a burst", "")
    _name(right, f"bytes to the page per token, {loop.tokens:,} tokens", "")
    text = f"This kit {read.kit.median_us:.1f}, plain openai {read.plain.median_us:.1f} µs a chunk"
    return Plot(plotting.png(figure), text)


def _pairs(
    axes: Any, names: Sequence[str], low_s: Sequence[float], high_s: Sequence[float | None]
) -> None:
    places = range(len(names))
    low = [max(value * 1000, _SMALLEST_MS) for value in low_s]
    # With fewer than a hundred values there is no p99, and so no bar.
    high = {
        place: max(value * 1000, _SMALLEST_MS) for place, value in enumerate(high_s)
        if value is not None
    }  # fmt: skip
    axes.bar([place - 0.2 for place in places], low, width=0.36, color=BLUE)
    axes.bar([place + 0.2 for place in high], [*high.values()], width=0.36, facecolor="none",
             edgecolor=ORANGE, hatch="////")  # fmt: skip
    axes.set_xticks([*places], names)


def _bars(axes: Any, rows: Sequence[tuple[str, float, str]]) -> None:
    for place, (name, value, label) in enumerate(rows):
        axes.barh(place, value, color=GREEN if not place else GREY, height=0.6)
        axes.annotate(f"  {label}", (value, place), va="center", annotation_clip=False,
                      **plotting.words(14))  # fmt: skip
        axes.annotate(f"{name}  ", (0, place), ha="right", va="center", annotation_clip=False,
                      **plotting.words(14))  # fmt: skip
    axes.set_xlim(0, 1.25 * max(value for _, value, _ in rows))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks([])
    axes.set_xticks([])


def _name(axes: Any, title: str, below: str) -> None:
    axes.set_title(title, loc="left", pad=10, weight="bold", **plotting.words(15))
    axes.set_xlabel(below, **plotting.words(14))
    axes.spines["left"].set_visible(True)
