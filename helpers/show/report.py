"""What a notebook shows in rows: what an answer cost, and the verdict it ends with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..checks.routes import Way, where_it_lies
from ..checks.stopping import StopReport
from ..client.exchange import Exchange
from ..client.openai_reader import SecondReading
from ..diagnose.drift import Change
from ..diagnose.stream import StreamReport
from ..endpoint import Endpoint
from ..escaping import for_html, for_terminal
from ..finding import Finding, Level, Verdict, conclude
from ..selftest.truth import Truth
from ..wire.reading import Reading, read
from ..wire.recording import Recording
from .output import Output, display
from .stream.live import Live
from .table import Cells, Table
from .theme import LEVELS, ROW, TABLE, marked, ms, number
from .timeline.live import LiveTimeline, headline


def costs(*exchanges: Exchange | None) -> Table:
    """Return what each of the exchanges took; one that was not asked for is passed over."""
    heads = (
        "answer", "first text", "last text", "chunks", "tokens in", "tokens out", "rate", "ended",
    )  # fmt: skip
    return Table(heads, tuple(_row(one) for one in exchanges if one is not None))


def moments(reading: Reading) -> Table:
    """Return when each part of an answer came, in milliseconds since it was sent.

    A recording of another tool knows only when the body had ended: "–" for what lies before.
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


def ways_table(first: StreamReport, ways: Sequence[Way]) -> Table:
    """Return the word for each way, and below them what the difference says."""
    rows: list[Cells] = [("as asked first", first.word, first.evidence)]
    rows += [(way.name, way.word, _way_evidence(way)) for way in ways]
    if lies := where_it_lies(first, ways):
        rows.append(("hence", "", lies))
    return Table(("way", "what came", "evidence"), tuple(rows))


def stop_table(stopping: StopReport) -> Table:
    """Return the waits from an idle server and right after Stop, and what they say."""
    found = stopping.finding
    rows = (
        ("from an idle server", ms(stopping.idle_s)),
        (f"right after a stream was closed, {stopping.chunks} chunks in", ms(stopping.after_s)),
        ("hence", found.says if found.level != "unclear" else f"{found.says} {found.do}"),
    )
    return Table(("first text of a short answer", "wait"), rows)


def read_by_openai(report: StreamReport, second: SecondReading) -> Table:
    """Return what this kit and the plain openai client saw of the same bytes."""
    ours = ("this kit", str(report.chunks), f"{report.characters} characters", report.word)
    theirs = (
        "openai client", str(second.chunks), f"{len(second.text)} characters",
        second.error or "raised nothing",
    )  # fmt: skip
    return Table(("reader", "chunks", "text", "said"), (ours, theirs))


def played_back(recording: Recording, report: StreamReport) -> None:
    """Show a recording as it stood there live: the word, the timeline, the text.

    Without the times of its parts there is no timeline.
    """
    reading, timeline, live = read(recording), LiveTimeline(), Live()
    if recording.timed:
        timeline.show(reading, reading.timing.end_s or 0.0)
        timeline.close(report)
    else:
        says = f"{report.says} {report.remedy}"
        words = for_terminal(f"{report.word} · {says}")
        Output({"text/html": headline(report.word, says), "text/plain": words}, kind="timeline")
    live.write(reading.answer.text, reading.answer.reasoning)
    live.close()


def exchanges_table(recordings: Sequence[Recording]) -> Table:
    """Return what a file of recordings holds, in order."""
    heads = ("nr", "sent", "status", "reads", "bytes", "recorded")
    rows = [
        (
            str(number), f"{one.method} {one.url}", str(one.status or "no answer"),
            str(len(one.reads)), f"{sum(len(data) for _, data in one.reads):,}", one.started_at,
        )
        for number, one in enumerate(recordings)
    ]  # fmt: skip
    return Table(heads, tuple(rows))


def changes_table(found: Sequence[Change]) -> Table:
    """Return what changed between two recordings; one row says so where nothing did."""
    rows = [(change.what, change.before, change.after) for change in found]
    return Table(("what", "before", "after"), tuple(rows) or (("nothing changed", "", ""),))


def truth(rows: Sequence[Truth]) -> Table:
    """Return the truth table: what was planted, found, and seen by the openai client.

    rows:  [] where it was not made, which the table then says
    """
    if not rows:
        says = "Not made for this endpoint: python3 -m helpers truth prints it."
        return Table(("truth table",), ((says,),))
    heads = ("mode", "planted", "our word", "our findings", "openai client", "")
    return Table(heads, tuple(_truth_row(row) for row in rows))


def _truth_row(row: Truth) -> Cells:
    second = row.second
    seen = "–" if second is None else second.error or f"{second.chunks} chunks"
    kind = "legal" if row.mode.legal else row.planted
    found = ", ".join(filter(None, (row.trouble, *row.findings))) or "–"
    return (row.mode.name, kind, row.word, found, seen[:80], f"✕ {row.wrong}" if row.wrong else "✓")


def verdict(question: str, findings: Iterable[Finding], endpoint: Endpoint) -> None:
    """Show the answer to a notebook's question and keep it in the notebook.

    raises:  EndpointFailed or CallFailed when something required failed
    """
    concluded = conclude(question, findings, base_url=endpoint.base_url, model=endpoint.model)
    display(concluded)
    concluded.raise_if_failed()


def verdict_html(verdict: Verdict) -> str:
    """Return a table that stays readable where style sheets and classes are removed."""
    level: Level = "pass" if verdict.passed else "fail"
    rows = "".join(_finding_row(finding) for finding in verdict.findings)
    return (
        f"<p>{marked(LEVELS[level], f'{verdict.question} {verdict.headline}')}</p>"
        f'<table style="{TABLE}"><tbody>{rows}</tbody></table>'
    )


def _finding_row(finding: Finding) -> str:
    cell = 'style="text-align: left; vertical-align: top"'
    extra = "".join(f"<br>{for_html(text)}" for text in (finding.evidence, finding.do) if text)
    return (
        f'<tr style="{ROW}"><td {cell}>{marked(LEVELS[finding.level], finding.name, "span")}</td>'
        f"<td {cell}>{for_html(finding.says)}{extra}</td></tr>"
    )


def _row(exchange: Exchange) -> Cells:
    timing, usage = exchange.timing, exchange.answer.usage
    rate = timing.tokens_per_s
    trouble = exchange.trouble.headline if exchange.trouble else ""
    ended = "by you" if exchange.stopped else trouble or exchange.answer.finish_reason
    return (
        "streamed" if exchange.streamed else "full",
        ms(timing.ttft_s if exchange.streamed else timing.last_output_s),
        ms(timing.last_output_s),
        str(len(timing.chunk_s)) if exchange.streamed and timing.headers_s else "–",
        number(usage.prompt_tokens if usage else None),
        number(usage.completion_tokens if usage else None),
        "–" if rate is None else f"{rate:.1f} tok/s",
        ended or "–",
    )


def _way_evidence(way: Way) -> str:
    """Return the numbers behind a way's word, or why it brought no answer."""
    exchange = way.exchange
    if way.report and exchange.recording.status is not None:
        return way.report.evidence
    if exchange.trouble:
        return exchange.trouble.headline
    return f"{len(exchange.text)} characters after {ms(exchange.timing.last_output_s)}"
