"""HTTP/1.1 messages followed in transit: where each begins and ends, its bytes untouched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ..http1 import LARGEST_HEAD, BadMessageError, Headers, header

LONGEST_LINE = 8192
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_METHOD = re.compile(_TOKEN)
_HEADER = re.compile(_TOKEN + rb":")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_SIZE = re.compile(rb"[0-9a-fA-F]{1,15}")
_LENGTH = re.compile("[0-9]{1,18}")
_TLS = b"\x16\x03"
Framing = Literal["none", "length", "chunked", "close"]


@dataclass(frozen=True)
class Head:
    """A message's first line and headers.

    lines:  as they came, first line included, without line ends
    """

    lines: tuple[bytes, ...]

    @property
    def first(self) -> str:
        """The request line or the status line."""
        return self.lines[0].decode("latin-1")

    @property
    def headers(self) -> Headers:
        """Names and values, in order."""
        pairs = (line.decode("latin-1").partition(":") for line in self.lines[1:])
        return tuple((name.strip(), value.strip()) for name, _, value in pairs)


class RequestHeadReader:
    """Holds a head until its blank line has come."""

    def __init__(self) -> None:
        self._held = bytearray()

    def __bool__(self) -> bool:
        """Whether a head has begun."""
        return bool(self._held)

    def take(self, data: bytes) -> tuple[Head | None, bytes]:
        """The head once it is complete, and what follows it.

        raises:  BadMessageError if it does not begin like a request, or is longer than allowed
        """
        searched = max(0, len(self._held) - 3)
        self._held += data if self._held else data.lstrip(b"\r\n")
        if self._held and not _METHOD.match(self._held):
            tls = self._held.startswith(_TLS)
            raise BadMessageError(
                "This address speaks plain http: begin it with http://, not https://." if tls
                else f"Expected a request of HTTP/1.1; got {bytes(self._held[:40])!r}."
            )  # fmt: skip
        end = self._held.find(b"\r\n\r\n", searched)
        if (end if end >= 0 else len(self._held)) > LARGEST_HEAD:
            raise BadMessageError(f"Expected headers of at most {LARGEST_HEAD} bytes.")
        if end < 0:
            return None, b""
        head, rest = bytes(self._held[:end]), bytes(self._held[end + 4 :])
        self._held.clear()
        return Head(tuple(head.split(b"\r\n"))), rest


def check_lines(head: Head) -> None:
    """Refuse a head that two readers could understand differently.

    raises:  BadMessageError
    """
    if _CONTROL.search(b"\t".join(head.lines)):
        raise BadMessageError("Expected no control characters in the headers.")
    if not all(map(_HEADER.match, head.lines[1:])):
        raise BadMessageError("Expected a name and a colon on each line of the headers.")


class Body:
    """Where a message's body ends, according to its framing.

    ended:  whether all of it has come; never true for one that ends with its connection
    """

    def __init__(self, framing: Framing, length: int = 0) -> None:
        self.framing = framing
        self.ended = framing == "none" or (framing == "length" and not length)
        self._left = length
        self._line = b""
        self._due: Literal["size", "gap", "trailer"] = "size"

    def take(self, data: bytes) -> tuple[bytes, int]:
        """The part of the body in these bytes, and how many of the bytes belong to the message.

        raises:  BadMessageError for malformed chunks
        """
        if self.framing == "close":
            return data, len(data)
        if self.framing == "chunked":
            return self._take_chunks(data)
        part = data[: self._left]
        self._left -= len(part)
        self.ended = not self._left
        return part, len(part)

    def _take_chunks(self, data: bytes) -> tuple[bytes, int]:
        pieces, at = [], 0
        while at < len(data) and not self.ended:
            if self._left:
                piece = data[at : at + self._left]
                pieces.append(piece)
                self._left -= len(piece)
                at += len(piece)
                continue
            end = data.find(b"\n", at) + 1
            self._line += data[at : end or len(data)]
            at = end or len(data)
            if end:
                line, self._line = self._line.strip(), b""
                self._take_line(line)
            elif len(self._line) > LONGEST_LINE:
                raise BadMessageError(f"Expected a line of at most {LONGEST_LINE} bytes.")
        return b"".join(pieces), at

    def _take_line(self, line: bytes) -> None:
        """Process a line of the framing: a chunk's size, its end, or a trailer."""
        if self._due == "size":
            size = line.partition(b";")[0].strip()
            if not _SIZE.fullmatch(size):
                raise BadMessageError(f"Expected a chunk's size; got {line[:40]!r}.")
            self._left = int(size, 16)
            self._due = "gap" if self._left else "trailer"
        elif self._due == "gap":
            if line:
                raise BadMessageError(f"Expected the end of a chunk; got {line[:40]!r}.")
            self._due = "size"
        else:
            self.ended = not line


def body_of_request(headers: Headers, *, version: str = "HTTP/1.1") -> Body:
    """The body that follows a request's head.

    raises:  BadMessageError for framing that two readers could understand differently
    """
    coding, length = header(headers, "transfer-encoding"), header(headers, "content-length")
    if coding and (length or version == "HTTP/1.0" or coding.strip().lower() != "chunked"):
        beside = f" and Content-Length: {length}" if length else f" in {version}"
        raise BadMessageError(
            "Expected a Content-Length, or Transfer-Encoding: chunked; got "
            f"Transfer-Encoding: {coding[:40]}{beside[:40]}."
        )
    if len({one.strip() for one in length.split(",")}) > 1:
        raise BadMessageError(f"Expected one Content-Length; got {length[:40]!r}.")
    return _framed(headers) or Body("none")


def body_of_reply(headers: Headers, *, method: str, status: int) -> Body:
    """The body that follows a reply's head; without a length, it ends with the connection.

    raises:  BadMessageError for a malformed length
    """
    if method == "HEAD" or status in (204, 304):
        return Body("none")
    return _framed(headers) or Body("close")


def _framed(headers: Headers) -> Body | None:
    if "chunked" in header(headers, "transfer-encoding").lower():
        return Body("chunked")
    length = header(headers, "content-length").partition(",")[0].strip()
    if not length:
        return None
    if not _LENGTH.fullmatch(length):
        raise BadMessageError(f"Expected a length; got {length[:40]!r}.")
    return Body("length", int(length))
