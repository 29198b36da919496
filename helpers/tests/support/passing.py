"""A pass-through in front of a server that does exactly what a test says, on real sockets."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from helpers.server.http1 import Headers
from helpers.server.relay.passing import RelaySettings
from helpers.server.relay.relay import Relay, upstream
from helpers.server.relay.rewriting import Rewritten
from helpers.wire.head import Oddity

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PATIENCE_S = 20.0


@dataclass
class Noted:
    """What was told of one exchange."""

    request: Rewritten
    body: bytes = b""
    status: int = 0
    headers: Headers = ()
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    oddities: list[str] = field(default_factory=list)
    end: tuple[str, str] | None = None

    def sent(self, _: float, data: bytes) -> None:
        """Take a part of the request's body."""
        self.body += data

    def answered(self, _: float, status: int, __: str, headers: Headers) -> None:
        """Take the answer's head."""
        self.status, self.headers = status, headers

    def came(self, at: float, data: bytes) -> None:
        """Take a part of the answer."""
        self.pieces.append((at, data))

    def odd(self, oddities: tuple[Oddity, ...]) -> None:
        """Take what is odd."""
        self.oddities = [name for name, _ in oddities]

    def ended(self, _: float, end: str, cause: str, __: str) -> None:
        """Take the end; there is only one."""
        assert self.end is None
        self.end = end, cause

    @property
    def came_in_all(self) -> bytes:
        """Return the answer's body."""
        return b"".join(data for _, data in self.pieces)


@dataclass
class Passed:
    """A pass-through that runs: its port, the port behind it, what was told."""

    port: int
    port_behind: int
    settings: RelaySettings
    noted: list[Noted] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)

    @property
    def host(self) -> bytes:
        """Return the Host that its clients send."""
        return b"127.0.0.1:%d" % self.port


@asynccontextmanager
async def passing(url: str, **terms: object) -> AsyncIterator[Passed]:
    """Run a pass-through in front of an address."""
    noted: list[Noted] = []
    refused: list[tuple[int, str]] = []

    def begin(_: float, request: Rewritten) -> Noted:
        noted.append(Noted(request))
        return noted[-1]

    agreed = RelaySettings(upstream(url), begin, lambda *said: refused.append(said), **terms)
    relay = Relay(agreed)
    try:
        yield Passed(await relay.listen(), agreed.upstream.port, agreed, noted, refused)
    finally:
        relay.close()


@asynccontextmanager
async def behind_it(handler: Handler, **terms: object) -> AsyncIterator[Passed]:
    """Run a server that does what the handler does, and a pass-through in front of it."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, passing(f"http://127.0.0.1:{port}/v1", **terms) as passed:
        yield passed


async def said(port: int, *parts: bytes) -> bytes:
    """Return all that comes on a connection until it closes; a RST is noted at the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    came = b""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while data := await reader.read(65536):
                came += data
    except ConnectionResetError:
        came += b"<RST>"
    finally:
        writer.close()
    return came


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with a RST."""
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def until(condition: Callable[[], object]) -> None:
    """Wait until something has come true."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.002)
