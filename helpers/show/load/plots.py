"""Plots of a load: latency over load, shares of requests, and the requests over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...checks.load.answer import plain_answer
from ...checks.load.curve import closed, knee
from ...checks.load.figures import gaps_s
from ...checks.load.loading import Run
from ...checks.load.speed import Speed
from ...wording import counted
from .. import plotting
from ..plotting import Plot
from ..theme import AMBER, BLUE, GREEN, GREY, ORANGE

_HEIGHT_PX = 320
_ROWS = 40
# Lines differ by their dashes, too: not everyone can tell the colours apart.
_LINES: tuple[tuple[str, Any], ...] = (
    (BLUE, "-"), (GREY, (0, (5, 2))), (GREEN, "-"), (AMBER, (0, (5, 2))), (ORANGE, "-"),
)  # fmt: skip
# A gap of 0 has no place on a logarithmic axis.
_SMALLEST_S = 1e-4
_LINE_PAD = 9
_ONE_LOAD = "One load draws no curve"


def curve_plot(speed: Speed) -> Plot:
    """First text and output over the load, with the knee."""
    runs = closed(speed)
    figure = plotting.figure(_HEIGHT_PX)
    if len(runs) < 2:
        few = "Fewer than two loads were answered" if len(speed.runs) > 1 else _ONE_LOAD
        return _nothing(figure, f"{few}: it takes several in at_once.")
    found = [speed.figures(run) for run in runs]
    loads = [run.shape.at_once for run in runs]
    left, middle, right = (
        plotting.axes(figure, (place, 56, 265, 206), _HEIGHT_PX) for place in (65, 430, 800)
    )
    firsts = [(one.ttft.p50 or one.e2e.p50 or 0.0) * 1000 for one in found]
    p95 = [(one.ttft.p95 or one.e2e.p95 or 0.0) * 1000 for one in found]
    total = [one.all_per_s for one in found]
    left.fill_between(loads, firsts, p95, color=BLUE, alpha=0.2, linewidth=0)
    left.plot(loads, firsts, "o-", color=BLUE, markersize=5)
    left.plot(loads, p95, "--", color=BLUE, linewidth=1.4)
    middle.plot(loads, [total[0] / loads[0] * load for load in loads], ":", color=GREY)
    middle.plot(loads, total, "s-", color=GREEN, markersize=5)
    middle.set_ylim(0, max(total) * 1.25 or 1)
    first = "first text" if any(one.ttft.n for one in found) else "answer"
    _name(left, f"{first}, ms: p50, dashed p95", "requests at once", above=1)
    rate = f"{found[0].unit} a second, all together"
    _name(middle, rate, "at once (dotted: if it scaled)", above=1)
    for axes in (left, middle):
        _over_loads(axes, loads)
        _mark_knee(axes, speed)
    _trade(right, loads, total, p95)
    _name(right, f"{first} p95, ms, for the output", rate, above=1)
    for axes in (left, right):
        axes.set_yscale("log")
        plotting.plain_figures(axes)
    return Plot(plotting.png(figure), f"Latency and output over the load. {plain_answer(speed)}")


def _trade(axes: Any, loads: Sequence[int], total: Sequence[float], p95: Sequence[float]) -> None:
    """Draw what more output costs in waiting time, with each load's number beside its mark."""
    axes.plot(total, p95, "-", color=GREY, linewidth=1)
    axes.plot(total, p95, "o", color=BLUE, markersize=5)
    for load, at, high in zip(loads, total, p95, strict=True):
        axes.annotate(str(load), (at, high), (14, 10), textcoords="offset pixels",
                      **plotting.words(13))  # fmt: skip
    axes.set_xlim(0, max(total) * 1.15 or 1)
    axes.grid(visible=True, color=GREY, alpha=0.25)


def shares_plot(speed: Speed) -> Plot:
    """The share of requests whose first text, and of chunks whose gap, was no longer."""
    runs = closed(speed) or speed.runs
    figure = plotting.figure(_HEIGHT_PX)
    if not runs:
        return _nothing(figure, "No load was measured.")
    chosen = _few(runs)
    left = plotting.axes(figure, (70, 56, 400, 220), _HEIGHT_PX)
    right = plotting.axes(figure, (650, 56, 400, 220), _HEIGHT_PX)
    for run, (colour, dashes) in zip(chosen, _LINES, strict=False):
        whole = [one for one in run.samples if not one.failure]
        firsts = [one.timing.ttft_s for one in whole if one.timing.ttft_s is not None]
        how = {"color": colour, "linestyle": dashes, "linewidth": 1.6}
        _share(left, firsts, label=str(run.shape), **how)
        _share(right, gaps_s(whole), **how)
    _name(left, "first text: share of requests", "ms")
    _name(right, "gaps: share of chunks", "ms")
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_ylim(0, 1.02)
        axes.set_yticks([0, 0.5, 0.95], ["0", "p50", "p95"])
        axes.grid(visible=True, color=GREY, alpha=0.25)
        plotting.plain_figures(axes, across=True)
    # Placed beside the plot: anywhere inside, some load's line would run through it.
    if left.lines:
        left.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), handlelength=1.6,
                    labelcolor=GREY, fontsize=10)  # fmt: skip
    return Plot(plotting.png(figure), "The share of requests and chunks over their times, by load")


def requests_plot(speed: Speed) -> Plot:
    """The requests of the highest load over time: waiting grey, answering green."""
    runs = closed(speed) or speed.runs
    figure = plotting.figure(_HEIGHT_PX)
    if not runs:
        return _nothing(figure, "No load was measured.")
    run = runs[-1]
    shown = sorted(run.samples, key=lambda one: one.sent_s)[:_ROWS]
    axes = plotting.axes(figure, (70, 56, 980, 220), _HEIGHT_PX)
    for place, one in enumerate(shown):
        timing = one.timing
        last_s = timing.last_output_s or timing.end_s or 0.0
        first_s = min(timing.ttft_s if timing.ttft_s is not None else last_s, last_s)
        axes.barh(place, first_s, left=one.sent_s, color=GREY, alpha=0.5, height=0.7)
        axes.barh(place, last_s - first_s, left=one.sent_s + first_s, color=GREEN, height=0.7)
        if one.failure:
            # After the bar: on top of it, nobody could read the text.
            axes.annotate(
                f"✕ {one.failure}", (one.sent_s + last_s, place), (8, 0), va="center",
                textcoords="offset pixels", **(plotting.words(13) | {"color": ORANGE}),
            )  # fmt: skip
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_yticks([0, len(shown) - 1] if len(shown) > 1 else [0])
    axes.set_yticklabels(["1", str(len(shown))][: len(axes.get_yticks())])
    axes.set_ylabel("request", **plotting.words(14))
    cut = f"The first {len(shown)} of " if len(shown) < len(run.samples) else ""
    asked = f"{cut}{counted(len(run.samples), 'request')}, {run.shape}"
    title = f"{asked}: grey until the first text, then green"
    _name(axes, title, "s since the load began")
    return Plot(plotting.png(figure), title)


def _name(axes: Any, title: str, below: str, *, above: int = 0) -> None:
    """Write what the axes show.

    above:  lines of words between the title and the axes
    """
    pad = 10 + above * _LINE_PAD
    axes.set_title(title, loc="left", pad=pad, weight="bold", **plotting.words(15))
    axes.set_xlabel(below, **plotting.words(14))
    axes.spines["left"].set_visible(True)


def _over_loads(axes: Any, loads: Sequence[int]) -> None:
    """Write each load below the axis, unless it would overlap the previous one."""
    from_last, ticks = 0.0, []
    for load in loads:
        if load >= 1.35 * from_last:
            ticks.append(load)
            from_last = load
    axes.set_xscale("log")
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.grid(visible=True, color=GREY, alpha=0.25)


def _mark_knee(axes: Any, speed: Speed) -> None:
    found = knee(speed)
    if found is None:
        return
    at = found.shape.at_once
    axes.axvline(at, color=ORANGE, linewidth=1.4, linestyle=(0, (4, 3)))
    # No halo works on a transparent background: inside the axes some line would cross the words.
    axes.annotate(
        f"knee at {at}", (at, 1.02), xycoords=("data", "axes fraction"), va="bottom",
        # At the first load, half of the text would cover the axis's own figures.
        ha="center" if at > axes.get_xticks()[0] else "left", weight="bold", **plotting.words(14),
    )  # fmt: skip


def _share(axes: Any, values_s: Sequence[float], **how: Any) -> None:
    # Rounded to the microsecond: smaller differences are invisible on an axis.
    ordered = sorted(round(max(value, _SMALLEST_S) * 1000, 3) for value in values_s)
    if ordered:
        steps = [(place + 1) / len(ordered) for place in range(len(ordered))]
        axes.step(ordered, steps, where="post", **how)


def _few(runs: Sequence[Run]) -> list[Run]:
    """No more loads than there are distinguishable lines, always with the first and the last."""
    most = len(_LINES)
    if len(runs) <= most:
        return [*runs]
    return [runs[round(place * (len(runs) - 1) / (most - 1))] for place in range(most)]


def _nothing(figure: Any, says: str) -> Plot:
    figure.text(0.5, 0.5, says, ha="center", **plotting.words(15))
    return Plot(plotting.png(figure), says)
