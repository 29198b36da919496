"""Does Stop stop the server? A stream is closed early; the next request shows if it is busy."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from ..client.chat import ask, begin, complete
from ..client.exchange import Exchange
from ..endpoint import Endpoint
from ..finding import Finding
from ..wire.request import Request
from ..wording import counted, ms

CLOSE_AFTER = 5
SHORT = "Say hello."
SHORT_TOKENS = 8
# A first text later than three times the idle start plus half a second is not noise.
FACTOR, MARGIN_S = 3.0, 0.5


@dataclass(frozen=True)
class StopReport:
    """Time to first text of a short request, from an idle server and right after closing a stream.

    idle_s, after_s:  seconds to the first text; None if none came
    chunks:           of the stream that was closed
    left_s:           how much longer that stream would have run, judged by the first one's length
    over:             whether the stream ended before it could be closed
    """

    idle_s: float | None
    after_s: float | None
    chunks: int
    left_s: float = float("inf")
    over: bool = False

    @property
    def finding(self) -> Finding:
        """The verdict: a remark at most, since a server may be busy for other reasons."""
        if why := self._why_unclear():
            says = "Whether Stop stops the server is unclear."
            return Finding("stop-unclear", "unclear", says, *why, about="stop")
        idle_s, after_s = self.idle_s or 0.0, self.after_s or 0.0
        evidence = (
            f"first text after {ms(idle_s)} from an idle server, "
            f"{ms(after_s)} right after a stream was closed"
        )
        if after_s > _limit_s(idle_s):
            return Finding(
                "stop-ignored", "remark", "The server seems to go on writing after Stop.", evidence,
                "Check whether the server, or a proxy in front of it, notices that a client has "
                "gone.", about="stop",
            )  # fmt: skip
        return Finding(
            "stop-works", "pass", "After Stop the server is free, or it serves several requests "
            "at once.",
            evidence, about="stop",
        )  # fmt: skip

    def _why_unclear(self) -> tuple[str, str] | None:
        """The evidence and the advice if no judgement is possible; None if one is."""
        if self.idle_s is None or self.after_s is None:
            return "the short prompt got no text to time", "Ask again, or ask another model."
        if self.chunks < CLOSE_AFTER:
            evidence = f"only {counted(self.chunks, 'chunk')} came, {CLOSE_AFTER} are needed"
            return evidence, "Ask for a longer answer."
        if self.over:
            evidence = f"all {counted(self.chunks, 'chunk')} came before the stream could be closed"
            return evidence, "Ask for a longer answer, over a route that streams."
        if self.left_s <= _limit_s(self.idle_s):
            evidence = f"the closed stream had only about {self.left_s:.1f} s left to run"
            return evidence, "Ask for a longer answer."
        return None

    def __repr__(self) -> str:
        return f"{self.finding.says} ({self.finding.evidence})"


def _limit_s(idle_s: float) -> float:
    """The longest time to first text that still looks like an idle server."""
    return FACTOR * idle_s + MARGIN_S


async def does_stop_stop(first: Exchange) -> StopReport:
    """How quickly a short request is answered before and right after a stream was closed.

    first:  gives the endpoint, the request and the length of the whole stream; if it failed for
            good, nothing more is asked
    """
    if first.conclusive or first.failure:
        return StopReport(None, None, 0)
    # The rest of the request stays: the endpoint may need it, such as a provider's name.
    short = replace(
        first.request.without("max_tokens", max_tokens=SHORT_TOKENS),
        messages=({"role": "user", "content": SHORT},),
    )
    endpoint = first.endpoint
    await ask(endpoint, short, forgiving=True)
    idle = await ask(endpoint, short, forgiving=True)
    closed = await closed_early(endpoint, first.request)
    after = await ask(endpoint, short, forgiving=True)
    whole_s = first.timing.last_output_s or 0.0
    return StopReport(
        idle.timing.ttft_s,
        after.timing.ttft_s,
        len(closed.timing.chunk_s),
        left_s=whole_s - (closed.recording.end_s or 0.0),
        over=closed.reading.done or bool(closed.answer.finish_reason),
    )


async def closed_early(
    endpoint: Endpoint, request: Request, *, after: int = CLOSE_AFTER
) -> Exchange:
    """A stream that this side closed after some chunks, as far as it got."""
    exchange = begin(endpoint, request)
    enough = asyncio.Event()

    def watch(_: Exchange, __: object) -> None:
        if len(exchange.timing.chunk_s) >= after:
            enough.set()

    running = asyncio.ensure_future(complete(exchange, watch=watch))
    waiting = asyncio.ensure_future(enough.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    for task in (running, waiting):
        task.cancel()
    await asyncio.gather(running, waiting, return_exceptions=True)
    return exchange
