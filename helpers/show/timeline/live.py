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
from ...escaping import for_attribute, for_html, for_terminal
from ...finding import Finding, Level
from ...wire.reading import Reading
from ...wire.timing import percentile
from ..output import Bundle, Output
from ..plotting import WIDTH_PX
from ..theme import BLUE, counted, duration, sign_of
from . import plots
from .layout import Lane, Lanes, lanes_of, place

UPDATE_S = 0.3

_DIM = "color-mix(in srgb, var(--jp-ui-font-color0, #7A7A7A) 62%, transparent)"
_FULL = "var(--jp-ui-font-color0, #7A7A7A)"
_LABELS_PX = 124
_TOP, _STEP, _HALF, _AXIS = 30, 26, 7, 97


def timeline(reading: Reading, *, now_s: float | None = None) -> str:
    """Return the headline and the picture of a stream as HTML, without its verdict.

    now_s:  seconds since send while it runs; None once it has ended
    """
    word, says = _spoken(reading, now_s)
    return headline(word, says) + picture(reading, now_s=now_s, said=f"{word}: {says}")


def headline(word: str, says: str, level: Level | None = None) -> str:
    """Return the line above the picture: a sign, a word and the text after it."""
    sign, colour = sign_of(word, level)
    behind = f'<span style="opacity: 0.68"> · {for_html(says)}</span>' if says else ""
    return (
        '<div class="mathjax_ignore" style="font-size: 13px; line-height: 24px">'
        f'<span aria-hidden="true" style="color: {colour}">{sign}</span>&nbsp; '
        f'<b style="font-size: 14px; font-weight: 600">{for_html(word)}</b>{behind}</div>'
    )


def picture(reading: Reading, *, now_s: float | None = None, said: str = "") -> str:
    """Return the picture alone, as SVG that is as wide as the cell."""
    drawn = lanes_of(reading, now_s=now_s)
    label = for_attribute(f"{said}. {drawn.sentence}" if said else drawn.sentence)
    parts = [_lane(drawn, lane, n) for n, lane in enumerate(drawn.lanes)]
    return (
        f'<svg role="img" aria-label="{label}" height="118" style="display: block; '
        f"overflow: visible; width: calc(100% - {_LABELS_PX + 20}px); margin: 0 20px 6px "
        f'{_LABELS_PX}px; font-size: 12px; font-variant-numeric: tabular-nums">'
        f"{_guides(drawn)}{''.join(parts)}{_crowds(drawn)}{_stalls(drawn)}{_ends(drawn)}"
        f"{_axis(drawn)}</svg>"
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
        svg = picture(reading, now_s=elapsed_s, said=f"{word}: {says}")
        self._context.run(
            self._put,
            {"text/html": headline(word, says), "text/plain": for_terminal(f"{word} · {says}")},
            {"text/html": svg, "text/plain": ""},
        )
        self._due_s = time.monotonic() + UPDATE_S

    def close(self, findings: Sequence[Finding] = (), *, told: bool = False) -> None:
        """Replace the picture by a plot, with the findings' verdict above it, as text that stays.

        told:  whether the panel above already says what the verdict means
        """
        if self._subject is None:
            return
        reading = _reading(self._subject)
        word = word_of(findings, streamed=reading.streamed) or "ended"
        level = findings[0].level if findings else None
        says = _counted(reading) if told or not findings else _told(findings[0], reading)
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
            self.close(exchange.findings, told=True)

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
    """Return the state of a stream, and its counts."""
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
    # Only reads that brought output, which is what a finding counts.
    reads = counted(len(reading.arrivals), "read")
    facts = [f"{counted(len(reading.timing.chunk_s), 'chunk')} in {reads}{so_far}"]
    if reading.recording.timed and (median := percentile(reading.timing.gaps_s, 50)):
        facts.append(f"median gap {duration(median)}")
    return " · ".join(facts)


def _told(found: Finding, reading: Reading) -> str:
    """A finding's sentence with its numbers; for an explained one, the stream's counts."""
    numbers = _counted(reading) if found.expected else found.evidence
    return " · ".join(filter(None, (found.says.removesuffix("."), numbers)))


def _y(row: int) -> int:
    return _TOP + _STEP * row


def _x(at_s: float, drawn: Lanes) -> float:
    """Return a time's position in percent of the width."""
    return round(min(at_s / drawn.scale_s, 1.0) * 100, 2)


def _lane(drawn: Lanes, lane: Lane, row: int) -> str:
    y, waited = _y(row), _x(drawn.waited_s, drawn)
    path = "".join(_run(*run) for run in lane.runs)
    if lane.crowd:
        middle = place(lane.crowd[0], drawn.scale_s)
        path += _run(middle - 1, middle + 1)
    return (
        f'<rect x="0" y="{y - _HALF}" width="{waited:g}%" height="{2 * _HALF}" fill="#7A7A7A" '
        f'fill-opacity="0.17"/>'
        f'<line x1="0" x2="100%" y1="{y}" y2="{y}" stroke="#7A7A7A" stroke-opacity="0.35"/>'
        f'<text x="{-_LABELS_PX}" y="{y + 4}" style="fill: {_FULL}; font-size: 13px">'
        f"{lane.name}</text>"
        f'<text x="-14" y="{y + 4}" style="fill: {_DIM}; font-size: 13px" text-anchor="end">'
        f"{lane.count:,}</text>"
        f'<svg y="{y - _HALF}" width="100%" height="{2 * _HALF}" viewBox="0 0 480 14" '
        f'preserveAspectRatio="none" overflow="visible"><path d="{path}" fill="{lane.colour}" '
        f'stroke="{lane.colour}" stroke-width="2" vector-effect="non-scaling-stroke"/></svg>'
    )


def _run(first: int, last: int) -> str:
    """Return marks that touch as one bar: a line for a single mark, a box for several."""
    return f"M{first} 0v14" if first == last else f"M{first} 1h{last - first}v12H{first}z"


def _guides(drawn: Lanes) -> str:
    parts = []
    if drawn.headers_s is not None:
        parts.append(_guide(_x(drawn.headers_s, drawn), _FULL, 'stroke-dasharray="2 3"'))
        parts.append(_text(_x(drawn.headers_s, drawn), 12, f"TTFB {duration(drawn.headers_s)}",
                           side=-1, colour=_DIM))  # fmt: skip
    taken = 0.0
    if drawn.ttft_s is not None:
        x = _x(drawn.ttft_s, drawn)
        left = x > 88 and x - _x(drawn.headers_s or 0.0, drawn) > 22
        parts.append(_guide(x, _FULL))
        parts.append(_text(x, 12, f"TTFT {duration(drawn.ttft_s)}", side=-1 if left else 1))
        taken = x + 14
    if drawn.now_s is not None:
        x = _x(drawn.now_s, drawn)
        parts.append(_guide(x, BLUE))
        if x >= taken and not 90 < x < taken + 10:
            side = -1 if x > 90 else 1
            parts.append(_text(x, 12, f"now {duration(drawn.now_s)}", side=side))
    return "".join(parts)


def _guide(x: float, colour: str, more: str = "") -> str:
    return (
        f'<line x1="{x:g}%" x2="{x:g}%" y1="17" y2="{_AXIS - 3}" style="stroke: {colour}" '
        f'stroke-width="1.5" {more}/>'
    )


def _text(x: float, y: int, text: str, *, side: int, colour: str = _FULL, dx: int = 4) -> str:
    """Return a label right (1), left (-1) or centred (0) at a position, clear of lines."""
    anchor = {1: "start", -1: "end", 0: "middle"}[side]
    return (
        f'<text x="{x:g}%" dx="{side * dx}" y="{y}" text-anchor="{anchor}" style="fill: {colour}; '
        "stroke: var(--jp-layout-color0, transparent); stroke-width: 5px; paint-order: stroke"
        f'">{for_html(text)}</text>'
    )


def _crowds(drawn: Lanes) -> str:
    parts = []
    for row, lane in enumerate(drawn.lanes):
        if lane.crowd is None:
            continue
        x, words = _x(lane.crowd[0], drawn), lane.crowd[1]
        near_done = row == 1 and drawn.done_s is not None and abs(_x(drawn.done_s, drawn) - x) < 8
        dx = 62 if drawn.side == 1 and near_done else 9
        parts.append(_text(x, _y(row) + 4, words, side=drawn.side, dx=dx))
    return "".join(parts)


def _stalls(drawn: Lanes) -> str:
    parts = []
    for start_s, end_s in drawn.stalls:
        start, end = _x(start_s, drawn), _x(end_s, drawn)
        parts.append(
            f'<rect x="{start:g}%" y="{_y(2) - _HALF}" width="{end - start:g}%" height="14" '
            'fill="#D9660F" fill-opacity="0.14" stroke="#D9660F" stroke-dasharray="3 2"/>'
        )
        if end - start > 12:
            middle = (start + end) / 2
            parts.append(_text(middle, _y(2) + 4, f"! stall {duration(end_s - start_s)}", side=0))
    return "".join(parts)


def _ends(drawn: Lanes) -> str:
    parts = []
    if drawn.role_s is not None:
        parts.append(
            f'<circle cx="{_x(drawn.role_s, drawn):g}%" cy="{_y(1)}" r="4" stroke="{BLUE}" '
            'stroke-width="1.5" style="fill: var(--jp-layout-color0, transparent)"/>'
        )
    if drawn.done_s is not None:
        x = _x(drawn.done_s, drawn)
        parts.append(f'<circle cx="{x:g}%" cy="{_y(1)}" r="4.5" fill="{BLUE}"/>')
        parts.append(_text(x, _y(1) + 4, drawn.done, side=1, dx=9))
    if drawn.cut is not None:
        parts.append(_text(_x(drawn.cut[0], drawn), _y(1) + 4, drawn.cut[1], side=1, dx=10))
    return "".join(parts)


def _axis(drawn: Lanes) -> str:
    line = 'stroke="#7A7A7A" stroke-opacity="0.6"'
    parts = [f'<line x1="0" x2="100%" y1="{_AXIS}" y2="{_AXIS}" {line}/>']
    parts.append(
        f'<text x="{-_LABELS_PX}" y="{_AXIS + 12}" style="fill: {_DIM}">seconds since send</text>'
    )
    for at_s in drawn.axis_s:
        x = _x(at_s, drawn)
        parts.append(f'<line x1="{x:g}%" x2="{x:g}%" y1="{_AXIS}" y2="{_AXIS + 4}" {line}/>')
        anchor = "start" if at_s == 0 else "middle"
        parts.append(
            f'<text x="{x:g}%" y="{_AXIS + 16}" style="fill: {_DIM}" text-anchor="{anchor}">'
            f"{at_s:.6g}</text>"
        )
    return "".join(parts)
