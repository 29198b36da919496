"""First text and prompt by turn: whether a conversation becomes slower as it grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...checks.chat.turns import Turn, prompt_tokens
from ...wording import ms
from .. import plotting
from ..plotting import Plot
from ..theme import BLUE, GREEN, GREY

_HEIGHT_PX = 240


def turns_plot(turns: Sequence[Turn]) -> Plot:
    """First text by turn, and beside it the prompt and how much of it was cached."""
    asked = [(n, turn.rounds[0].exchange) for n, turn in enumerate(turns, 1)
             if turn.holds and turn.rounds]  # fmt: skip
    firsts = [(n, one.ttft_s * 1e3) for n, one in asked if one.streamed and one.ttft_s is not None]
    prompts = [(n, count) for n, one in asked if (count := prompt_tokens(one)) is not None]
    cached = [
        (n, count)
        for n, one in asked
        if one.usage and (count := one.usage.cached_tokens) is not None
    ]
    figure = plotting.figure(_HEIGHT_PX)
    first = plotting.axes(figure, (90, 46, 430, 178), _HEIGHT_PX)
    tokens = plotting.axes(figure, (640, 46, 430, 178), _HEIGHT_PX)
    _line(first, firsts, GREEN, "-")
    _line(tokens, prompts, GREY, "-")
    _line(tokens, cached, BLUE, "--")
    for axes, words in ((first, "first text in ms"), (tokens, "tokens of the prompt")):
        _label(axes, words, len(turns))
    if cached:
        _name(tokens, "- - of them cached", BLUE)
    return Plot(
        plotting.png(figure), _says(firsts, prompts, cached), _says(firsts, prompts, cached)
    )


def _line(axes: Any, points: Sequence[tuple[int, float]], colour: str, style: str) -> None:
    if points:
        xs, ys = zip(*points, strict=True)
        axes.plot(xs, ys, marker="o", color=colour, linestyle=style, markersize=5, linewidth=1.6)


def _name(axes: Any, words: str, colour: str) -> None:
    """Label the dashed line where no line runs: the prompt only grows."""
    axes.annotate(words, (0.98, 0.08), xycoords="axes fraction", ha="right",
                  **{**plotting.words(14), "color": colour})  # fmt: skip


def _label(axes: Any, words: str, turns: int) -> None:
    axes.set_xlim(0.5, max(turns, 2) + 0.5)
    # Leave room for the topmost mark below the upper edge.
    axes.set_ylim(0, axes.get_ylim()[1] * 1.08)
    axes.spines["left"].set_visible(True)
    axes.set_ylabel(words, **plotting.words(14))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.annotate("turn", (1, 0), (0, -78), xycoords="axes fraction", annotation_clip=False,
                  textcoords="offset pixels", ha="right", **plotting.words(14))  # fmt: skip


def _says(
    firsts: Sequence[tuple[int, float]],
    prompts: Sequence[tuple[int, float]],
    cached: Sequence[tuple[int, float]],
) -> str:
    if not firsts:
        return "no streamed answer, so no first text by turn"
    times = f"first text {ms(firsts[0][1] / 1e3)} in the first turn, {ms(firsts[-1][1] / 1e3)} "
    parts = [f"{times}in the last"]
    if prompts:
        parts.append(f"the prompt {prompts[0][1]:,} and {prompts[-1][1]:,} tokens")
    parts.append(f"{cached[-1][1]:,} of them cached" if cached else "cached tokens not reported")
    return " · ".join(parts)
