"""What it took and what it will take, from figures alone."""

from __future__ import annotations

from itertools import pairwise

import pytest

from helpers.checks.batch.row import Row
from helpers.checks.batch.tally import Prices, forecast, histogram


def rows(*tokens: int | None) -> list[Row]:
    """Return answers of so many tokens."""
    return [Row(str(n), prompt_tokens=one, completion_tokens=one) for n, one in enumerate(tokens)]


def test_a_sample_says_what_all_will_cost_and_how_sure_that_is() -> None:
    """The mean times the number, with a 95% interval that a whole sample doesn't have."""
    found = forecast(rows(100, 120, 80, 100), 1000, Prices(1.0, 2.0))
    assert found.tokens_in is not None
    assert found.cost is not None
    assert (100_000, 0.3) == (found.tokens_in.middle, pytest.approx(found.cost.middle))
    assert 15_000 < found.tokens_in.off < 17_000
    whole = forecast(rows(100, 120), 2, Prices())
    assert whole.tokens_in is not None
    assert (220, 0.0, None) == (whole.tokens_in.middle, whole.tokens_in.off, whole.cost)


def test_a_server_that_counts_nothing_gives_no_forecast() -> None:
    """Absent is not zero."""
    found = forecast(rows(None, None), 1000, Prices(1.0, 2.0))
    assert (None, None) == (found.tokens_in, found.cost)


def test_bins_are_round_and_hold_every_value() -> None:
    """From the smallest to the largest, empty ones between them kept."""
    assert [] == histogram([])
    assert [(7, 1)] == histogram([7])
    assert [(5, 3)] == histogram([5.0, 5.0, 5.0])
    bins = histogram([*range(100), 250])
    assert (101, 0, 250) == (sum(count for _, count in bins), bins[0][0], bins[-1][0])
    assert {50} == {later - before for (before, _), (later, _) in pairwise(bins)}
