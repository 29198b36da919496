"""Does Stop stop the server? Judged only where the stream would have gone on."""

from __future__ import annotations

import asyncio

import pytest

from helpers.checks.stopping import StopReport, does_stop_stop
from helpers.client.chat import ask
from helpers.endpoint import resolve
from helpers.server.builtin import opened
from helpers.tests.support.asked import POEM, asked
from helpers.wire.request import chat


@pytest.mark.parametrize(
    ("report", "name", "level"),
    [
        (StopReport(0.1, 0.2, 5), "stop-works", "pass"),
        (StopReport(0.1, 5.0, 5), "stop-ignored", "remark"),
        (StopReport(0.1, 5.0, 1), "stop-unclear", "unclear"),
        (StopReport(None, 0.1, 5), "stop-unclear", "unclear"),
        (StopReport(0.1, None, 5), "stop-unclear", "unclear"),
        (StopReport(0.1, 0.2, 5, over=True), "stop-unclear", "unclear"),
        (StopReport(0.1, 0.2, 5, left_s=0.3), "stop-unclear", "unclear"),
        (StopReport(0.1, 0.2, 5, left_s=3.0), "stop-works", "pass"),
    ],
)
def test_a_server_that_goes_on_is_a_remark(report: StopReport, name: str, level: str) -> None:
    """Never red: a busy server has other reasons too."""
    assert (name, level, "stop") == (
        report.finding.name,
        report.finding.level,
        report.finding.about,
    )


def test_a_server_that_had_written_all_is_not_called_free() -> None:
    """What was left of the closed stream is shorter than the limit, so nothing follows."""
    found = StopReport(0.1, 0.1, 9, left_s=0.2).finding
    assert "about 0.2 s left to run" in found.evidence
    assert "Ask for a longer answer." == found.do


@pytest.mark.slow
def test_a_stream_that_is_held_back_cannot_be_stopped() -> None:
    """All of it came in one piece, so nothing was left to stop."""
    stop = asyncio.run(does_stop_stop(asked("demo:buffered")))
    assert stop.over
    assert "stop-unclear" == stop.finding.name


@pytest.mark.slow
def test_stop_stops_the_built_in_endpoint() -> None:
    """The next request is as quick as from an idle server."""

    async def run() -> StopReport:
        endpoint = await opened(resolve("demo", timeout_s=30))
        # A poem may end soon; Stop is judged only where enough of it is left.
        request = chat(POEM, max_tokens=160, ignore_eos=True)
        return await does_stop_stop(await ask(endpoint, request))

    stop = asyncio.run(run())
    assert "stop-works" == stop.finding.name
    assert stop.chunks >= 5


def test_who_was_not_reached_is_not_stopped() -> None:
    """Nothing is asked three times more."""
    assert "stop-unclear" == asyncio.run(does_stop_stop(asked("http://127.0.0.1:9"))).finding.name
