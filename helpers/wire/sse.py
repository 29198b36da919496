"""Server-sent events from bytes, by the WHATWG's rules (HTML, 9.2.5 and 9.2.6)."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

EVENT_STREAM = "text/event-stream"
_STARTS = (b"data:", b"event:", b"id:", b"retry:", b":")
_ENOUGH = max(map(len, _STARTS))
_BLANK_AT_MOST = 4096
_BOM = b"\xef\xbb\xbf"
UNKNOWN_LINES_KEPT = 16
UNKNOWN_LINE_LENGTH = 500

# A named tuple's own constructor takes twice as long, and this runs for every event.
_new = tuple.__new__


class Event(NamedTuple):
    """One dispatched event.

    id:     the last event ID, which persists over the events that follow it
    retry:  the reconnection time in milliseconds that this event's own block set, if any
    """

    event: str
    data: str
    id: str = ""
    retry: int | None = None


class SSEParser:
    """Turns bytes, cut anywhere, into events, in time linear in the bytes.

    pending:        the size of the unfinished event
    last_id:        the last event ID
    retry_ms:       the reconnection time, None if never set
    findings:       a count of each oddity: "bom", "bad-utf-8", "comment", "empty-data",
                    "event-without-data", "unknown-field", "unfinished-event"
    unknown_lines:  the first lines with an unknown field, as (name, value); some servers put
                    errors there
    """

    def __init__(self) -> None:
        self.pending = self._lines = self._size = 0
        self.last_id = ""
        self.retry_ms: int | None = None
        self.findings: Counter[str] = Counter()
        self.unknown_lines: list[tuple[str, str]] = []
        self._started = False
        self._after_cr = False
        self._tail: list[bytes] = []
        self._id = ""
        self._begin_block()

    def feed(self, data: bytes) -> list[Event]:
        """The events that these bytes complete."""
        if self._after_cr and data:
            self._after_cr = False
            if data.startswith(b"\n"):
                data = data[1:]
        whole_lines = data.endswith(b"\n")
        cut = len(data) if whole_lines else max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if not cut:
            if data:
                self._tail.append(data)
                self.pending += len(data)
            return []
        whole = data[:cut]
        if self._tail:
            # Joined once per line, never per piece: a giant line in small pieces stays linear.
            whole = b"".join((*self._tail, whole))
            self._tail = []
        if cut < len(data):
            self._tail.append(data[cut:])
        else:
            self._after_cr = data.endswith(b"\r")
        events = self._read(self._decode(whole))
        self._count(events, len(data) - cut)
        return events

    def _count(self, events: list[Event], tail: int) -> None:
        """Update `pending`, counting each line once."""
        if events:
            self._lines = self._size = 0
        self._size += sum(map(len, self._data[self._lines :]))
        self._lines = len(self._data)
        self.pending = tail + self._size

    def close(self) -> None:
        """Note an event left unfinished at the end of the stream, which the standard discards."""
        if self._tail or self._data or self._event or self._fields:
            self.findings["unfinished-event"] += 1
            self._tail = []
            self._begin_block()

    def _begin_block(self) -> None:
        self._event = ""
        self._data: list[str] = []
        self._retry: int | None = None
        self._fields = self._unknown_fields = 0

    def _decode(self, lines: bytes) -> str:
        """Whole lines as text with LF line ends, without the stream's BOM."""
        try:
            text = lines.decode()
        except UnicodeDecodeError:
            self.findings["bad-utf-8"] += 1
            text = lines.decode("utf-8", "replace")
        if not self._started:
            self._started = True
            if text.startswith("\ufeff"):
                self.findings["bom"] += 1
                text = text[1:]
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text

    def _read(self, text: str) -> list[Event]:
        events: list[Event] = []
        data, last_id = self._data, self.last_id
        for line in text[:-1].split("\n"):
            if line[:6] == "data: ":
                data.append(line[6:])
            elif line:
                self._field(line)
            elif self._fields:
                self._dispatch(events)
                data, last_id = self._data, self.last_id
            elif data:
                # A fast path for a block of data alone, since a burst consists of nothing else.
                value = data[0] if len(data) == 1 else "\n".join(data)
                events.append(_new(Event, ("message", value, last_id, None)))
                if not value:
                    self.findings["empty-data"] += 1
                data.clear()
        return events

    def _dispatch(self, events: list[Event]) -> None:
        self.last_id = self._id
        if self._data:
            text = "\n".join(self._data)
            events.append(Event(self._event or "message", text, self.last_id, self._retry))
            if not text:
                self.findings["empty-data"] += 1
        elif self._fields > self._unknown_fields:
            self.findings["event-without-data"] += 1
        self._begin_block()

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        if not name:
            self.findings["comment"] += 1
            return
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
            return
        self._fields += 1
        if name == "event":
            self._event = value
        elif name == "id":
            if "\0" not in value:
                self._id = value
        elif name == "retry":
            if value.isascii() and value.isdigit() and len(value) < 19:
                self._retry = self.retry_ms = int(value)
        else:
            self._unknown(name, value)

    def _unknown(self, name: str, value: str) -> None:
        self._unknown_fields += 1
        self.findings["unknown-field"] += 1
        if len(self.unknown_lines) < UNKNOWN_LINES_KEPT:
            self.unknown_lines.append((name[:UNKNOWN_LINE_LENGTH], value[:UNKNOWN_LINE_LENGTH]))


def looks_like_sse(head: bytes, media_type: str) -> bool | None:
    """Whether a body that begins like this is SSE, None if it is too early to tell.

    The bytes say more than the header: gateways label JSON as an event stream, and vice versa.
    """
    start = head.removeprefix(_BOM).lstrip()
    if start.startswith((b"{", b"[", b"<")):
        return False
    if start.startswith(_STARTS):
        return True
    if len(start) < _ENOUGH and len(head) < _BLANK_AT_MOST:
        return None
    return media_type == EVENT_STREAM
