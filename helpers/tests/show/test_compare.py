"""A comparison as a cell shows it: columns, tables, differences in which nothing is alive."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

import helpers as es
from helpers.show.compare import files
from helpers.show.compare.diff import marked_words
from helpers.show.verdict import VerdictLine
from helpers.wire.har import from_har

HOSTILE = "<img src=x onerror=alert(1)> $\\frac{1}$ and an oak"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a comparison is kept."""
    monkeypatch.setattr(files, "FIGURES", tmp_path / "compare.json")
    return tmp_path


@pytest.mark.slow
def test_a_comparison_answers_in_its_line(displayed: Any, kept: Path) -> None:
    """The line, the columns, the figures; no word of a target, hostile or not, is markup."""
    line = VerdictLine("Which?")
    targets = [{"base_url": "demo:fast", "name": HOSTILE}, "demo:hostile+fast"]
    c = asyncio.run(es.compare(targets, turns=3, max_tokens=8, tools=False, line=line))
    shown = [one["data"] for one in displayed.outputs]
    assert "Which? " in shown[-1]["text/plain"]
    assert any("against the first" in one["text/plain"] for one in shown)
    views = [one._repr_mimebundle_()["text/html"] for one in (c.speed, c.wire, c.answers)]
    html = "".join([*views, *(one.get("text/html", "") for one in shown)])
    assert "<img" not in html
    assert "<script" not in html
    assert c.plot().png.startswith(b"\x89PNG")
    assert {HOSTILE, "demo:hostile+fast"} == set(c.exchanges)

    *recordings, figures = c.save()
    assert kept / "compare.json" == figures
    assert [HOSTILE, "demo:hostile+fast"] == [*json.loads(figures.read_text())["targets"]]
    labels = [one.label for one in from_har(json.loads(recordings[0].read_text()))]
    assert ["cold", "together", "1", "2", "3"] == labels
    for file in recordings:
        file.unlink()


def test_only_what_differs_is_marked() -> None:
    """Word by word, on both sides, and escaped."""
    left, right = marked_words("an <b>oak</b> stands", "an elm stands")
    assert "<b>" not in left
    assert left.startswith("an <span")
    assert left.endswith("</span> stands")
    assert ">elm</span>" in right
