"""A stream that has ended as a plot: reads, events and chunks on one axis, and their rhythm."""

from __future__ import annotations

from typing import Any

from ...wire.reading import Reading
from ...wire.timing import percentiles
from ...wording import duration
from .. import plotting
from ..plotting import Plot
from ..theme import BLUE, GREEN, GREY, ORANGE
from .layout import PLACES, Lanes, lanes_of, place

_LEFT, _RIGHT = 128, 1040
_LETTER_PX = 8.7
_SMALLEST_GAP_S = 1e-4


def timeline_plot(reading: Reading, *, says: str = "") -> Plot:
    """The timeline of a reading that has ended, with its description."""
    return Plot(timeline_png(reading), lanes_of(reading).sentence, says)


def gaps_plot(reading: Reading) -> Plot:
    """How even the rhythm is: the gaps over time, their histogram, the figures above."""
    return Plot(gaps_png(reading), "Gaps between chunks over time, and their histogram",
                gaps_say(reading))  # fmt: skip


def timeline_png(reading: Reading) -> bytes:
    """Reads, events and chunks on one axis, as a PNG 1100 pixels wide on the screen."""
    drawn = lanes_of(reading)
    figure = plotting.figure(120)
    axes = plotting.axes(figure, (_LEFT, 28, _RIGHT - _LEFT, 68), 120)
    axes.set_xlim(0, drawn.scale_s)
    axes.set_ylim(2.55, -0.55)
    axes.set_yticks([])
    axes.set_xticks(drawn.axis_s, [f"{at_s:.6g}" for at_s in drawn.axis_s])
    axes.axvspan(0, drawn.waited_s, color=GREY, alpha=0.15, linewidth=0)
    _draw_lanes(axes, drawn)
    _draw_times(axes, drawn)
    axes.annotate("s since send", (-2 * _LEFT, -28), xycoords="axes pixels", va="center",
                  **plotting.words(14))  # fmt: skip
    return plotting.png(figure)


def gaps_png(reading: Reading) -> bytes:
    """The gaps over time and beside them their histogram; stalls are hatched."""
    timing = reading.timing
    gaps_s = timing.gaps_s if reading.recording.timed else ()
    figure = plotting.figure(240)
    if not gaps_s:
        figure.text(0.5, 0.5, "no gaps", **plotting.words(15), ha="center")
        return plotting.png(figure)
    over_time = plotting.axes(figure, (70, 46, 690, 178), 240)
    counted = plotting.axes(figure, (800, 46, 250, 178), 240)
    ordered = sorted(gaps_s)
    uneven = ordered[-1] > 20 * max(ordered[len(ordered) // 2], _SMALLEST_GAP_S)
    shown_ms = [max(gap, _SMALLEST_GAP_S if uneven else 0.0) * 1000 for gap in gaps_s]
    stalls = lanes_of(reading).stalls
    over_time.plot(timing.chunk_s[1:], shown_ms, ".", color=GREEN, markersize=5)
    for start_s, end_s in stalls:
        over_time.axvspan(start_s, end_s, facecolor="none", edgecolor=ORANGE, hatch="////",
                          linewidth=0.8)  # fmt: skip
    edges = _edges(shown_ms, uneven=uneven)
    _, _, bars = counted.hist(shown_ms, bins=edges, orientation="horizontal", color=GREEN)
    longest_ms = {round((end_s - start_s) * 1000, 6) for start_s, end_s in stalls}
    least_ms = min(longest_ms, default=float("inf"))
    for bar in bars:
        if bar.get_y() + bar.get_height() >= least_ms:
            bar.set(facecolor="none", edgecolor=ORANGE, hatch="////")
    for axes, words in ((over_time, "s since send"), (counted, "gaps")):
        axes.set_yscale("log" if uneven else "linear")
        axes.set_ylim(edges[0], edges[-1] * (1.3 if uneven else 1.04))
        axes.spines["left"].set_visible(True)
        axes.annotate(words, (1, 0), (0, -78), xycoords="axes fraction", annotation_clip=False,
                      textcoords="offset pixels", ha="right", **plotting.words(14))  # fmt: skip
    over_time.set_ylabel("gap in ms", **plotting.words(14))
    counted.tick_params(labelleft=False)
    plotting.plain_figures(over_time)
    return plotting.png(figure)


def gaps_say(reading: Reading) -> str:
    """The figures of the rhythm in one line: how many gaps, percentiles, the longest."""
    gaps_s = reading.timing.gaps_s
    if not reading.recording.timed:
        return "when its chunks came is not in this recording: no gaps"
    if not gaps_s:
        return "fewer than two chunks: no gaps between them"
    of = percentiles(gaps_s)
    named = (("p50", of.p50), ("p90", of.p90), ("p95", of.p95), ("p99", of.p99))
    facts = [f"{of.n:,} gaps" if of.n > 1 else "1 gap"]
    facts += [f"{name} {duration(value)}" for name, value in named if value is not None]
    facts.append(f"longest {duration(max(gaps_s))}")
    if together := sum(gap == 0 for gap in gaps_s):
        facts.append(f"{together:,} are 0: chunks of one read")
    stalls = [duration(end_s - start_s) for start_s, end_s in lanes_of(reading).stalls]
    if stalls:
        facts.append(f"{len(stalls)} stalled: {', '.join(stalls[:5])}")
    return " · ".join(facts)


def _draw_lanes(axes: Any, drawn: Lanes) -> None:
    unit_s = drawn.scale_s / PLACES
    for row, lane in enumerate(drawn.lanes):
        name = {"xycoords": ("axes pixels", "data"), "va": "center", **plotting.words(15)}
        axes.annotate(lane.name, (-2 * _LEFT, row), **name)
        axes.annotate(f"{lane.count:,}", (-22, row), ha="right", **name)
        middle = place(lane.crowd[0], drawn.scale_s) if lane.crowd else 0
        runs = [*lane.runs, *([(middle - 1, middle + 1)] if lane.crowd else [])]
        bars = [((a - 0.5) * unit_s, (b - a + 1) * unit_s) for a, b in runs]
        axes.broken_barh(bars, (row - 0.32, 0.64), facecolor=lane.colour, linewidth=0, zorder=3)
        taken = [_label(axes, drawn, row, *label) for label in _labels(drawn, row)]
        _draw_line(axes, drawn.scale_s, row, taken)
    for start_s, end_s in drawn.stalls:
        axes.broken_barh([(start_s, end_s - start_s)], (1.68, 0.64), facecolor="none",
                         edgecolor=ORANGE, hatch="////", linewidth=1, zorder=2)  # fmt: skip
    if drawn.role_s is not None:
        axes.plot([drawn.role_s], [1], "o", color=BLUE, markersize=6, markerfacecolor="none",
                  zorder=5)  # fmt: skip
    if drawn.done_s is not None:
        axes.plot([drawn.done_s], [1], "o", color=BLUE, markersize=6.5, zorder=5, clip_on=False)


def _labels(drawn: Lanes, row: int) -> list[tuple[float, str, int]]:
    """The labels in a lane: (time, words, right 1, left -1 or centred 0)."""
    labels = []
    if row == 1:
        for start_s, end_s in drawn.stalls:
            if end_s - start_s > 0.12 * drawn.scale_s:
                labels.append(((start_s + end_s) / 2, f"! stall {duration(end_s - start_s)}", 0))
        if drawn.done_s is not None:
            labels.append((drawn.done_s, drawn.done, 1))
        if drawn.cut is not None:
            labels.append((*drawn.cut, 1))
    if crowd := drawn.lanes[row].crowd:
        at_s, words = crowd
        if labels and drawn.side == 1 and abs(labels[-1][0] - at_s) < 0.08 * drawn.scale_s:
            last_s, last, _ = labels.pop()
            at_s, words = max(at_s, last_s), f"{last} · {words}"
        labels.append((at_s, words, drawn.side))
    return labels


def _label(
    axes: Any, drawn: Lanes, row: int, at_s: float, words: str, side: int
) -> tuple[float, float]:
    """Write words beside a time; return roughly from when to when they extend."""
    axes.annotate(
        words, (at_s, row), (18 * side, 0), textcoords="offset pixels", va="center",
        ha={1: "left", -1: "right", 0: "center"}[side], annotation_clip=False, zorder=5,
        **plotting.words(15),
    )  # fmt: skip
    width_s = (len(words) * _LETTER_PX + 24) * drawn.scale_s / (_RIGHT - _LEFT)
    start_s = at_s + (side - 1) / 2 * width_s
    return start_s, start_s + width_s


def _draw_line(axes: Any, end_s: float, row: int, taken: list[tuple[float, float]]) -> None:
    """Draw a lane's line around its words: on a transparent background no halo can mask it."""
    at_s = 0.0
    for start_s, after_s in [*sorted(taken), (end_s, end_s)]:
        if start_s > at_s:
            axes.plot([at_s, start_s], [row, row], color=GREY, alpha=0.35, linewidth=0.8, zorder=1)
        at_s = max(at_s, after_s)


def _draw_times(axes: Any, drawn: Lanes) -> None:
    above = {"va": "bottom", "annotation_clip": False, "textcoords": "offset pixels"}
    if drawn.headers_s is not None:
        axes.axvline(drawn.headers_s, color=GREY, linewidth=1.2, linestyle=(0, (2, 2)), zorder=4)
        axes.annotate(f"TTFB {duration(drawn.headers_s)}", (drawn.headers_s, -0.55), (-6, 8),
                      ha="right", **above, **plotting.words(15))  # fmt: skip
    if drawn.ttft_s is not None:
        axes.axvline(drawn.ttft_s, color=GREY, linewidth=1.6, zorder=4)
        far = drawn.ttft_s - (drawn.headers_s or 0.0) > 0.24 * drawn.scale_s
        side = -1 if far and drawn.ttft_s > 0.86 * drawn.scale_s else 1
        axes.annotate(f"TTFT {duration(drawn.ttft_s)}", (drawn.ttft_s, -0.55), (6 * side, 8),
                      ha="left" if side == 1 else "right", weight="bold",
                      **above, **plotting.words(15))  # fmt: skip


def _edges(values: list[float], *, uneven: bool) -> list[float]:
    """The edges of a histogram's 30 bins: equal steps, or equal ratios when uneven."""
    count, top = 30, max(values) or 1.0
    if not uneven:
        return [top * n / count for n in range(count + 1)]
    bottom = min(values) / 1.2
    return [bottom * (top * 1.0001 / bottom) ** (n / count) for n in range(count + 1)]
