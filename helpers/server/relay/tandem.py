"""Two connections as one: a program's, and the one to the server that it is really asking.

Whatever happens to one end happens to the other. Bytes are sent on before anything else is done
with them, and no report about them can stop them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections import deque
from functools import partial
from http import HTTPStatus
from time import perf_counter

from ...wire.head import BadHead, HeadReader
from ..http1 import LARGEST_HEAD, BadMessageError, Headers
from .messages import Body, Head, RequestHeadReader, body_of_reply, body_of_request
from .passing import RelaySettings, Transit, plainly, why
from .rewriting import NotPassedOnError, Rewritten, rewritten
from .watchdog import Watchdog

# A program that does not read its refusal is disconnected after this time.
LINGER_S = 5.0


class _End(asyncio.Protocol):
    """One of the two connections; if this one cannot be written fast enough, the other waits."""

    transport: asyncio.Transport
    other: _End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = transport  # type: ignore[assignment]

    def pause_writing(self) -> None:
        """Make the other end wait."""
        if self.other and not self.other.transport.is_closing():
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """Let the other end continue."""
        if self.other and not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def reset(self) -> None:
        """End the connection with a RST, as the other end did."""
        linger = struct.pack("ii", 1, 0)
        with contextlib.suppress(OSError, AttributeError):
            found = self.transport.get_extra_info("socket")
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.transport.abort()


class FromClient(_End):
    """A program's connection: its requests are rewritten and passed on."""

    def __init__(self, settings: RelaySettings) -> None:
        self._settings = settings
        self._head = RequestHeadReader()
        self._exchange: Transit | None = None
        self._due: deque[Transit] = deque()
        self._outgoing: list[bytes] = []
        self._dialling: asyncio.Task[None] | None = None
        self._server: FromServer | None = None
        self._refused = False
        self._late = Watchdog(partial(self.refuse, 408, "Expected whole headers in time."))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Add the connection to the open ones."""
        super().connection_made(transport)
        self._settings.open.add(self.transport)

    def data_received(self, data: bytes) -> None:
        """Pass on what the program sends."""
        at = perf_counter()
        try:
            while data and not self._refused:
                data = self._take(at, data)
        except NotPassedOnError as refused:
            self.refuse(refused.status, str(refused), refused.headers)
        except BadMessageError as error:
            # The bytes may hold a key, so they are not quoted.
            self.refuse(400, f"{str(error).partition('; got ')[0].removesuffix('.')}.")

    def eof_received(self) -> bool:
        """Treat a half-close as a full one: nobody will read the rest of a stream."""
        # Not closed: that would wait until the client, which has left, has read what was sent.
        self.transport.abort()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the server know at once that its client has left."""
        self._settings.open.discard(self.transport)
        self._late.note(begun=False)
        if self._dialling:
            self._dialling.cancel()
        if self._server and not self._server.transport.is_closing():
            if isinstance(exc, ConnectionError):
                self._server.reset()
            else:
                self._server.transport.abort()
        self.end_all("closed", "", "")

    def refuse(self, status: int, message: str, headers: Headers = ()) -> None:
        """Answer in the server's place, and close."""
        self._refused = True
        self._settings.refused(status, message)
        if self._due:
            # There is no room for this answer in the middle of another.
            self.transport.abort()
            return
        error = {"error": {"message": message, "type": "endpointscope_watch", "code": status}}
        body = json.dumps(error).encode()
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "Content-Type: application/json"]
        lines += [*(f"{name}: {value}" for name, value in headers), "Connection: close"]
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
        self.transport.write(head.encode("latin-1") + body)
        # If it closed at once, the rest of an upload would cause a RST that destroys the answer.
        self.transport.write_eof()
        asyncio.get_running_loop().call_later(LINGER_S, self.transport.abort)

    def answer_ended(self) -> None:
        """Move on to the next exchange."""
        if self._due:
            self._due.popleft()

    @property
    def due(self) -> Transit | None:
        """The exchange whose answer comes next."""
        return self._due[0] if self._due else None

    def end_all(self, end: str, cause: str, detail: str) -> None:
        """Report how every open exchange ended."""
        while self._due:
            self._due.popleft().tell("ended", perf_counter(), end, cause, detail)

    def _take(self, at: float, data: bytes) -> bytes:
        """Pass on the bytes of one message, and return those that follow it."""
        exchange = self._exchange
        if exchange is None:
            head, rest = self._head.take(data)
            self._late.note(begun=bool(self._head))
            if head is not None:
                upstream, origins = self._settings.upstream, self._settings.origins
                self._begin(at, rewritten(head, upstream.authority, origins, proxy=upstream.proxy))
            return rest
        part, count = exchange.body.take(data)
        self._pass_on(data[:count])
        exchange.tell("sent", at, part)
        if exchange.body.ended:
            self._exchange = None
        return data[count:]

    def _begin(self, at: float, request: Rewritten) -> None:
        body = body_of_request(request.headers, version=request.version)
        self._pass_on(request.raw)
        exchange = Transit(request.method, body)
        exchange.begin(self._settings, at, request)
        self._due.append(exchange)
        self._exchange = None if body.ended else exchange

    def _pass_on(self, data: bytes) -> None:
        if self._server:
            self._server.transport.write(data)
            return
        self._outgoing.append(data)
        if sum(map(len, self._outgoing)) > LARGEST_HEAD:
            self.transport.pause_reading()
        if self._dialling is None:
            self._dialling = asyncio.get_running_loop().create_task(self._dial())

    async def _dial(self) -> None:
        """Connect to the server behind; if it cannot be reached, answer 502."""
        try:
            server = await self._connected()
        except OSError as error:
            cause, words = why(error)
            self.end_all("broken", cause, words)
            by = " through the proxy" if self._settings.upstream.through else ""
            self.refuse(502, f"The server behind watch cannot be reached{by}: {plainly(error)}.")
            return
        self._server = self.other = server
        server.transport.writelines(self._outgoing)
        self._outgoing.clear()
        if not self.transport.is_closing():
            self.transport.resume_reading()

    async def _connected(self) -> FromServer:
        upstream, loop = self._settings.upstream, asyncio.get_running_loop()
        if upstream.through is None:
            _, server = await loop.create_connection(
                partial(FromServer, self), upstream.host, upstream.port, ssl=upstream.tls,
                happy_eyeballs_delay=0.25,
            )  # fmt: skip
            return server
        server = FromServer(self)
        # Kept because a writer closes its connection when it is garbage-collected.
        server.opened_by = writer = await upstream.through()
        writer.transport.set_protocol(server)
        server.connection_made(writer.transport)
        return server


class FromServer(_End):
    """The connection to the server behind, whose answers pass byte for byte."""

    opened_by: asyncio.StreamWriter | None = None

    def __init__(self, client: FromClient) -> None:
        self.other = self._client = client
        self._head = HeadReader()
        self._body: Body | None = None
        self._unreadable = False

    def data_received(self, data: bytes) -> None:
        """Pass on what the server sends, then look at what it is."""
        self._client.transport.write(data)
        at = perf_counter()
        try:
            while data and not self._unreadable:
                data = self._take(at, data)
        except (BadHead, BadMessageError) as error:
            # It cannot be understood any further, but it still passes.
            self._unreadable = True
            self._tell_oddities()
            self._client.end_all("broken", "protocol", str(error))

    def eof_received(self) -> bool:
        """Close this end: a server that has closed needs nothing that is still unsent."""
        self.transport.abort()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """End the client's connection the way this one ended."""
        if self._body and self._body.framing == "close" and exc is None:
            self._end("eof")
        self._tell_oddities()
        died = isinstance(exc, ConnectionError)
        how = "reset" if died else "closed"
        self._client.end_all("broken", "reset", f"the server {how} the connection too early")
        if self._client.transport.is_closing():
            return
        if died:
            self._client.reset()
        else:
            self._client.transport.close()

    def _take(self, at: float, data: bytes) -> bytes:
        """Report the bytes of one message, and return those that follow it."""
        exchange = self._client.due
        if exchange is None:
            return b""
        if self._body is None:
            parts = self._head.feed(data)
            if parts is None:
                return b""
            head, rest = parts
            self._begin(at, exchange, Head(tuple(head[:-4].split(b"\r\n"))))
        else:
            part, count = self._body.take(data)
            exchange.tell("came", at, part)
            rest = data[count:]
        if self._body and self._body.ended:
            self._end("eof")
        return rest

    def _begin(self, at: float, exchange: Transit, head: Head) -> None:
        status, reason = self._head.status, head.first.partition(" ")[2].partition(" ")[2]
        self._body = body_of_reply(head.headers, method=exchange.method, status=status)
        exchange.tell("answered", at, status, reason, head.headers)

    def _tell_oddities(self) -> None:
        if exchange := self._client.due:
            self._head.close()
            exchange.tell("odd", tuple(self._head.oddities))

    def _end(self, end: str) -> None:
        self._tell_oddities()
        self._body, self._head = None, HeadReader()
        if exchange := self._client.due:
            exchange.tell("ended", perf_counter(), end, "", "")
            self._client.answer_ended()
