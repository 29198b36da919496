"""A short run of the bench, with real processes and a real kernel, measures everything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from helpers.run import cli

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bench")]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a short run leaves in its file."""
    path = tmp_path_factory.mktemp("bench") / "figures.json"
    assert cli.main(["bench", "--quick", "--json", str(path)]) == 0
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_short_run_measures_everything(kept: dict[str, Any]):
    """Real processes and a real kernel; every figure is there, and none of them is zero."""
    assert {"schema", "quick", "machine", "ratios", "goals", "display", "reading"} <= kept.keys()
    assert {"judging", "drawing", "engine", "hops"} <= kept.keys()
    may_be_none = ("lost", "load.0", "load.1")
    figures = {path: value for path, value in _numbers(kept) if not path.endswith(may_be_none)}
    assert [path for path, value in figures.items() if value <= 0] == []
    assert figures.keys() >= {"ratios.reading_to_bare", "engine.rss", "reading.burst_rss"}


def test_no_text_is_lost_on_its_way_to_the_cell(kept: dict[str, Any]):
    """Both ways show the whole answer, and every chunk has its delay."""
    answers = kept["display"]["live"] + kept["display"]["printed"]
    assert [one["lost"] for one in answers] == [0] * len(answers)
    assert [one["delay_s"]["n"] for one in answers] == [one["tokens"] for one in answers]


def test_nothing_is_missing_from_what_was_timed(kept: dict[str, Any]):
    """Every chunk on its way through the proxy, and every read of the replay, is counted."""
    for found in kept["hops"]:
        expected = found["load"]["streams"] * found["load"]["chunks"]
        assert [expected] * 2 == [found[way]["n"] for way in ("direct_s", "proxied_s")]
    assert [one["error_s"]["n"] >= 50 for one in kept["engine"]["replayed"]] == [True]
    assert [50, 500] == [one["chunks"] for one in kept["judging"]]
    assert 50 == kept["batch"]["prompts"]


def _numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Yield every number below a value with its path."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _numbers(inner, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _numbers(inner, f"{path}.{place}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value
