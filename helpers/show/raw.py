"""What exactly came: status, headers and the body's events as bytes, each with its arrival time."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from ..escaping import for_html, for_terminal, visible
from ..secrets.shapes import is_secret_name
from ..wire.reading import Reading
from ..wire.recording import Recording
from ..wording import counted, duration, size

FIRST, LAST = 200, 50
# A terminal and a plain-text reader get only the beginning; print(view) gives all of it.
PLAIN = 8
LONGEST = 2000
MOST_HEADERS = 100

# The group is atomic, so that a CR LF is never split into two line ends.
_EVENT_END = re.compile(rb"(?>\r\n|\n|\r){2,}")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_COLUMNS = 24
_PRE = (
    "margin: 4px 0 10px; max-height: 480px; overflow: auto; white-space: pre-wrap; "
    "overflow-wrap: anywhere; font-size: 12.5px; line-height: 19px"
)


@dataclass(frozen=True)
class Row:
    """One event of a stream, or one line of another body; read counts from 1, 0 for a note."""

    at_s: float
    read: int
    text: str


@dataclass(frozen=True)
class RawView:
    """The raw answer, folded in a cell and plain in a terminal.

    head:  the status line and the headers
    rows:  the first 200 and the last 50 events or lines, with a note between them
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]

    def __repr__(self) -> str:
        lines = [self.title, *self.head, "", *(_plain(row) for row in self.rows)]
        return for_terminal("\n".join(lines))

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        shown = replace(self, rows=self.rows[:PLAIN])
        more = f"\n… {len(self.rows) - PLAIN} more" if len(self.rows) > PLAIN else ""
        return {"text/plain": repr(shown) + more, "text/html": self._html()}

    def _html(self) -> str:
        head = for_html("\n".join(self.head))
        rows = "".join(
            f'<div style="padding-left: {_COLUMNS}ch; text-indent: -{_COLUMNS}ch">'
            f"{for_html(_when(row))}{for_html(row.text)}</div>"
            for row in self.rows
        )
        return (
            '<details class="endpointscope-raw mathjax_ignore"><summary style="cursor: pointer; '
            f'font-size: 13px; line-height: 24px">{for_html(self.title)}</summary>'
            f'<pre style="{_PRE}">{head}\n\n{rows}</pre></details>'
        )


def raw_view(reading: Reading) -> RawView:
    r"""The answer to a request, byte for byte.

    Bytes that are not UTF-8 are shown as \xNN. Long data is cut at 2000 characters, with a note.
    """
    recording, pieces, body = reading.recording, reading.pieces, reading.body
    noun = "event" if reading.sse else "line"
    spans = _spans(body, _EVENT_END if reading.sse else _LINE_END)
    ends = list(accumulate(length for _, length in pieces))

    def row(span: tuple[int, int, int]) -> Row:
        start, end, complete = span
        read = min(bisect_left(ends, complete), len(pieces) - 1)
        return Row(pieces[read][0], read + 1, _text(body[start:end]))

    left_out = len(spans) - FIRST - LAST
    if left_out > 0:
        note = Row(0.0, 0, f"… {counted(left_out, noun)} left out …")
        rows = [*map(row, spans[:FIRST]), note, *map(row, spans[-LAST:])]
    else:
        rows = [*map(row, spans)]
    counts = (
        f"{counted(len(spans), noun)} in {counted(len(recording.reads), 'read')}, "
        f"{size(sum(len(data) for _, data in recording.reads))}"
    )
    return RawView(f"What exactly came · {counts}", _head(recording), tuple(rows))


def _spans(body: bytes, end: re.Pattern[bytes]) -> list[tuple[int, int, int]]:
    """(start, end, end with its line ends) of each event or line, skipping blank ones."""
    spans, start = [], 0
    for match in end.finditer(body):
        # An event is complete at its first blank line, no matter how many follow.
        if match.start() > start:
            spans.append((start, match.start(), min(match.end(), match.start() + 4)))
        start = match.end()
    if start < len(body):
        spans.append((start, len(body), len(body)))
    return spans


def _text(data: bytes) -> str:
    # A character has at most four bytes, so this always holds as many as are shown.
    text = visible(data[: 4 * LONGEST].decode("utf-8", "backslashreplace"))
    if len(text) <= LONGEST and len(data) <= 4 * LONGEST:
        return text
    return f"{text[:LONGEST]} … cut: {size(len(data))} in all"


def _head(recording: Recording) -> tuple[str, ...]:
    if recording.status is None:
        return (f"{recording.method} {recording.url}", "no answer came")
    at = f"  ({duration(recording.headers_s)} after send)" if recording.headers_s else ""
    shown = [
        f"{name}: {'redacted' if is_secret_name(name) else value}"[:LONGEST]
        for name, value in recording.headers[:MOST_HEADERS]
    ]
    if len(recording.headers) > MOST_HEADERS:
        shown.append(f"… {counted(len(recording.headers) - MOST_HEADERS, 'header')} left out …")
    return (
        f"{recording.method} {recording.url}",
        f"{recording.status} {recording.reason}".strip() + at,
        *(visible(line) for line in shown),
    )


def _when(row: Row) -> str:
    """A row's time in ms and its read, padded to the columns in front of the data."""
    if not row.read:
        return " " * _COLUMNS
    return f"{row.at_s * 1000:>9,.1f} ms  read {row.read}".ljust(_COLUMNS)


def _plain(row: Row) -> str:
    return (_when(row) + row.text.replace("\n", "\n" + " " * _COLUMNS)).rstrip()
