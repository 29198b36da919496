"""The door to openai and httpx2: clients that stamp every byte as it arrives.

Two hooks of the HTTP client fill a recording below the openai client, before anything is parsed:
one stamps the moment of sending, the other wraps the body's stream in one that stamps each read.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from http.cookiejar import Cookie, DefaultCookiePolicy
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import httpx2
import openai

from ..endpoint import Endpoint
from ..wire.encoding import ACCEPTS, ASKED_FOR
from .connection import Broken, heard_by
from .keys import sent_url, sent_values
from .own_lag import spare_the_imports
from .proxies import proxy_variable
from .sent_headers import as_sent
from .tape import RUNNING, Tape, begin, listen, look_up, move, stamped

__all__ = ["OPENAI_VERSION", "client_of", "httpx2", "openai", "prepared"]

OPENAI_VERSION = openai.__version__
# How long an idle connection is kept, in seconds: less than servers usually keep it.
KEPT_S = 5.0
MOST_PREPARED = 64
# The longest cookie that browsers keep.
LONGEST_COOKIE = 4096
_EACH_ITS_OWN = ("content-length", "cookie")
# What the environment says about proxies and trusted certificates.
_VARIABLES = [
    name
    for upper in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE",
                  "SSL_CERT_DIR")
    for name in (upper, upper.lower())
]  # fmt: skip


class Prepared(NamedTuple):
    """A request's destination and transport, kept because finding them costs more than a send.

    headers:  those that the HTTP client sends with every request
    """

    url: str
    headers: tuple[tuple[str, str], ...]
    transport: Any


class _Pool:
    """The clients of one event loop, closed when the loop ends.

    A loop finalises its open asynchronous generators when it ends, so one is left waiting in it.
    """

    def __init__(self) -> None:
        self.clients: dict[tuple[object, ...], openai.AsyncOpenAI] = {}
        self.prepared: dict[tuple[object, ...], Prepared] = {}
        self.open = self._until_the_end()

    async def _until_the_end(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            for client in self.clients.values():
                await client.close()


_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pool] = WeakKeyDictionary()


class _StampedStream(httpx2.AsyncByteStream):
    """A body that notes when each of its reads arrived."""

    def __init__(self, stream: Any, tape: Tape) -> None:
        self._stream = stream
        self._tape = tape

    def __aiter__(self) -> AsyncIterator[bytes]:
        return stamped(self._stream, self._tape)

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Sendable(DefaultCookiePolicy):
    """Keeps only cookies that can be sent back: any other would make every later request fail."""

    def set_ok(self, cookie: Cookie, request: Any) -> bool:
        """Whether to keep a cookie."""
        text = f"{cookie.name}{cookie.value or ''}{cookie.path}"
        sendable = text.isascii() and text.isprintable() and len(text) <= LONGEST_COOKIE
        return sendable and super().set_ok(cookie, request)


async def client_of(endpoint: Endpoint) -> openai.AsyncOpenAI:
    """The endpoint's one client in the running loop; building it costs 0.1 s.

    raises:  Broken if a proxy variable holds an unreadable address
    """
    loop = asyncio.get_running_loop()
    if loop not in _pools:
        _pools[loop] = _Pool()
        await anext(_pools[loop].open)
    pool = _pools[loop]
    identity = (
        sent_url(endpoint), endpoint.api_key_env, endpoint.userinfo, sent_values(endpoint.query),
        sent_values(endpoint.headers), endpoint.limits, endpoint.direct, endpoint.ca_file,
        # A cell may set one and ask again.
        *map(os.environ.get, _VARIABLES),
    )  # fmt: skip
    clients = pool.clients
    if identity not in clients:
        try:
            clients[identity] = _build(endpoint)
        except (httpx2.InvalidURL, ValueError):
            # The message would quote the supposed port: part of a password that holds a slash.
            named = f"{proxy_variable(endpoint.url)} names an address that cannot be read"
            raise Broken("proxy", named) from None
        spare_the_imports()
    return clients[identity]


def prepared(client: Any, method: str, url: str, query: Mapping[str, str]) -> Prepared:
    """The destination and transport of a request to this URL, worked out once and kept."""
    kept, key = _pools[asyncio.get_running_loop()].prepared, (client, method, url, *query.items())
    if key not in kept:
        if len(kept) > MOST_PREPARED:
            kept.clear()
        request = client.build_request(method, url, params=query or None)
        usual = (pair for pair in request.headers.multi_items() if pair[0] not in _EACH_ITS_OWN)
        kept[key] = Prepared(str(request.url), tuple(usual), client._transport_for_url(request.url))
    return kept[key]


def _build(endpoint: Endpoint) -> openai.AsyncOpenAI:
    connect_s = endpoint.limits.connect_s
    direct = endpoint.loopback or endpoint.direct
    http_client = openai.DefaultAioHttpClient(
        # A proxy variable in the shell must not send requests for this machine elsewhere.
        trust_env=not direct,
        # One may lead to another host, or turn a POST into a GET: `connection` follows the others.
        follow_redirects=False,
        # By default the client also asks for br and zstd, since their decoders are installed here.
        headers={ACCEPTS: ASKED_FOR},
        verify=_trust(endpoint, direct=direct),
        timeout=httpx2.Timeout(None, connect=connect_s, pool=connect_s),
        # None would mean aiohttp's own limit of 100, and waiting here for a connection would look
        # like a slow server.
        limits=httpx2.Limits(max_connections=0, keepalive_expiry=KEPT_S),
        event_hooks={"request": [_sending(endpoint)], "response": [_answering]},
    )
    http_client.cookies.jar.set_policy(_Sendable())
    for transport in (http_client._transport, *http_client._mounts.values()):
        if transport is not None:
            heard_by(transport, listen, begin, move, look_up)
    return openai.AsyncOpenAI(
        api_key="unused: the request hook sets the header, or removes it",
        base_url=sent_url(endpoint),
        max_retries=0,
        http_client=http_client,
        default_query=dict(sent_values(endpoint.query)),
    )


def _trust(endpoint: Endpoint, *, direct: bool) -> ssl.SSLContext | bool:
    """The trusted certificate authorities; True for the client's own choice."""
    if endpoint.ca_file:
        return ssl.create_default_context(cafile=endpoint.ca_file)
    if not direct:
        return True
    if endpoint.url.startswith("https:"):
        # Without trust_env the client reads no SSL_CERT_FILE; a context of our own does.
        return ssl.create_default_context()
    # Plain http without a proxy meets no certificate, and loading the trusted ones takes 50 ms.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _sending(endpoint: Endpoint) -> Callable[[httpx2.Request], Awaitable[None]]:
    """The hook that adds the key to a request, and the moment of sending to its recording."""

    async def hook(request: httpx2.Request) -> None:
        request.headers = httpx2.Headers(as_sent(endpoint, request.headers.multi_items()))
        RUNNING.get().send(
            request.method, str(request.url), request.headers.multi_items(), request.content,
            endpoint=endpoint,
        )  # fmt: skip

    return hook


async def _answering(response: httpx2.Response) -> None:
    tape = RUNNING.get()
    headers = response.headers.multi_items()
    tape.answer(response.status_code, response.reason_phrase, headers)
    # The client would decompress an error's body without a bound; the recording has it anyway.
    response.headers.pop("content-encoding", None)
    response.stream = _StampedStream(response.stream, tape)
