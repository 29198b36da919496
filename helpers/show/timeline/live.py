"""A stream as it comes: reads, events and chunks on one axis, growing in the cell.

While it runs an SVG is replaced a few times a second; marks merge at 480 places, so it stops
growing. At the end a plot replaces it, because SVG in a saved notebook is not shown to others.
"""

from __future__ import annotations

import contextvars
import time
from collections.abc import Sequence

from ...client.exchange import Exchange
from ...diagnose.words import word_of
from ...escaping import for_html, for_terminal
from ...finding import Finding, Level
from ...wire.reading import Reading
from ...wire.timing import percentile
from ...wording import counted, duration
from ..output import Bundle, Output
from ..plotting import WIDTH_PX
from ..theme import sign_of
from . import plots
from .drawing import picture

UPDATE_S = 0.3


def timeline(reading: Reading, *, now_s: float | None = None) -> str:
    """The headline and the picture of a stream as HTML, without its verdict.

    now_s:  seconds since send while it runs; None once it has ended
    """
    word, says = _spoken(reading, now_s)
    return headline(word, says) + picture(reading, now_s=now_s, verdict=f"{word}: {says}")


def headline(word: str, says: str, level: Level | None = None) -> str:
    """The line above the picture: a sign, a word and the text after it."""
    sign, colour = sign_of(word, level)
    behind = f'<span style="opacity: 0.68"> · {for_html(says)}</span>' if says else ""
    return (
        '<div class="mathjax_ignore" style="font-size: 13px; line-height: 24px">'
        f'<span aria-hidden="true" style="color: {colour}">{sign}</span>&nbsp; '
        f'<b style="font-size: 14px; font-weight: 600">{for_html(word)}</b>{behind}</div>'
    )


class LiveTimeline:
    """A timeline in the cell that created it: an SVG while the stream runs, then a plot.

    After `close`, the next `show` begins again in the same place.
    """

    def __init__(self) -> None:
        self._context = contextvars.copy_context()
        self._head: Output | None = None
        self._plot: Output | None = None
        self._subject: Exchange | Reading | None = None
        self._ended: Exchange | None = None
        self._due_s = 0.0

    def show(self, subject: Exchange | Reading, elapsed_s: float) -> None:
        """Show its progress; if called more than three times a second, it waits.

        elapsed_s:  seconds since the request was sent
        """
        if subject is self._subject and time.monotonic() < self._due_s:
            return
        self._subject = subject
        reading = _reading(subject)
        word, says = _spoken(reading, elapsed_s)
        svg = picture(reading, now_s=elapsed_s, verdict=f"{word}: {says}")
        self._context.run(
            self._put,
            {"text/html": headline(word, says), "text/plain": for_terminal(f"{word} · {says}")},
            {"text/html": svg, "text/plain": ""},
        )
        self._due_s = time.monotonic() + UPDATE_S

    def close(self, findings: Sequence[Finding] = (), *, announced: bool = False) -> None:
        """Replace the picture by a plot, with the findings' verdict above it, as text that stays.

        announced:  whether the panel above already says what the verdict means
        """
        if self._subject is None:
            return
        reading = _reading(self._subject)
        word = word_of(findings, streamed=reading.streamed) or "ended"
        level = findings[0].level if findings else None
        says = _counted(reading) if announced or not findings else _sentence(findings[0], reading)
        line = " · ".join(filter(None, (f"{sign_of(word, level).mark} {word}", says)))
        head = {"text/html": headline(word, says, level), "text/plain": for_terminal(line)}
        if reading.recording.headers_s is None and not reading.recording.reads:
            self._context.run(self._put, head, {"text/html": "", "text/plain": ""})
        else:
            plot = plots.timeline_plot(reading)
            picture = {"image/png": plot.png, "text/plain": plot.text}
            self._context.run(self._put, head, picture, WIDTH_PX)
        self._subject, self._due_s = None, 0.0

    def end(self, exchange: Exchange) -> None:
        """Show an exchange that has ended, with its verdict; the panel says what that means."""
        if exchange is not self._ended:
            self._subject = self._ended = exchange
            self.close(exchange.findings, announced=True)

    def _put(self, head: Bundle, plot: Bundle, width_px: int = 0) -> None:
        if self._head is None or self._plot is None:
            self._head = Output(head, kind="timeline")
            self._plot = Output(plot, kind="timeline", width_px=width_px)
        else:
            self._head.update(head)
            self._plot.update(plot, width_px=width_px)


def _reading(subject: Exchange | Reading) -> Reading:
    return subject if isinstance(subject, Reading) else subject.reading


def _spoken(reading: Reading, now_s: float | None) -> tuple[str, str]:
    """The state of a stream, and its counts."""
    if now_s is None:
        return "ended", _counted(reading)
    if not reading.timing.chunk_s:
        reads = counted(len(reading.recording.reads), "read")
        return "waiting", f"{duration(now_s)} since send, {reads} so far"
    counts = _counted(reading, " so far")
    return "streaming", f"{counts} · the word comes when the stream has ended"


def _counted(reading: Reading, so_far: str = "") -> str:
    """The counts of a stream; "" if nothing came."""
    if not reading.recording.reads:
        return ""
    if not reading.timing.chunk_s:
        return f"no chunks{so_far}"
    # Only reads that brought output, which is what a finding counts.
    reads = counted(len(reading.arrivals), "read")
    facts = [f"{counted(len(reading.timing.chunk_s), 'chunk')} in {reads}{so_far}"]
    if reading.recording.timed and (median := percentile(reading.timing.gaps_s, 50)):
        facts.append(f"median gap {duration(median)}")
    return " · ".join(facts)


def _sentence(finding: Finding, reading: Reading) -> str:
    """A finding's sentence with its numbers; for an explained one, the stream's counts."""
    numbers = _counted(reading) if finding.expected else finding.evidence
    return " · ".join(filter(None, (finding.says.removesuffix("."), numbers)))
