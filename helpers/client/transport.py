"""The door to the network: the openai client, with every byte stamped as it arrives.

Two hooks of the HTTP client fill a Recording below the openai client, before anything is parsed:
one stamps the moment of sending, one replaces the body's stream by a stamping one. So an error's
body, a list of models and a streamed answer are all recorded in the same way. A body that is sent
byte for byte goes over the same connections, without the client above them.
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
# How long a connection that nobody uses is kept, in seconds: less than servers usually keep it.
KEPT_S = 5.0
MOST_WAYS = 64
_EACH_ITS_OWN = ("content-length", "cookie")
_JSON = ("content-type", "application/json")


class _Pool:
    """The clients of one event loop, closed when the loop ends.

    A loop finalises the asynchronous generators that are open in it, so one of them waits here.
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
    """Send a request and record its answer, of whatever status.

    recording:  filled while it runs
    on_read:    called after each read; True when it is enough, which closes the connection
    path:       where below the base URL it goes, in place of the request's own
    raises:     Broken when there is no connection, or it is lost
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
    """Ask for a path below the base URL and record the answer; raises as `post` does."""
    query = dict(sent_values(endpoint.query))
    await _record(_sent(endpoint, "GET", path, query), recording, lambda: False)


async def _sent(
    endpoint: Endpoint, method: str, path: str, query: Mapping[str, str],
    headers: Mapping[str, str] | None = None, body: bytes = b"",
) -> AsyncGenerator[bytes]:  # fmt: skip
    """Send what the openai client would not, and yield what comes."""
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
    """The header with what the server has had kept, as the openai client sends it."""
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
    """Send a call of the openai client, and yield what comes."""
    async with call as response:
        async for data in response.http_response.aiter_raw():
            yield data


async def get_models(endpoint: Endpoint, recording: Recording) -> None:
    """Ask for the list of models and record the answer; raises as `post` does."""
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
        # Not from the error: its words may quote what the server said of the key.
        raise Broken(cause, tape.masked(detail)) from None
    finally:
        tape.close()
        recording.pauses = lag.pauses(tape.sent)
        RUNNING.reset(token)


async def _client(endpoint: Endpoint, recording: Recording) -> openai.AsyncOpenAI:
    """Return the one client of this endpoint in the running loop; building it costs 0.1 s.

    raises:  Broken where a variable names no proxy; the recording has ended then
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
            # Its words quote what stands for a port: a password, where one holds a slash.
            recording.end = "broken"
            named = f"{proxy_variable(endpoint.url)} names an address that cannot be read"
            raise Broken("proxy", named) from None
        spare_the_imports()
    return clients[identity]


def _build(endpoint: Endpoint) -> openai.AsyncOpenAI:
    connect_s = endpoint.limits.connect_s
    direct = endpoint.loopback or endpoint.direct
    http_client = openai.DefaultAioHttpClient(
        # A proxy variable of the shell must not carry requests for this machine elsewhere.
        trust_env=not direct,
        # A redirect may lead to another host, and turns a POST into a GET: it is said instead.
        follow_redirects=False,
        # The client asks for br and zstd too where it finds what undoes them, as it does here.
        headers={ACCEPTS: ASKED_FOR},
        verify=_trust(endpoint, direct=direct),
        timeout=httpx2.Timeout(None, connect=connect_s, pool=connect_s),
        # None would be aiohttp's own hundred, and what waits here for a connection looks as if the
        # server were slow.
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
    """The authorities that are trusted; True for those that the client takes by itself."""
    if endpoint.ca_file:
        return ssl.create_default_context(cafile=endpoint.ca_file)
    if not direct:
        return True
    if endpoint.url.startswith("https:"):
        # Without trust_env the client reads no SSL_CERT_FILE; a context of our own does.
        return ssl.create_default_context()
    # Plain http without a proxy meets no certificate; to load what is trusted takes 50 ms.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _sending(endpoint: Endpoint) -> Callable[[httpx2.Request], Awaitable[None]]:
    """Return the hook that gives a request its key, and its recording the moment of sending."""

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
    # The client would inflate an error's body without a bound; it is read from the recording.
    response.headers.pop("content-encoding", None)
    response.stream = _StampedStream(response.stream, tape)
