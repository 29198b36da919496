"""Plots that stay: PNGs with a transparent background, readable on light and on dark pages.

The only module that knows matplotlib, whose import for the first plot takes about a second.
No grey has enough contrast for text on both white and black, so anything that must be read, such as
the headline and the figures, is outside the PNG.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from ..escaping import for_html, for_terminal
from .output import Output
from .theme import GREY

WIDTH_PX = 1100

_POINT = 0.72
# The ratio of a logarithmic axis's upper end to its lower one. Below the first, all its figures
# would look the same.
_SAME, _NARROW, _WIDE = 1.01, 4, 100
_FEW_FIGURES = 4


@dataclass(frozen=True)
class Plot:
    """A picture and its description; as a cell's value, the words are above the picture.

    text:  what the picture shows, for a terminal and for anyone who cannot see it
    says:  what is shown above the picture; "" for nothing
    """

    png: bytes
    text: str
    says: str = ""

    def __repr__(self) -> str:
        return for_terminal(" · ".join(filter(None, (self.says, self.text))))

    def _ipython_display_(self) -> None:
        if self.says:
            words = f'<div style="font-size: 13px; line-height: 24px">{for_html(self.says)}</div>'
            Output({"text/html": words, "text/plain": for_terminal(self.says)})
        Output({"image/png": self.png, "text/plain": for_terminal(self.text)}, width_px=WIDTH_PX)


def words(px: int) -> dict[str, Any]:
    """The text properties for a height in screen pixels."""
    return {"color": GREY, "fontsize": px * _POINT, "family": "DejaVu Sans"}


def figure(height_px: int) -> Any:
    """An empty figure with two pixels in the file for each one on the screen."""
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH_PX / 100, height_px / 100), dpi=200, facecolor="none")


def axes(figure: Any, box_px: tuple[float, float, float, float], height_px: int) -> Any:
    """Axes in a box (left, bottom, width, height) with nothing but their lower edge."""
    left, bottom, width, height = box_px
    axes = figure.add_axes(
        (left / WIDTH_PX, bottom / height_px, width / WIDTH_PX, height / height_px)
    )
    axes.patch.set_alpha(0)
    for edge, spine in axes.spines.items():
        spine.set(visible=edge == "bottom", color=GREY)
    axes.tick_params(colors=GREY, labelsize=14 * _POINT, labelfontfamily="DejaVu Sans")
    return axes


def plain_figures(axes: Any, *, across: bool = False) -> None:
    """Write 100 rather than a power of ten on a logarithmic axis: the y axis, or the x axis.

    An axis with a small range also gets figures in between, or it would have hardly any.
    """
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

    axis = axes.xaxis if across else axes.yaxis
    if axis.get_scale() == "log":
        low, high = axis.get_view_interval()
        if _SAME * low < high < _NARROW * low:
            axis.set_major_locator(MaxNLocator(_FEW_FIGURES))
        elif _SAME * low < high < _WIDE * low:
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(StrMethodFormatter("{x:,.12g}"))
    axis.set_minor_formatter(NullFormatter())


def png(figure: Any) -> bytes:
    """A figure as the bytes of a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    file = io.BytesIO()
    canvas: Any = FigureCanvasAgg(figure)
    canvas.print_png(file, metadata={"Software": None})
    return file.getvalue()
