"""Is it really streaming? What is green, red and a remark, and where the cause lies."""

import asyncio

import pytest

from helpers.checks.routes import Way, other_ways, streamed_way, where_it_lies
from helpers.checks.stopping import StopReport, does_stop_stop
from helpers.checks.stream import judge_streaming
from helpers.client.chat import ask
from helpers.client.exchange import Exchange
from helpers.diagnose.stream import judge_stream
from helpers.endpoint import resolve
from helpers.finding import Level
from helpers.server.builtin import opened

# Together they wait most of a minute for answers at reading speed.
pytestmark = pytest.mark.slow


def streamed(base_url: str, *, max_tokens: int | None = 48) -> Exchange:
    """Return a streamed exchange with an endpoint."""

    async def run() -> Exchange:
        endpoint = await opened(resolve(base_url, model="m", timeout_s=20))
        return await ask(endpoint, "write a poem about a tree", max_tokens=max_tokens)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("mode", "word"),
    [("buffered", "buffered"), ("one-delta", "one-delta"), ("cut", "cut"), ("html", "not-sse")],
)
def test_what_does_not_stream_is_red_by_its_word(mode: str, word: str) -> None:
    """It is a remark where no stream is required."""
    exchange = streamed(f"demo:{mode}")
    required = judge_streaming(exchange)
    free = judge_streaming(exchange, stream_required=False)
    assert (word, "fail") == (required[0].name, required[0].level)
    assert (word, "remark") == (free[0].name, free[0].level)
    assert required[0].do


@pytest.mark.parametrize("mode", ["demo", "demo:no-done", "demo:crlf", "demo:usage-in-finish"])
def test_a_stream_is_green_in_every_legal_form(mode: str) -> None:
    """A missing [DONE], other line ends, usage elsewhere: nothing of it is red."""
    findings = judge_streaming(streamed(mode))
    assert ("streamed", "pass") == (findings[0].name, findings[0].level)
    assert [] == [finding.name for finding in findings if finding.level == "fail"]


@pytest.mark.parametrize(("strict", "level"), [(False, "unclear"), (True, "fail")])
def test_what_cannot_be_told_is_red_only_when_strict(strict: bool, level: Level) -> None:
    """A short answer says nothing about streaming."""
    findings = judge_streaming(streamed("demo:fast", max_tokens=2), strict=strict)
    assert ("unclear", level) == (findings[0].name, findings[0].level)


def test_who_was_not_reached_is_red_by_the_cause() -> None:
    """Refused is not “silent”: the address is what to change."""
    findings = judge_streaming(streamed("http://127.0.0.1:9"))
    assert [("refused", "fail")] == [(finding.name, finding.level) for finding in findings]


def test_the_proxy_is_told_from_the_server() -> None:
    """Where the second address streams, the way to the first holds it back."""
    first = streamed("demo:buffered")
    ways = asyncio.run(other_ways(first, second_base_url="demo"))
    report = judge_stream(first.recording)
    assert ["in one piece", "without compression", "at the built-in endpoint"] == [
        way.name for way in ways
    ]
    assert ["one answer", "buffered", "streamed"] == [way.word for way in ways]
    assert where_it_lies(report, ways).startswith("The way holds it back")


def test_compression_is_told_from_the_rest() -> None:
    """Where the stream without compression streams, compression is the cause."""
    bad, good = streamed("demo:gzip-buffered"), streamed("demo")
    report = judge_stream(bad.recording)
    ways = [streamed_way("without compression", good)]
    assert where_it_lies(report, ways).startswith("Compression holds it back")
    assert "" == where_it_lies(judge_stream(good.recording), ways)


def test_a_second_address_that_holds_back_is_named() -> None:
    """Whoever gave the direct address first learns that the other one is the cause."""
    good, bad = streamed("demo"), streamed("demo:buffered")
    ways = [streamed_way("at the proxy", bad)]
    lies = where_it_lies(judge_stream(good.recording), ways)
    assert (
        "As asked first it streams; at the proxy it is held back, so look at what differs." == lies
    )


def test_the_next_step_is_the_second_address() -> None:
    """While no way streams and none leads elsewhere, the cause cannot be told yet."""
    bad = streamed("demo:buffered")
    ways = [streamed_way("without compression", bad)]
    assert "Set second_base_url" in where_it_lies(judge_stream(bad.recording), ways)


def test_a_stream_that_is_held_back_cannot_be_stopped() -> None:
    """All of it came in one piece, so nothing was left to stop."""
    assert asyncio.run(does_stop_stop(streamed("demo:buffered"))).over


def test_ways_to_nobody_are_not_tried() -> None:
    """Who was not reached is not asked three times more."""
    nobody = streamed("http://127.0.0.1:9")
    assert [] == asyncio.run(other_ways(nobody))
    assert "stop-unclear" == asyncio.run(does_stop_stop(nobody)).finding.name


def test_a_way_that_fails_is_named_by_its_trouble() -> None:
    """Its word is why no answer came."""
    assert "refused" == Way("at h", streamed("http://127.0.0.1:9")).word


def test_stop_stops_the_built_in_endpoint() -> None:
    """The next request is as quick as from an idle server."""
    stop = asyncio.run(does_stop_stop(streamed("demo")))
    assert "stop-works" == stop.finding.name
    assert stop.chunks >= 5


@pytest.mark.parametrize(
    ("report", "name", "level"),
    [
        (StopReport(0.1, 0.2, 5), "stop-works", "pass"),
        (StopReport(0.1, 5.0, 5), "stop-ignored", "remark"),
        (StopReport(0.1, 5.0, 1), "stop-unclear", "unclear"),
        (StopReport(None, 0.1, 5), "stop-unclear", "unclear"),
        (StopReport(0.1, 0.2, 5, over=True), "stop-unclear", "unclear"),
    ],
)
def test_a_server_that_goes_on_is_a_remark(report: StopReport, name: str, level: str) -> None:
    """Never red: a busy server has other reasons too."""
    assert (name, level) == (report.finding.name, report.finding.level)
