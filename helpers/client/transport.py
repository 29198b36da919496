"""The door to the network: the openai client, with every byte stamped as it arrives.

Two hooks of the HTTP client fill a Recording below the openai client, before anything is parsed:
one stamps the moment of sending, the other wraps the body's stream in one that stamps each read.
An error's body, a list of models and a streamed answer are therefore all recorded the same way. A
body that is sent byte for byte uses the same connections, but bypasses the openai client.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
import openai

from ..endpoint import Endpoint
from ..wire.encoding import ACCEPTS, ASKED_FOR
from ..wire.recording import Recording
from ..wire.request import Request
from .connection import Broken, answered, fault, heard_by
from .cookies import Sendable
from .keys import sent_values
from .own_lag import OwnLag, spare_the_imports
from .route import Prepared, variables
from .sent_headers import as_sent
from .tape import RUNNING, Tape, begin, listen, stamped
from .ways import blamed, proxy_variable

__all__ = ["OPENAI_VERSION", "get_models", "httpx2", "openai", "post"]

OPENAI_VERSION = openai.__version__
# How long an idle connection is kept: less than servers usually keep it.
KEPT_S = 5.0
MOST_WAYS = 64
_EACH_ITS_OWN = ("content-length", "cookie")
_JSON = ("content-type", "application/json")


class _Pool:
    """The clients of one event loop, closed when the loop ends.

    A loop finalises its open asynchronous generators when it ends, so one is left waiting in it.
    """

    def __init__(self) -> None:
        self.clients: dict[tuple[object, ...], openai.AsyncOpenAI] = {}
        self.ways: dict[tuple[object, ...], Prepared] = {}
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


async def post(
    endpoint: Endpoint,
    request: Request,
    recording: Recording,
    on_read: Callable[[], bool],
    *,
    path: str = "",
) -> None:
    """Send a request and record its answer, whatever its status.

    recording:  filled while it runs
    on_read:    called after each read; returning True stops reading and closes the connection
    path:       the path below the base URL, in place of the request's own
    raises:     Broken if the connection cannot be made or is lost
    """
    if path or request.raw is not None or request.api not in ("chat", "responses"):
        query = {**dict(sent_values(endpoint.query)), **request.query}
        sent = _sent(endpoint, "POST", path or request.path, query, request.headers, request.body())
        await _record(sent, recording, on_read)
        return
    client = await _client(endpoint, recording)
    more: dict[str, Any] = {"extra_headers": request.headers, "extra_query": request.query}
    rest, stream = dict(request.parameters), request.parameters.get("stream")
    rest.pop("stream", None)
    create: Any = client.chat.completions.with_streaming_response.create
    said: dict[str, Any] = {"messages": list(request.messages)}
    if request.api == "responses":
        create = client.responses.with_streaming_response.create
        said = {"input": list(request.messages)}
    call = create(
        model=request.model, stream=openai.omit if stream is None else stream, extra_body=rest,
        **said, **more,
    )  # fmt: skip
    await _record(_through(call), recording, on_read)


async def get(endpoint: Endpoint, path: str, recording: Recording) -> None:
    """Send a GET for a path below the base URL and record the answer; raises as `post` does."""
    query = dict(sent_values(endpoint.query))
    await _record(_sent(endpoint, "GET", path, query), recording, lambda: False)


async def _sent(
    endpoint: Endpoint, method: str, path: str, query: Mapping[str, str],
    headers: Mapping[str, str] | None = None, body: bytes = b"",
) -> AsyncGenerator[bytes]:  # fmt: skip
    """Send a request that the openai client would not, and yield the body's reads."""
    client: Any = (await _client(endpoint, RUNNING.get().recording))._client
    way = _way(client, method, f"{endpoint.url}{path}", query)
    own = {name.lower(): value for name, value in (headers or {}).items()}
    if body:
        own.setdefault("content-length", str(len(body)))
    usual = way.headers if method == "GET" else (*way.headers, _JSON)
    given = [*(pair for pair in usual if pair[0] not in own), *own.items()]
    given += _cookies(client, method, way.url)
    sent, tape = as_sent(endpoint, given), RUNNING.get()
    tape.send(method, way.url, sent, body, endpoint=endpoint)
    request = answered(
        way.transport, method, way.url, sent, body, connect_s=endpoint.limits.connect_s
    )
    async with request as answer:
        tape.answer(answer.status, answer.reason, answer.headers)
        if any(name == "set-cookie" for name, _ in answer.headers):
            asked = httpx2.Request(method, way.url)
            said = [(name.encode(), value.encode()) for name, value in answer.headers]
            client.cookies.extract_cookies(httpx2.Response(200, headers=said, request=asked))
        async for data in stamped(answer.reads(), tape):
            yield data


def _cookies(client: Any, method: str, url: str) -> list[tuple[str, str]]:
    """The header with the server's cookies, as the openai client would send it."""
    if not len(client.cookies.jar):
        return []
    request = httpx2.Request(method, url)
    client.cookies.set_cookie_header(request)
    return [pair for pair in request.headers.multi_items() if pair[0] == "cookie"]


def _way(client: Any, method: str, url: str, query: Mapping[str, str]) -> Prepared:
    ways, key = _pools[asyncio.get_running_loop()].ways, (client, method, url, *query.items())
    if key not in ways:
        if len(ways) > MOST_WAYS:
            ways.clear()
        request = client.build_request(method, url, params=query or None)
        usual = (pair for pair in request.headers.multi_items() if pair[0] not in _EACH_ITS_OWN)
        ways[key] = Prepared(str(request.url), tuple(usual), client._transport_for_url(request.url))
    return ways[key]


async def _through(call: AbstractAsyncContextManager[Any]) -> AsyncGenerator[bytes]:
    """Send a call of the openai client, and yield the body's reads."""
    async with call as response:
        async for data in response.http_response.aiter_raw():
            yield data


async def get_models(endpoint: Endpoint, recording: Recording) -> None:
    """Request the list of models and record the answer; raises as `post` does."""
    call = (await _client(endpoint, recording)).models.with_streaming_response.list()
    await _record(_through(call), recording, lambda: False)


async def _record(
    reads: AsyncGenerator[bytes], recording: Recording, on_read: Callable[[], bool]
) -> None:
    tape = Tape(recording)
    token = RUNNING.set(tape)
    recording.started_at = datetime.now(UTC).isoformat()
    lag = OwnLag()
    try:
        with lag:
            async with aclosing(reads):
                async for _ in reads:
                    if on_read():
                        recording.end = "limit"
                        break
        recording.end = recording.end or "eof"
    except openai.APIStatusError:
        recording.end = recording.end or "eof"
    except asyncio.CancelledError:
        recording.end = "closed"
        raise
    except Exception as error:
        recording.end = "broken"
        cause, detail = fault(error)
        if recording.status is None and tape.may_be_proxied:
            cause, detail = blamed(recording.url, cause, detail)
        # "from None", because the error's own message may quote the key back from the server.
        raise Broken(cause, tape.masked(detail)) from None
    finally:
        tape.close()
        recording.pauses = lag.pauses(tape.sent)
        RUNNING.reset(token)


async def _client(endpoint: Endpoint, recording: Recording) -> openai.AsyncOpenAI:
    """The endpoint's one client in the running loop; building it costs 0.1 s.

    raises:  Broken if a proxy variable holds an unreadable address, after ending the recording
    """
    loop = asyncio.get_running_loop()
    if loop not in _pools:
        _pools[loop] = _Pool()
        await anext(_pools[loop].open)
    pool = _pools[loop]
    identity = (
        endpoint.url, endpoint.api_key_env, endpoint.userinfo, sent_values(endpoint.query),
        sent_values(endpoint.headers), endpoint.limits, endpoint.direct, endpoint.ca_file,
        variables(),
    )  # fmt: skip
    clients = pool.clients
    if identity not in clients:
        try:
            clients[identity] = _build(endpoint)
        except (httpx2.InvalidURL, ValueError):
            # The message would quote the supposed port: part of a password that holds a slash.
            recording.end = "broken"
            named = f"{proxy_variable(endpoint.url)} names an address that cannot be read"
            raise Broken("proxy", named) from None
        spare_the_imports()
    return clients[identity]


def _build(endpoint: Endpoint) -> openai.AsyncOpenAI:
    connect_s = endpoint.limits.connect_s
    direct = endpoint.loopback or endpoint.direct
    http_client = openai.DefaultAioHttpClient(
        # A proxy variable in the shell must not send requests for this machine elsewhere.
        trust_env=not direct,
        # A redirect may lead to another host and turns a POST into a GET: it is reported instead.
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
    http_client.cookies.jar.set_policy(Sendable())
    for transport in (http_client._transport, *http_client._mounts.values()):
        if transport is not None:
            heard_by(transport, listen, begin)
    return openai.AsyncOpenAI(
        api_key="unused: the request hook sets the header, or removes it",
        base_url=endpoint.url,
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
