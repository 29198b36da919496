"""Plots that stay: made without matplotlib's global state, readable on any page, said in words."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from helpers.show import plotting
from helpers.show.timeline.plots import gaps_plot, gaps_png, gaps_say, timeline_plot, timeline_png
from helpers.tests.support.recordings import read
from helpers.tests.support.streams import at_once, event, streamed


def picture(png: bytes) -> Image.Image:
    """Return a PNG's pixels with their transparency."""
    return Image.open(io.BytesIO(png)).convert("RGBA")


@pytest.mark.parametrize("draw", [timeline_png, gaps_png])
@pytest.mark.parametrize("reads", [
    streamed(), streamed(stall_s=1.5), at_once(streamed()), streamed()[:20], [], [(0.5, b"{}")],
    [(0.4, event({"content": "x"})), (0.5, event({"content": "y"}))],
])  # fmt: skip
def test_any_reading_gives_a_picture(draw, reads):
    """Each has 2 pixels of the file for one of the 1100 on the screen, and no background."""
    image = picture(draw(read(list(reads))))
    assert 2200 == image.width
    assert (0, 0) == tuple(image.getpixel((x, 0))[3] for x in (0, 2199))


def test_a_stall_is_hatched_in_its_colour():
    """Orange is there when there is a stall, and only then."""

    def orange(reading):
        colours = picture(timeline_png(reading)).getcolors(1 << 20)
        return sum(count for count, colour in colours if colour == (0xD9, 0x66, 0x0F, 0xFF))

    assert 0 == orange(read(streamed()))
    assert orange(read(streamed(stall_s=1.5))) > 100


def test_the_figures_stand_beside_the_picture():
    """How many gaps, percentiles, the longest; p99 only from a hundred on."""
    assert gaps_say(read(streamed())) == (
        "39 gaps · p50 30 ms · p90 30 ms · p95 30 ms · longest 30 ms"
    )
    assert "p99 30 ms" in gaps_say(read(streamed(101)))
    assert "1 stalled: 1.53 s" in gaps_say(read(streamed(stall_s=1.5)))
    assert "39 are 0: chunks of one read" in gaps_say(read(at_once(streamed())))
    assert "fewer than two chunks" in gaps_say(read([]))


def test_a_plot_says_its_words_above_its_picture(displayed):
    """Two outputs: the figures as text, the PNG with its width and its sentence."""
    gaps_plot(read(streamed()))._ipython_display_()
    words, png = displayed.outputs
    assert words["data"]["text/plain"].startswith("39 gaps · p50 30 ms")
    alt = "Gaps between chunks over time, and their histogram"
    assert {"image/png": {"width": 1100, "alt": alt}} == png["metadata"]
    assert "TTFT 400 ms" in repr(timeline_plot(read(streamed()), says="streamed"))


@pytest.mark.parametrize("ends", [(86, 490), (86, 97), (2, 150), (0.1, 5000)])
def test_a_logarithmic_axis_has_figures(ends):
    """Two at least, whatever it covers, each written as it is said."""
    axes = plotting.axes(plotting.figure(200), (60, 20, 900, 150), 200)
    axes.set_yscale("log")
    axes.set_ylim(*ends)
    plotting.plain_figures(axes)
    inside = [at for at in axes.get_yticks() if ends[0] <= at <= ends[1]]
    words = axes.yaxis.get_major_formatter().format_ticks(inside)
    assert len(inside) >= 2
    assert [f"{at:,.12g}" for at in inside] == words
