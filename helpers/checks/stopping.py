"""Does Stop stop the server? A stream is closed early; the next request tells who is still busy."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ..client.chat import ask, begin, complete
from ..client.exchange import Exchange
from ..endpoint import Endpoint
from ..finding import Finding

CLOSE_AFTER = 5
SHORT = "Say hello."
SHORT_TOKENS = 8
# Slower than three idle starts and half a second more is no noise.
FACTOR, MARGIN_S = 3.0, 0.5


@dataclass(frozen=True)
class StopReport:
    """First text of a short request, from an idle server and right after a stream was closed.

    idle_s, after_s:  seconds to the first text; None when none came
    chunks:           of the stream that was closed
    over:             whether it had all come before it could be closed
    """

    idle_s: float | None
    after_s: float | None
    chunks: int
    over: bool = False

    @property
    def finding(self) -> Finding:
        """Return what it shows: a remark at most, since a busy server has other reasons too."""
        if why := self._why_unclear():
            says = "Whether Stop stops the server could not be told."
            return Finding("stop-unclear", "unclear", says, *why)
        evidence = (
            f"first text after {self.idle_s * 1000:,.0f} ms from an idle server, "
            f"{self.after_s * 1000:,.0f} ms right after a stream was closed"
        )
        if self.after_s > FACTOR * self.idle_s + MARGIN_S:
            return Finding(
                "stop-ignored", "remark", "The server seems to go on writing after Stop.", evidence,
                "Look whether it, or a proxy before it, notices that a client has gone.",
            )  # fmt: skip
        return Finding(
            "stop-works", "pass", "After Stop the server is free, or works on several at once.",
            evidence,
        )  # fmt: skip

    def _why_unclear(self) -> tuple[str, str] | None:
        """Return evidence and what to do where a judgement has no ground."""
        if self.idle_s is None or self.after_s is None:
            return "the short prompt got no text to time", "Ask once more, or another model."
        if self.chunks < CLOSE_AFTER:
            evidence = f"only {self.chunks} chunks came, {CLOSE_AFTER} are needed"
            return evidence, "Ask for a longer answer."
        if self.over:
            evidence = f"all {self.chunks} chunks came before the stream could be closed"
            return evidence, "Ask for a longer answer, where the stream is not held back."
        return None

    def __repr__(self) -> str:
        return f"{self.finding.says} ({self.finding.evidence})"


async def does_stop_stop(first: Exchange) -> StopReport:
    """Return how quick a short request is before and right after a stream was closed.

    first:  tells the endpoint and the prompt; what never reached its server is not asked again
    """
    if first.recording.status is None:
        return StopReport(None, None, 0)
    endpoint = first.endpoint
    await ask(endpoint, SHORT, max_tokens=SHORT_TOKENS)
    idle = await ask(endpoint, SHORT, max_tokens=SHORT_TOKENS)
    closed = await _closed_early(endpoint, first.prompt)
    after = await ask(endpoint, SHORT, max_tokens=SHORT_TOKENS)
    return StopReport(
        idle.timing.ttft_s,
        after.timing.ttft_s,
        len(closed.timing.chunk_s),
        over=closed.reading.done or bool(closed.answer.finish_reason),
    )


async def _closed_early(endpoint: Endpoint, prompt: str) -> Exchange:
    exchange = begin(endpoint, prompt)
    enough = asyncio.Event()

    def watch(_: Exchange, __: object) -> None:
        if len(exchange.timing.chunk_s) >= CLOSE_AFTER:
            enough.set()

    running = asyncio.ensure_future(complete(exchange, watch=watch))
    waiting = asyncio.ensure_future(enough.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    for task in (running, waiting):
        task.cancel()
    await asyncio.gather(running, waiting, return_exceptions=True)
    return exchange
