"""How fast it is, as it is shown: the page, the plots and the progress, from made-up loads."""

from __future__ import annotations

import pytest

from helpers.checks.load.speed import Speed
from helpers.show.load.live import _bar
from helpers.show.load.page import _exact, in_ms, page, plain
from helpers.show.load.plots import curve_plot, requests_plot, shares_plot
from helpers.show.load.view import SpeedView
from helpers.tests.support.loads import queued, run, sample, speed

PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def measured() -> Speed:
    """A server that writes two answers at a time, asked by up to eight."""
    return speed(*(run(count, queued(count, 2, rounds=5)) for count in (1, 2, 4, 8)))


def test_the_page_begins_with_the_answer(measured: Speed) -> None:
    """Then the figures, a row for each load, and the knee by its name."""
    shown = page(measured)
    assert (
        shown.index("First text after") < shown.index("first text, ms") < shown.index("8 at once")
    )
    assert 1 == shown.count("knee")
    assert "2 at once" in plain(measured)


def test_what_a_server_calls_itself_is_inert() -> None:
    """A model's name is shown as it came, and nothing in it runs."""
    hostile = speed(run(1, [sample()]))
    hostile.endpoint = hostile.endpoint.with_model("<img src=x onerror=alert(1)>")
    assert "<img" not in page(hostile)
    failed = speed(run(1, [sample(failure="<b>server-error")]))
    assert "<b>server" not in page(failed)


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
def test_every_plot_is_a_picture_and_words(measured: Speed) -> None:
    """Also of a single load, of none, and of loads that were never answered, without a warning."""
    failed = [sample(failure="reset"), sample(1, failure="reset")]
    cases = (measured, speed(run(1, [sample(), failed[1]])), speed(run(1, failed)), speed())
    for plot in (curve_plot, shares_plot, requests_plot):
        for one in cases:
            drawn = plot(one)
            assert (PNG, True) == (drawn.png[:4], bool(drawn.text))


def test_the_cells_value_has_everything_behind_it(measured: Speed) -> None:
    """Tables for each question, and the requests as records."""
    view = SpeedView(measured)
    assert 75 == len(view.requests.records)
    assert "headers (TTFB)" in repr(view.moments)
    assert "reports no times of its own" in repr(view.server)
    assert view.yes.startswith("First text after")
    assert [] == view.exchanges


def test_the_bar_says_how_far_it_is() -> None:
    """In percent of its width; what is said in it is inert."""
    assert "width: 25.0%" in _bar("<b>", 0.25)
    assert "<b>" not in _bar("<b>", 0.25)


@pytest.mark.parametrize(("value_s", "said"), [(None, "–"), (0.0123, "12.3"), (1.5, "1,500")])
def test_a_short_time_has_a_decimal(value_s: float | None, said: str) -> None:
    """A long one has none."""
    assert said == in_ms(value_s)


def test_the_kits_own_error_is_told_without_powers_of_ten() -> None:
    """Nor is there a minus before what rounds to nothing."""
    told = [_exact(value) for value in (None, -2.23e-8, -0.0000129, 0.00232, 0.01234)]
    assert ["–", "0.000", "-0.013", "2.32", "12.3"] == told
