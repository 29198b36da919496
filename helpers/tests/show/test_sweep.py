"""A sweep as a cell shows it: table, columns and plot, in which nothing of a model is alive."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import helpers as es
from helpers.show.sweep.columns import Column, plain, rail, side_by_side
from helpers.show.sweep.plots import sweep_plot
from helpers.tests.support.asked import exchange_of
from helpers.tests.support.judged import events, paced

HOSTILE = "<img src=x onerror=alert(1)> $\\frac{1}$ \x1b[31m"


def test_a_sweep_is_a_line_and_a_table(displayed: Any) -> None:
    """Progress and controls, then answers and table; as the cell's value it stands there once."""
    s = asyncio.run(es.sweep("hi", "demo:fast", temperature=[0, 1], max_tokens=3))
    assert "Sweep: 2 of 2 answered." == repr(s)
    assert {"text/plain"} == set(s._repr_mimebundle_())
    shown = displayed.outputs[-1]["data"]
    assert "temperature  word" in shown["text/plain"]
    assert ("temperature", "word") == s.table.heads[:2]
    assert "temperature 1" in repr(s.side_by_side("temperature"))
    with pytest.raises(ValueError, match="what varies"):
        s.plot("temp")
    assert s.plot().png.startswith(b"\x89PNG")


def test_no_word_of_a_model_is_markup() -> None:
    """Not in a column, not in its title, and a dollar is no formula on an axis."""
    exchange = exchange_of(paced(events([HOSTILE, "a", "b"])))
    columns = [Column(HOSTILE, exchange), Column("b", note=HOSTILE)]
    html = side_by_side(columns)
    assert "<img" not in html
    assert "\x1b" not in html + plain(columns)
    rows = [{"model": HOSTILE, "ttft_s": 0.1, "tokens_per_s": 3.0}]
    assert sweep_plot(rows, {"model": [HOSTILE]}, "model").png.startswith(b"\x89PNG")


def test_ticks_merge_where_they_would_touch() -> None:
    """A flood of chunks draws no more than there are places for."""
    exchange = exchange_of(paced(events(["oak "] * 3000)))
    assert 481 >= rail(exchange, exchange.recording.end_s or 1.0).count("v12")
