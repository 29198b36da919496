"""One exchange as it passed, raw, and how it is sent from the relaying process to ours."""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass, field, fields
from typing import IO, Any

from ...server.http1 import Headers, header
from ...wire.head import Oddity

_BYTES = ("body", "reads")


@dataclass
class RawExchange:
    """One exchange as it passed; all times are perf_counter's.

    sent_headers:  the request's; `headers` are the answer's
    changes:       what was changed in the request's head
    known:         whether its path belongs to the API, so that its bodies may be kept
    too_large:     whether it outgrew the limit for keeping it
    pauses:        (start, length) of each time in which no byte could be stamped, since `began`
    """

    began: float
    started_at: str
    method: str
    target: str
    sent_headers: Headers
    changes: tuple[str, ...]
    known: bool
    too_large: bool = False
    sent_bytes: int = 0
    came_bytes: int = 0
    body: list[bytes] = field(default_factory=list)
    status: int | None = None
    reason: str = ""
    headers: Headers = ()
    headers_at: float = 0.0
    reads: list[tuple[float, bytes]] = field(default_factory=list)
    oddities: tuple[Oddity, ...] = ()
    end: str = ""
    cause: str = ""
    detail: str = ""
    ended_at: float = 0.0
    pauses: list[tuple[float, float]] = field(default_factory=list)

    @property
    def program(self) -> str:
        """The program's own name: the first word of its User-Agent."""
        return header(self.sent_headers, "user-agent").partition(" ")[0]

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


def packed(raw: RawExchange) -> list[bytes]:
    """A line of JSON and the bytes that follow it; anything long stays out of the JSON."""
    times = array("d", (at for at, _ in raw.reads)).tobytes()
    sizes = array("Q", (len(data) for _, data in raw.reads)).tobytes()
    parts = [b"".join(raw.body), times, sizes, *(data for _, data in raw.reads)]
    plain = {one.name: getattr(raw, one.name) for one in fields(raw) if one.name not in _BYTES}
    lengths = [len(parts[0]), len(raw.reads), sum(map(len, parts[3:]))]
    return [json.dumps({"taken": plain, "lengths": lengths}).encode() + b"\n", *parts]


def unpacked(message: dict[str, Any], stream: IO[bytes]) -> RawExchange:
    """The exchange described by a line of JSON, with the bytes that follow read from the stream."""
    body, count, size = message["lengths"]
    taken = RawExchange(**message["taken"])
    taken.body = [stream.read(body)]
    times, sizes = array("d", stream.read(8 * count)), array("Q", stream.read(8 * count))
    whole, start = stream.read(size), 0
    for at, length in zip(times, sizes, strict=True):
        taken.reads.append((at, whole[start : start + length]))
        start += length
    taken.sent_headers, taken.headers = _pairs(taken.sent_headers), _pairs(taken.headers)
    taken.oddities = tuple(Oddity(*odd) for odd in taken.oddities)
    taken.pauses = [(start_s, length_s) for start_s, length_s in taken.pauses]
    return taken


def _pairs(headers: Any) -> Headers:
    return tuple((name, value) for name, value in headers)
