"""Is it the server or the way? The same request on other ways, and what the difference says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..client.chat import repeat
from ..client.exchange import Exchange
from ..diagnose.stream import StreamReport, judge_stream
from ..endpoint import resolve
from ..server.builtin import opened

HELD_BACK = ("buffered", "one delta", "not SSE")


@dataclass(frozen=True)
class Way:
    """One way the same prompt was asked, and what came.

    report:  None for an answer in one piece
    """

    name: str
    exchange: Exchange
    report: StreamReport | None = None

    @property
    def word(self) -> str:
        """Return the stream's word, or how the full answer came."""
        if self.exchange.trouble:
            return self.exchange.trouble.name
        return self.report.word if self.report else "one answer"


async def other_ways(
    first: Exchange, *, second_base_url: str = "", second_api_key_env: str = ""
) -> list[Way]:
    """Return the first exchange's prompt asked in full, without compression, and elsewhere.

    second_base_url:     the same server reached otherwise: directly, or through its proxy
    second_api_key_env:  the key meant for that address; the first one's is not sent there
    returns:             [] when the first exchange never reached its server
    raises:              AddressError for a second address that is none
    """
    if first.recording.status is None:
        return []
    full = await repeat(first, stream=False)
    plain = await repeat(first, headers={"Accept-Encoding": "identity"})
    ways = [Way("in one piece", full), streamed_way("without compression", plain)]
    if second_base_url:
        timeout_s = first.endpoint.limits.whole_s
        second = resolve(second_base_url, api_key_env=second_api_key_env, timeout_s=timeout_s)
        again = await repeat(first, endpoint=await opened(second))
        ways.append(streamed_way(f"at {second.name}", again))
    return ways


def streamed_way(name: str, exchange: Exchange) -> Way:
    """Return a streamed exchange with its word."""
    return Way(name, exchange, judge_stream(exchange.recording))


def where_it_lies(first: StreamReport, ways: Sequence[Way]) -> str:
    """Return one sentence on what holds a stream back, "" when nothing does."""
    if first.word not in HELD_BACK:
        bad = [way.name for way in ways if way.report and way.report.word in HELD_BACK]
        if first.word != "streamed" or not bad:
            return ""
        return f"As asked first it streams; {bad[-1]} it is held back, so look at what differs."
    good = [way.name for way in ways if way.report and way.report.word not in HELD_BACK]
    if "without compression" in good:
        return "Compression holds it back: switch it off for text/event-stream."
    if good:
        return f"The way holds it back, not the server: {good[0]} it streams."
    if not any(way.name.startswith("at ") for way in ways):
        return (
            "No other way streamed either. Set second_base_url to the server's own address, "
            "without what stands before it: that tells the server from the way."
        )
    return "No other way streamed either: the server itself, or all of the ways, hold it back."
