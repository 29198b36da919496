"""Exchanges in rows: what each cost, when its parts came, what other readers made of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ..checks.routes import AS_ASKED, Route, where_it_lies
from ..checks.stopping import StopReport
from ..client.exchange import Exchange
from ..diagnose.clients.plain import ClientReading
from ..diagnose.drift import Change
from ..diagnose.words import word_of
from ..escaping import for_terminal
from ..finding import Finding
from ..signatures import checked
from ..wire.reading import Reading
from ..wire.recording import Recording
from ..wording import counted, ms, number, rate
from .output import Output
from .stream.live import Live
from .table import Cells, Table
from .timeline.live import LiveTimeline, headline


@checked
def costs(*exchanges: Exchange | None) -> Table:
    """What each exchange cost; None, for one that was not asked, is skipped."""
    heads = (
        "answer", "first text", "last text", "chunks", "tokens in", "tokens out", "rate", "ended",
    )  # fmt: skip
    return Table(heads, tuple(_row(one) for one in exchanges if one is not None))


def moments(reading: Reading) -> Table:
    """When each part of an answer came, in milliseconds since it was sent.

    Another tool's recording may only know when the body ended: anything before that is "–".
    """
    timing, timed = reading.timing, reading.recording.timed
    rows = (
        ("the client's own time before sending", abs(timing.call_s)),
        ("headers (TTFB)", timing.headers_s),
        ("first byte of the body", timing.first_byte_s if timed else None),
        ("first event", timing.first_event_s if timed else None),
        ("first text, reasoning or tool call (TTFT)", timing.ttft_s if timed else None),
        ("first text that is not reasoning (TTFO)", timing.ttfo_s if timed else None),
        ("last text", timing.last_output_s if timed else None),
        ("end of the connection", timing.end_s),
        ("closing, from the last text to the end", timing.closing_s if timed else None),
    )
    return Table(("moment", "time"), tuple((name, ms(at_s)) for name, at_s in rows))


def routes_table(first: Exchange, routes: Sequence[Route]) -> Table:
    """The verdict and the times for each route, and below them what the difference means."""
    rows = [_route(Route(AS_ASKED, first)), *map(_route, routes)]
    lies = where_it_lies(first, routes)
    heads = ("route", "what came", "first text", "median gap", "chunks in reads", "")
    return Table(heads, tuple(rows), note=f"{lies.says} {lies.do}".strip() if lies else "")


def _route(route: Route) -> Cells:
    exchange = route.exchange
    first_s = exchange.timing.ttft_s if exchange.streamed else exchange.timing.last_output_s
    reads = f"{len(exchange.timing.chunk_s)} in {len(exchange.reading.arrivals)}"
    failure = exchange.failure.says if exchange.failure else ""
    return (
        route.name, route.word, ms(first_s), ms(route.median_gap_s),
        reads if exchange.streamed else "–", failure,
    )  # fmt: skip


def stop_table(stopping: StopReport) -> Table:
    """The waits from an idle server and right after Stop, and what they mean."""
    found = stopping.finding
    rows = (
        ("from an idle server", ms(stopping.idle_s)),
        (
            f"right after a stream was closed, {counted(stopping.chunks, 'chunk')} in",
            ms(stopping.after_s),
        ),
    )
    note = found.says if found.level != "unclear" else f"{found.says} {found.do}"
    return Table(("first text of a short answer", "wait"), rows, note=note)


@checked
def readers_table(reading: Reading, word: str, *seen: ClientReading) -> Table:
    """What this kit and plain clients saw in the same bytes."""
    length = counted(len(reading.answer.text), "character")
    ours = ("this kit", str(len(reading.timing.chunk_s)), length, word)
    theirs = [
        (
            f"{one.client} {one.version}", str(one.chunks), counted(len(one.text), "character"),
            one.error or (f"returned a {one.kind}" if one.kind else "raised nothing"),
        )
        if one.speaks
        else (f"{one.client} {one.version}", "–", "–", "does not speak this API")
        for one in seen
    ]  # fmt: skip
    return Table(("reader", "chunks", "text", "result"), (ours, *theirs))


def played_back(reading: Reading, findings: Sequence[Finding]) -> None:
    """Show a reading as it appeared live: the verdict, the timeline, the text.

    Without the times of its parts, there is no timeline.
    """
    timeline, live = LiveTimeline(), Live()
    if reading.recording.timed:
        timeline.show(reading, reading.timing.end_s or 0.0)
        timeline.close(findings)
    else:
        word, says = word_of(findings, streamed=reading.streamed), str(findings[0])
        words = for_terminal(f"{word} · {says}")
        head = headline(word, says, findings[0].level)
        Output({"text/html": head, "text/plain": words}, kind="timeline")
    live.write(reading.answer.text, reading.answer.reasoning)
    live.close()


def exchanges_table(recordings: Sequence[Recording]) -> Table:
    """The contents of a file of recordings, in order."""
    heads = ("number", "sent", "status", "reads", "bytes", "recorded (UTC)")
    rows = [
        (
            str(number), f"{one.method} {one.url}", str(one.status or "no answer"),
            str(len(one.reads)), f"{sum(len(data) for _, data in one.reads):,}",
            _utc(one.started_at),
        )
        for number, one in enumerate(recordings)
    ]  # fmt: skip
    return Table(heads, tuple(rows))


def _utc(started_at: str) -> str:
    """A time in readable form; anything else in the file is shown as it is."""
    try:
        at = datetime.fromisoformat(started_at).astimezone(UTC)
    except (ValueError, OverflowError):
        return started_at
    return f"{at:%Y-%m-%d %H:%M:%S}"


def changes_table(changes: Sequence[Change]) -> Table:
    """What changed between two recordings; if nothing did, one sentence says so."""
    rows = [(change.what, change.before, change.after) for change in changes]
    note = "" if rows else "Nothing changed."
    return Table(("what", "before", "after"), tuple(rows), note=note)


def _row(exchange: Exchange) -> Cells:
    timing, usage = exchange.timing, exchange.answer.usage
    failure = exchange.failure.says if exchange.failure else ""
    ended = "by you" if exchange.stopped else failure or exchange.answer.finish_reason
    return (
        "streamed" if exchange.streamed else "full",
        ms(timing.ttft_s if exchange.streamed else timing.last_output_s),
        ms(timing.last_output_s),
        number(len(timing.chunk_s)) if exchange.streamed and timing.headers_s else "–",
        number(usage.prompt_tokens if usage else None),
        number(usage.completion_tokens if usage else None),
        rate(exchange.tokens_per_s),
        ended or "–",
    )
