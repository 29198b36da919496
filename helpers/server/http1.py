"""HTTP/1.1 on asyncio streams, able to break its rules: messages, and replies in and out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any

from ..wire.request import PATHS, Api

Headers = tuple[tuple[str, str], ...]
Body = AsyncIterator[bytes]

LARGEST_HEAD = 2**16
LARGEST_BODY = 2**27
# RFC 9110, 7.6.1: these concern one connection and are never forwarded.
HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "te", "upgrade"})
FRAMING = frozenset({"content-length", "transfer-encoding"})


class BadMessageError(ValueError):
    """The message received is not HTTP/1.1; the text says what was expected."""


class HangupError(Exception):
    """Ends a reply's body and its connection, without a proper end of the message."""


class ResetError(HangupError):
    """Like HangupError, but the connection ends with a RST instead of a FIN."""


@dataclass
class Request:
    """One request as it arrived, its body decoded.

    target:      path and query, after the mode's own segment
    route:       that segment as it arrived, "/demo:cut"
    received_s:  the event loop's time when the request was complete
    cleanup:     unwound when the exchange ends, however it ends
    """

    method: str
    target: str
    version: str
    headers: Headers
    body: bytes
    received_s: float = 0.0
    route: str = ""
    cleanup: ExitStack = field(default_factory=ExitStack)

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def is_chat(self) -> bool:
        """Whether it asks for a chat completion."""
        return self.api == "chat"

    @property
    def api(self) -> Api | None:
        """The API whose answer it asks for, None for any other request."""
        known = (api for api, path in PATHS.items() if self.path.endswith(path))
        return next(known, None) if self.method == "POST" else None

    @property
    def lists_models(self) -> bool:
        """Whether it asks which models there are."""
        return self.method == "GET" and self.path.endswith("/models")

    @cached_property
    def json(self) -> dict[str, Any]:
        """The JSON object in the body, {} if there is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def streams(self) -> bool:
        """Whether the answer should be a stream."""
        return self.json.get("stream") is True

    @property
    def keeps_alive(self) -> bool:
        """Whether the client may send another request on the connection."""
        wish = header(self.headers, "connection").lower()
        return wish == "keep-alive" if self.version == "HTTP/1.0" else "close" not in wish


@dataclass
class Reply:
    """One answer, framed by its Content-Length if it has one, otherwise one chunk per piece.

    wire:  rewrites the whole message, head and framing included, on its way to the socket; the
           connection is not reused
    """

    status: int
    headers: Headers
    body: Body
    reason: str = ""
    wire: Callable[[Body], Body] | None = None

    @property
    def is_event_stream(self) -> bool:
        """Whether the reply declares itself to be SSE."""
        return header(self.headers, "content-type").lower().startswith("text/event-stream")


def header(headers: Headers, name: str) -> str:
    """The value of this header, several joined by commas, "" if it is absent."""
    return ", ".join(value for key, value in headers if key.lower() == name)


def without(headers: Headers, *names: str) -> Headers:
    """The headers, except those with the given lower-case names."""
    return tuple((key, value) for key, value in headers if key.lower() not in names)


async def once(data: bytes) -> Body:
    """Yield one piece: the body of a short reply."""
    if data:
        yield data


async def whole(body: Body) -> bytes:
    """Read a body to its end and return it."""
    return b"".join([piece async for piece in body])


async def read_reply(reader: asyncio.StreamReader, method: str) -> Reply:
    """A server's reply as soon as its head has arrived; the body follows piece by piece.

    raises:  BadMessageError; the body raises HangupError if the server closes too early
    """
    first, headers = await read_head(reader)
    parts = first.split(" ", 2)
    if not first.startswith("HTTP/1.") or len(parts) < 2 or not parts[1].isdigit():
        raise BadMessageError(f"Expected a status line of HTTP/1.1; got {first[:80]!r}.")
    status = int(parts[1])
    bodiless = method == "HEAD" or status in (204, 304)
    body = once(b"") if bodiless else read_body(reader, headers)
    return Reply(status, headers, body, parts[2] if len(parts) > 2 else "")


async def read_body(reader: asyncio.StreamReader, headers: Headers) -> Body:
    """Yield a message's body as it arrives, chunk by chunk or read by read."""
    if "chunked" in header(headers, "transfer-encoding").lower():
        while piece := await _read_chunk(reader):
            yield piece
    elif length := header(headers, "content-length"):
        left = _size(length, 10)
        while left:
            piece = await reader.read(min(left, 2**16))
            if not piece:
                raise HangupError(f"the body ended {left} bytes early")
            left -= len(piece)
            yield piece
    else:
        while piece := await reader.read(2**16):
            yield piece


async def write_reply(reply: Reply, request: Request, writer: asyncio.StreamWriter) -> bool:
    """Send a reply while its body is made; return whether the connection may be reused."""
    announced = header(reply.headers, "content-length")
    chunked = not announced and request.version != "HTTP/1.0"
    bodiless = request.method == "HEAD" or reply.status in (204, 304)
    keep = request.keeps_alive and not reply.wire and (chunked or bool(announced) or bodiless)
    head = _head(reply, chunked=chunked and not bodiless, keep=keep)
    body = reply.body if bodiless or not chunked else _in_chunks(reply.body)
    if announced and not bodiless:
        body = _measured(body, int(announced))
    message = _joined(head, body)
    async for piece in reply.wire(message) if reply.wire else message:
        writer.write(piece)
        await writer.drain()
    return keep


async def _joined(head: bytes, body: Body) -> Body:
    yield head
    async for piece in body:
        yield piece


async def _in_chunks(body: Body) -> Body:
    async for piece in body:
        if piece:  # an empty chunk would end the body
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


async def _measured(body: Body, length: int) -> Body:
    """Yield the body; end the connection if its length differs from the one announced."""
    sent = 0
    async for piece in body:
        sent += len(piece)
        yield piece
    if sent != length:
        raise HangupError(f"{sent} bytes of {length} were sent")


def _head(reply: Reply, *, chunked: bool, keep: bool) -> bytes:
    reason = reply.reason or _reason(reply.status)
    headers = without(reply.headers, "transfer-encoding", *HOP_BY_HOP)
    lines = [f"HTTP/1.1 {reply.status} {reason}", *(f"{key}: {value}" for key, value in headers)]
    if chunked:
        lines.append("Transfer-Encoding: chunked")
    lines.append(f"Connection: {'keep-alive' if keep else 'close'}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def read_head(reader: asyncio.StreamReader, begun: bytes = b"") -> tuple[str, Headers]:
    """A message's first line and headers, ("", ()) at the end of the connection.

    begun:   bytes of it that were already read
    raises:  BadMessageError
    """
    try:
        head = begun + await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as cut:
        if (begun + cut.partial).strip():
            raise BadMessageError("The connection closed inside the headers.") from None
        return "", ()
    except asyncio.LimitOverrunError:
        raise BadMessageError(f"Expected headers of at most {LARGEST_HEAD} bytes.") from None
    first, *lines = head.decode("latin-1").strip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return first, tuple((key.strip(), value.strip()) for key, _, value in pairs)


async def _read_chunk(reader: asyncio.StreamReader) -> bytes:
    """The next chunk's data, b"" after the last one and its trailers."""
    try:
        line = await reader.readuntil(b"\r\n")
        size = _size(line.split(b";")[0].strip().decode("latin-1"), 16)
        if size:
            return (await reader.readexactly(size + 2))[:-2]
        while await reader.readuntil(b"\r\n") != b"\r\n":
            pass
    except asyncio.IncompleteReadError:
        raise HangupError("the body ended inside a chunk") from None
    except asyncio.LimitOverrunError:
        raise BadMessageError(f"Expected a line of at most {LARGEST_HEAD} bytes.") from None
    return b""


def _size(text: str, base: int) -> int:
    try:
        size = int(text, base)
    except ValueError:
        raise BadMessageError(f"Expected a length; got {text[:40]!r}.") from None
    if not 0 <= size <= LARGEST_BODY:
        raise BadMessageError(f"Expected a length of at most {LARGEST_BODY}; got {size}.")
    return size


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
