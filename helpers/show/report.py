"""What a notebook shows in rows: what an answer cost, and the verdict it ends with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

from ..checks.conformance.report import Report
from ..checks.routes import AS_ASKED, Route, where_it_lies
from ..checks.stopping import StopReport
from ..client.exchange import Exchange
from ..diagnose.clients.plain import ClientReading
from ..diagnose.drift import Change
from ..diagnose.words import word_of
from ..endpoint import Endpoint
from ..escaping import for_html, for_terminal
from ..finding import MIME, Finding, Verdict
from ..finding import conclude as _conclude
from ..signatures import checked
from ..wire.reading import Reading
from ..wire.recording import Recording
from ..wording import counted
from .output import Bundle, Output, after_cell
from .stream.live import Live
from .table import Cells, Table
from .theme import CELL, DIM, LEVELS, ROW, STATES, TABLE, Sign, marked, ms, number
from .timeline.live import LiveTimeline, headline

# As many as the doctor has layers; nobody reads a longer list of passes.
MANY_PASSES = 14


@checked
def costs(*exchanges: Exchange | None) -> Table:
    """Return what each exchange cost; None, for one that was not asked, is skipped."""
    heads = (
        "answer", "first text", "last text", "chunks", "tokens in", "tokens out", "rate", "ended",
    )  # fmt: skip
    return Table(heads, tuple(_row(one) for one in exchanges if one is not None))


def moments(reading: Reading) -> Table:
    """Return when each part of an answer came, in milliseconds since it was sent.

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
    if lies := where_it_lies(first, routes):
        rows.append(("so", lies.says, "", "", "", lies.do))
    heads = ("route", "what came", "first text", "median gap", "chunks in reads", "")
    return Table(heads, tuple(rows))


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
        ("so", found.says if found.level != "unclear" else f"{found.says} {found.do}"),
    )
    return Table(("first text of a short answer", "wait"), rows)


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
    return Table(("reader", "chunks", "text", "said"), (ours, *theirs))


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
    """Return the contents of a file of recordings, in order."""
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


def changes_table(found: Sequence[Change]) -> Table:
    """Return what changed between two recordings; if nothing did, one row says so."""
    rows = [(change.what, change.before, change.after) for change in found]
    return Table(("what", "before", "after"), tuple(rows) or (("nothing changed", "", ""),))


@checked
def verdict(concluded: Verdict, *more: Finding) -> None:
    """Show the answer to a notebook's question and keep it in the notebook.

    more:    further findings from a closer look
    raises:  EndpointFailed or CallFailed if something required failed
    """
    concluded = concluded.with_findings(more)
    html = verdict_html(concluded)
    Output({MIME: concluded.to_json(), "text/plain": repr(concluded), "text/html": html})
    concluded.raise_if_failed()


@runtime_checkable
class Told(Protocol):
    """Anything that answers the question with a sentence of its own: a report, a comparison."""

    @property
    def base_url(self) -> str:
        """The address that was asked."""

    @property
    def model(self) -> str:
        """The model that was asked."""

    @property
    def headline(self) -> str:
        """The sentence."""


@runtime_checkable
class Asked(Protocol):
    """Anything that knows its endpoint: an exchange, or a watch over many."""

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint that was asked."""


@checked
def conclude(question: str, findings: Iterable[Finding], asked: Asked | Told) -> Verdict:
    """The verdict over findings: `cells.conclude("Does it answer?", a.findings, a)`."""
    if isinstance(asked, Told):
        return _conclude(
            question, findings, base_url=asked.base_url, model=asked.model,
            yes=asked.headline.removesuffix("."),
        )  # fmt: skip
    endpoint = asked.endpoint
    # If the question is not one of yes or no, the object supplies the answer.
    yes = str(getattr(asked, "yes", "Yes"))
    return _conclude(question, findings, base_url=endpoint.base_url, model=endpoint.model, yes=yes)


class VerdictLine:
    """A notebook's question in one line, if there is no panel: shown first, answered later."""

    def __init__(self, question: str) -> None:
        self._question = question
        self._output = Output(self._line(STATES["waiting"], "…"))
        self._open = True
        after_cell(self._left)

    def _left(self) -> None:
        """Say that its cell ended without an answer: interrupted, or with an error below."""
        if self._open:
            self._output.update(self._line(STATES["not sent"], "Not judged."))

    def conclude(self, findings: Iterable[Finding], asked: Asked | Told) -> Verdict:
        """The verdict, now shown in the question's line along with the advice."""
        self._open = False
        concluded = conclude(self._question, findings, asked)
        advice = concluded.failures[0].do if concluded.failures else ""
        sentence = f"{concluded.sentence} {advice}".strip()
        if isinstance(asked, Report):
            sentence = asked.line
        self._output.update(self._line(LEVELS[concluded.level], sentence))
        return concluded

    def _line(self, sign: Sign, sentence: str) -> Bundle:
        line = f"{marked(sign, self._question)} {for_html(sentence)}"
        plain = for_terminal(f"{sign.mark} {self._question} {sentence}")
        style = "font-size: 13px; line-height: 24px"
        return {"text/html": f'<div style="{style}">{line}</div>', "text/plain": plain}


def verdict_html(verdict: Verdict) -> str:
    """Return a table that stays readable if style sheets and classes are removed."""
    passes = [finding for finding in verdict.findings if finding.level == "pass"]
    folded = passes if len(passes) > MANY_PASSES else []
    shown = [finding for finding in verdict.findings if finding not in folded]
    rest = f"<details><summary>{len(folded)} passed</summary>{_findings_table(folded)}</details>"
    return (
        f"<p>{marked(LEVELS[verdict.level], f'{verdict.question} {verdict.headline}')}</p>"
        f"{_findings_table(shown)}{rest if folded else ''}"
    )


def _findings_table(findings: Sequence[Finding]) -> str:
    rows = "".join(map(_finding_row, findings))
    return f'<table style="{TABLE}"><tbody>{rows}</tbody></table>'


def _finding_row(finding: Finding) -> str:
    cell = f"text-align: left; {CELL}"
    name = marked(LEVELS[finding.level], finding.label, "span")
    evidence = f'<div style="{DIM}">{for_html(finding.evidence)}</div>' if finding.evidence else ""
    do = f"<div>{for_html(finding.do)}</div>" if finding.do else ""
    return (
        f'<tr style="{ROW}"><td style="{cell}; white-space: nowrap">{name}</td>'
        f'<td style="{cell}; overflow-wrap: anywhere">{for_html(finding.says)}{evidence}{do}</td>'
        "</tr>"
    )


def _row(exchange: Exchange) -> Cells:
    timing, usage = exchange.timing, exchange.answer.usage
    rate = exchange.tokens_per_s
    failure = exchange.failure.says if exchange.failure else ""
    ended = "by you" if exchange.stopped else failure or exchange.answer.finish_reason
    return (
        "streamed" if exchange.streamed else "full",
        ms(timing.ttft_s if exchange.streamed else timing.last_output_s),
        ms(timing.last_output_s),
        number(len(timing.chunk_s)) if exchange.streamed and timing.headers_s else "–",
        number(usage.prompt_tokens if usage else None),
        number(usage.completion_tokens if usage else None),
        "–" if rate is None else f"{rate:,.1f} tok/s",
        ended or "–",
    )
