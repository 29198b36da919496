"""The loopback proxy in front of the engine: the path names the mode, so one proxy serves all.

`http://127.0.0.1:PORT/demo:cut/v1/chat/completions` asks the engine with the mode `cut` in effect;
`/demo:cut+no-usage/…` has two modes; `/demo:cut@URL/…`, the URL percent-encoded, asks another
server instead and passes on the client's Authorization; `/replay:3/…` replays a recording, and
`/replay:3@10x/…` ten times faster. `GET /_log` shows the latest exchanges: modes, method, path
and status, when each began and ended (`time.time()`), the bytes of body sent, and how it ended:
"complete", "client closed", "hung up" (by a mode or by the server), "failed: …", or "open".

It answers programs on this machine, and no other site's web page that is open in a browser.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass
from itertools import count
from urllib.parse import unquote

from ..endpoint import BUILT_IN, REPLAY
from .certificate import self_signed
from .faults.catalogue import applied, unknown
from .http1 import (
    LARGEST_HEAD,
    BadMessageError,
    HangupError,
    Reply,
    Request,
    ResetError,
    write_reply,
)
from .origins import foreign_origin
from .replay import Replay, pace_of
from .replies import error_reply, json_reply
from .requests import read_request
from .upstream import Ask, server_at

LOG_PATH = "/_log"
LOG_LENGTH = 1000
REPLAYS_KEPT = 32


@dataclass
class Logged:
    """One exchange as the proxy saw it."""

    mode: str
    method: str
    path: str
    status: int | None = None
    began: float = 0.0
    ended: float | None = None
    sent_bytes: int = 0
    end: str = "open"


class Proxy:
    """Serves every mode of one server.

    replays_kept:  how many recordings it serves at once; the newest are kept
    """

    def __init__(self, ask: Ask, *, replays_kept: int = REPLAYS_KEPT) -> None:
        self._ask = ask
        self._replays_kept = replays_kept
        self._log: deque[Logged] = deque(maxlen=LOG_LENGTH)
        self._replays: dict[str, Replay] = {}
        self._numbers = count(1)
        self._servers: dict[bool, asyncio.Server] = {}

    async def listen(self, tls: ssl.SSLContext | None = None) -> int:
        """Start listening on 127.0.0.1 and return the port."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: _Connection(self._serve, loop), "127.0.0.1", 0, backlog=512, ssl=tls
        )
        self._servers[tls is not None] = server
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def listen_for_tls(self) -> int:
        """The port where it answers over TLS, with a self-signed certificate."""
        if server := self._servers.get(True):
            port: int = server.sockets[0].getsockname()[1]
            return port
        return await self.listen(self_signed())

    def close(self) -> None:
        """Stop listening."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()

    def serve(self, replay: Replay) -> str:
        """Keep a recording to replay and return its key; only the newest recordings are kept."""
        key = str(next(self._numbers))
        self._replays[key] = replay
        while len(self._replays) > self._replays_kept:
            del self._replays[next(iter(self._replays))]
        return key

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer a connection's requests in turn; cancelled when the client leaves."""
        try:
            while request := await read_request(reader, writer):
                with request.cleanup:
                    if not await self._exchange(request, writer):
                        break
        except BadMessageError as error:
            request = Request("", "", "HTTP/1.1", (("connection", "close"),), b"")
            await write_reply(error_reply(400, str(error)), request, writer)
        except ResetError:
            _reset(writer)
        except (HangupError, OSError):
            pass
        finally:
            writer.close()

    async def _exchange(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Answer one request and log it; return whether the connection may be reused."""
        route, request.route, request.target = _parted(request.target)
        entry = Logged(
            (route or "").partition(":")[2], request.method, request.path, began=time.time()
        )
        if request.path != LOG_PATH:
            self._log.append(entry)
        try:
            reply = await self._answer(route, request)
            entry.status = reply.status
            reply.body = _counted(reply.body, entry)
            again = await write_reply(reply, request, writer)
            entry.end = "complete"
        except asyncio.CancelledError:
            entry.end = "client closed"
            raise
        except HangupError:
            entry.end = "hung up"
            raise
        except Exception as error:
            entry.end = f"failed: {error!r}"
            raise
        finally:
            entry.ended = time.time()
        return again

    async def _answer(self, route: str | None, request: Request) -> Reply:
        if origin := foreign_origin(request.headers):
            return error_reply(403, f"Expected a program on this machine; got {origin[:80]}.")
        if request.path == LOG_PATH:
            return json_reply(200, [asdict(entry) for entry in self._log])
        try:
            ask = self._asker(route)
        except ValueError as error:
            return error_reply(400, str(error), code="bad_address")
        if ask is None:
            return error_reply(404, "Expected a path under /demo or /demo:NAME.", code="no_mode")
        try:
            return await ask(request)
        except (OSError, BadMessageError) as error:
            return error_reply(502, f"The server behind the proxy did not answer: {error}.")

    def _asker(self, route: str | None) -> Ask | None:
        """The `Ask` for a route, None if it leads nowhere.

        raises:  ValueError for a malformed speed, or a malformed address after the "@"
        """
        head, _, rest = (route or "").partition(":")
        names, _, behind = rest.partition("@")
        if head == REPLAY:
            replay = self._replays.get(names)
            return replay.at(pace_of(behind)) if replay else None
        if head != BUILT_IN or unknown(names):
            return None
        return (
            applied(names, server_at(behind), pace=False) if behind else applied(names, self._ask)
        )


class _Connection(asyncio.StreamReaderProtocol):
    """A client's connection; its task is cancelled as soon as the client leaves."""

    def __init__(
        self,
        serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._serving = asyncio.ensure_future(serve(reader, writer))

        super().__init__(asyncio.StreamReader(LARGEST_HEAD, loop), begin, loop)

    def eof_received(self) -> bool:
        """Treat the client's half-close as a full one: nobody will read the rest of a stream."""
        super().eof_received()
        self._serving.cancel()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop serving a client that has left."""
        super().connection_lost(exc)
        self._serving.cancel()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with a RST, which is what closing a socket with zero linger sends."""
    now = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
    writer.transport.abort()


def _parted(target: str) -> tuple[str | None, str, str]:
    """The route ("demo:cut@URL", "replay:3@10x"), its segment as it arrived, and the rest.

    The route is None if the path has none.
    """
    first, _, rest = target.removeprefix("/").partition("/")
    route = unquote(first)
    if route.partition(":")[0] in (BUILT_IN, REPLAY):
        return route, f"/{first}", f"/{rest}"
    return None, "", target


async def _counted(body: AsyncIterator[bytes], entry: Logged) -> AsyncIterator[bytes]:
    async for piece in body:
        yield piece
        entry.sent_bytes += len(piece)
