"""One exchange with an endpoint: what was sent, what came, and when each byte came."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Headers = tuple[tuple[str, str], ...]
End = Literal["", "eof", "closed", "broken", "limit"]


@dataclass
class Recording:
    """One request and its answer, growing while the bytes arrive.

    All times are seconds since `t_send`, the moment the transport began to send.

    url:           as sent, without user, password and query
    call_s:        when the caller asked, hence zero or negative
    headers_s:     when the status line and headers were there
    reads:         (time, bytes) of each network read, still in the server's content encoding
    end:           "eof" the body ended; "closed" by us; "broken" by them; "limit" ran out; "" open
    """

    method: str
    url: str
    request_body: bytes = b""
    request_headers: Headers = ()
    started_at: str = ""
    call_s: float = 0.0
    status: int | None = None
    reason: str = ""
    headers: Headers = ()
    headers_s: float | None = None
    reads: list[tuple[float, bytes]] = field(default_factory=list)
    end: End = ""
    end_s: float | None = None

    def header(self, name: str) -> str:
        """Return the answer's header of that name, several joined by a comma, or ""."""
        return ", ".join(value for key, value in self.headers if key.lower() == name.lower())

    @property
    def media_type(self) -> str:
        """Return the answer's content type without parameters, in lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def body(self) -> bytes:
        """Return the answer's decoded body as far as it came, raw where it cannot be decoded."""
        return b"".join(data for _, data in decoded(self))

    @property
    def text(self) -> str:
        """Return the answer's body as text; bytes that are not UTF-8 become U+FFFD."""
        return self.body.decode("utf-8", "replace")

    def __repr__(self) -> str:
        size = sum(len(data) for _, data in self.reads)
        answer = self.status or "no answer"
        state = self.end or "open"
        return (
            f"{self.method} {self.url} → {answer}, {size} bytes in {len(self.reads)} reads, {state}"
        )


class Decoder:
    """Undoes a content encoding read by read: gzip and deflate, the two that are asked for.

    trouble:  why the bytes are not what the header says, "" while they are; bytes that are wrong
              from the start are handed on raw, after a good start they are dropped
    """

    def __init__(self, encoding: str) -> None:
        names = (part.strip().lower() for part in encoding.split(","))
        self.trouble = ""
        self._names = [name for name in names if name not in ("", "identity")]
        self._stages: list[_Inflater] | None = None
        self._good = False
        self._raw: list[bytes] = []

    def feed(self, data: bytes) -> bytes:
        """Return what these bytes decode to, as far as it can be told yet."""
        if not self._names:
            return data
        if self.trouble:
            return b"" if self._good else data
        if not self._good:
            self._raw.append(data)
        try:
            plain = self._inflate(data)
        except (ValueError, zlib.error) as error:
            self.trouble = f"the body is not {', '.join(self._names)} as its header says: {error}"
            return b"".join(self._raw)
        if plain:
            self._good = True
            self._raw = []
        return plain

    def _inflate(self, data: bytes) -> bytes:
        if self._stages is None:
            self._stages = [_Inflater(name) for name in reversed(self._names)]
        for stage in self._stages:
            data = stage.feed(data)
        return data


def decoded(recording: Recording) -> Iterator[tuple[float, bytes]]:
    """Yield (time, bytes) of each read with the content encoding undone."""
    decoder = Decoder(recording.header("content-encoding"))
    for at_s, data in recording.reads:
        yield at_s, decoder.feed(data)


class _Inflater:
    """One stage; a gzip body may consist of several members, as servers that flush write it."""

    def __init__(self, name: str) -> None:
        if name not in ("gzip", "x-gzip", "deflate"):
            raise ValueError(f"{name!r} was not asked for")
        self._gzip = name != "deflate"
        self._inflate: zlib._Decompress | None = None
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        pieces = []
        data, self._held = self._held + data, b""
        while data:
            if self._inflate is None:
                if len(data) < 2:
                    self._held = data
                    break
                self._inflate = zlib.decompressobj(wbits=31 if self._gzip else _deflate_bits(data))
            pieces.append(self._inflate.decompress(data))
            data = self._inflate.unused_data
            if self._inflate.eof and self._gzip:
                self._inflate = None
            elif self._inflate.eof:
                break
        return b"".join(pieces)


def _deflate_bits(first: bytes) -> int:
    """Return zlib's or raw deflate's window bits; servers send both under the one name."""
    wrapped = first[0] & 0x0F == 8 and (first[0] << 8 | first[1]) % 31 == 0
    return 15 if wrapped else -15
