"""The door to aiohttp: connections that can read answers even if they break HTTP's rules.

aiohttp refuses heads that other clients accept, and accepts some that they refuse. So each head is
read here first: its oddities are noted, and aiohttp is given a clean one.
"""

from __future__ import annotations

import asyncio
import errno
import re
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache, partial
from time import perf_counter
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

from ..wire.head import LARGEST, BadHead, headers_as_text
from ..wire.recording import Cause
from ..wire.redirect import followed
from .heard import Heard

# The most bytes of a body in one read.
_READ_BYTES = 1 << 14
# As many as httpx follows.
MOST_REDIRECTS = 20
_LIMITS = {"max_line_size": LARGEST, "max_field_size": LARGEST, "max_headers": LARGEST}


class Broken(Exception):
    """The connection failed or was lost; what arrived before that is in the recording."""

    def __init__(self, cause: Cause, detail: str) -> None:
        super().__init__(detail)
        self.cause, self.detail = cause, detail


Listen = Callable[[Heard], None]
Begin = Callable[[], None]
Move = Callable[[int, str], None]
LookUp = Callable[[bool], None]


class _Connection(ResponseHandler):
    """One connection to a server; `listen` is given a `Heard` for each answer."""

    def __init__(self, *, loop: asyncio.AbstractEventLoop, listen: Listen) -> None:
        super().__init__(loop)
        self._listen = listen
        self._heard = Heard()
        self._in_head = self._used = False

    @property
    def reused(self) -> bool:
        """Whether it carried an answer before this one."""
        return self._heard.reused

    def set_response_params(self, **how: Any) -> None:
        """Get ready for the answer to the next request."""
        self._heard, self._in_head = Heard(reused=self._used), True
        self._used = True
        self._listen(self._heard)
        super().set_response_params(**(how | _LIMITS))

    def data_received(self, data: bytes) -> None:
        """Handle one read from the socket."""
        at = perf_counter()
        if self._in_head and data:
            try:
                parts = self._heard.head.feed(data)
            except BadHead as bad:
                self._refuse(bad.oddity.name)
                return
            if parts is None:
                return
            self._in_head = False
            self._heard.head_at = at
            # On its own, because aiohttp drops a head that arrives together with a bad body.
            head, data = parts
            super().data_received(head)
            if not data:
                self._note(at)
                return
        ended = self._payload is not None and self._payload.is_eof()
        super().data_received(data)
        self._note(at, len(data))
        if self._exception is not None or ended:
            self._look_behind(ended=ended and bool(data))

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Resume reading only if it was paused: aiohttp calls this for each chunk of a body."""
        if self._reading_paused:
            super().resume_reading(resume_parser)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Note how much of the head or the body had arrived."""
        at = perf_counter()
        if self._in_head and self._heard.head.close():
            self._refuse("not-http")
        super().connection_lost(exc)
        self._note(at)

    def _note(self, at: float, read_bytes: int = 0) -> None:
        payload, heard = self._payload, self._heard
        if payload is not None and heard.head_at:
            heard.note(at, payload.total_bytes, ended=payload.is_eof(), read_bytes=read_bytes)
            if heard.misframed and not payload.is_eof():
                self.abort()
                payload.feed_eof()

    def _refuse(self, why: str) -> None:
        self._in_head = False
        if self.transport is not None:
            self.transport.close()
        self.set_exception(Broken("protocol", why))

    def _look_behind(self, *, ended: bool) -> None:
        """Distinguish a badly framed body from a complete one followed by more bytes.

        aiohttp does not pass its error on to the body, so a reader would wait forever.
        """
        payload, error = self._payload, self._exception
        wrong = isinstance(error, HttpProcessingError)
        if payload is None or not (wrong or ended):
            return
        if payload.is_eof():
            self._heard.head.note("more-behind")
        elif wrong:
            self._heard.misframed = _one_line(getattr(error, "message", ""))
            payload.feed_eof()


def heard_by(transport: Any, listen: Listen, begin: Begin, move: Move, look_up: LookUp) -> None:
    """Make the openai client's aiohttp transport report what it sends and receives.

    begin:    called when a request is ready, before it has a connection; and again when its first
              byte goes over a reused one, because the time in between is our own
    move:     called with the status and the target of each redirect that is followed
    look_up:  called with True when a name is about to be looked up, with False when it was
    """

    class Timed(aiohttp.ClientRequest):
        async def write_bytes(
            self, writer: Any, conn: Any, content_length: int | None = None
        ) -> None:
            if conn.protocol is not None and conn.protocol.reused:
                begin()
            await super().write_bytes(writer, conn, content_length)

    async def send(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        begin()
        been = [str(request.url)]
        response = await handler(request)
        while target := _leads_on(response, been):
            move(response.status, target)
            response.release()
            request.url = type(request.url)(target)
            been.append(target)
            response = await handler(request)
        return response

    def session() -> Any:
        transport.client = None
        made, loop = transport.get_client(), asyncio.get_running_loop()
        connector = made.connector
        connector._factory = partial(_Connection, loop=loop, listen=listen)
        connector._resolver.resolve = _noting(connector._resolver.resolve, look_up)
        made._middlewares, made._request_class = (send,), Timed
        return made

    transport.client = session


def _noting(resolve: Callable[..., Any], look_up: LookUp) -> Callable[..., Any]:
    async def noted(*name: Any, **how: Any) -> Any:
        look_up(True)
        found = await resolve(*name, **how)
        look_up(False)
        return found

    return noted


def _leads_on(response: aiohttp.ClientResponse, been: Sequence[str]) -> str:
    """Where to send the request again, "" to take this answer.

    been:  the addresses it was sent to
    """
    location = response.headers.get("location", "")
    target = followed(response.method, been[-1], response.status, location)
    return target if target not in been and len(been) <= MOST_REDIRECTS else ""


class Answered:
    """An answer whose head has arrived.

    headers:  as received, except for names in lower case
    """

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.status, self.reason = response.status, response.reason or ""
        self.headers = headers_as_text(response.raw_headers)
        self._content = response.content

    def reads(self) -> AsyncIterator[bytes]:
        """The body's reads, as they arrive."""
        return self._content.iter_chunked(_READ_BYTES)


@asynccontextmanager
async def answered(
    transport: Any, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes, *,
    connect_s: float,
) -> AsyncIterator[Answered]:  # fmt: skip
    """Send a request over a connection of the openai client's aiohttp transport.

    The layers in between would double the cost of a request, with objects for its address, headers
    and answer, and with redirects and logins to handle, none of which is needed here.
    """
    if not isinstance(transport.client, aiohttp.ClientSession):
        transport.client = transport.get_client()
    session: aiohttp.ClientSession = transport.client
    request = session.request(
        method, url, headers=headers, data=body or None, allow_redirects=False,
        auto_decompress=False, timeout=_timeout(connect_s), **_by_proxy(transport.proxy),
    )  # fmt: skip
    async with request as response:
        yield Answered(response)


@lru_cache(maxsize=16)
def _timeout(connect_s: float) -> aiohttp.ClientTimeout:
    """A timeout for connecting only: `chat` limits how long an answer may take."""
    return aiohttp.ClientTimeout(connect=connect_s, sock_connect=connect_s)


def _by_proxy(proxy: Any) -> dict[str, Any]:
    if proxy is None:
        return {}
    auth = aiohttp.BasicAuth(*proxy.auth) if proxy.auth else None
    return {"proxy": str(proxy.url), "proxy_auth": auth, "proxy_headers": proxy.headers}


def fault(error: BaseException) -> tuple[Cause, str]:
    """The root cause of an error that the client raised, and its message."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        if isinstance(link, Broken):
            return link.cause, link.detail
        chain.append(link)
        link = link.__cause__ or link.__context__
    for cause, types in _CAUSES:
        for link in chain:
            if isinstance(link, types):
                words = _in_words(link)
                if cause == "refused" and getattr(link, "errno", None) in _NO_ROUTE:
                    return "unreachable", words
                # aiohttp also calls a connection that ends before its body bad HTTP.
                return ("reset", _ended(words)) if _ENDED in words else (cause, words)
    return "other", _in_words(chain[-1])


def _ended(words: str) -> str:
    """The detail of a connection that ended before its body: "10 of 20 bytes"."""
    counted = re.search(r"received (\d+) of (\d+) bytes", words)
    return f"{counted[1]} of {counted[2]} bytes" if counted else "the last chunk is missing"


_ENDED = "Not enough data"
_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH)
# Order matters: aiohttp's DNS and TLS errors are connection errors too.
_CAUSES: tuple[tuple[Cause, tuple[type[BaseException], ...]], ...] = (
    ("dns", (aiohttp.ClientConnectorDNSError,)),
    ("tls", (aiohttp.ClientSSLError, ssl.SSLError)),
    ("refused", (ConnectionRefusedError,)),
    ("connect-timeout", (aiohttp.ConnectionTimeoutError,)),
    ("framing", (aiohttp.http_exceptions.TransferEncodingError,)),
    ("protocol", (HttpProcessingError,)),
    ("reset", (ConnectionResetError, aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError)),
    ("refused", (aiohttp.ClientConnectorError,)),
)


def _in_words(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")


def _one_line(message: str) -> str:
    """The error message of aiohttp's parser and the bytes it stumbled over, on one line."""
    lines = [line.strip() for line in message.splitlines()]
    return " ".join(line for line in lines if line.strip("^")).removesuffix(":")
