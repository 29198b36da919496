"""The door to the network: the openai client, with every byte stamped as it arrives.

Two hooks of the HTTP client fill a Recording below the openai client, before anything is parsed:
one stamps the moment of sending, one replaces the body's stream by a stamping one. So an error's
body, a list of models and a streamed answer are all recorded in the same way.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import aiohttp
import httpx2
import openai

from ..endpoint import OPENAI_HOST, Endpoint
from ..wire.recording import Cause, Recording, decoded, undone_trouble
from ..wire.request import Request
from .keys import read_key, sent_values
from .own_lag import OwnLag, spare_the_imports
from .tape import Tape

OPENAI_VERSION = openai.__version__
_NEEDED_HEADERS = {"", "host", "content-type", "content-length", "accept", "accept-encoding"}


class Broken(Exception):
    """The connection could not be made or was lost; what had come is in the recording."""

    def __init__(self, cause: Cause, detail: str) -> None:
        super().__init__(detail)
        self.cause, self.detail = cause, detail


class _Pool:
    """The clients of one event loop, closed when the loop ends.

    A loop finalises the asynchronous generators that are open in it, so one of them waits here.
    """

    def __init__(self) -> None:
        self.clients: dict[tuple[object, ...], openai.AsyncOpenAI] = {}
        self.open = self._until_the_end()

    async def _until_the_end(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            for client in self.clients.values():
                await client.close()


_tape: ContextVar[Tape] = ContextVar("tape")
_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pool] = WeakKeyDictionary()


class _NoSecrets(logging.Filter):
    """Keeps secrets out of a log that somebody turned on: it has the address with its query."""

    def filter(self, record: logging.LogRecord) -> bool:
        tape = _tape.get(None)
        if tape and tape.secrets and isinstance(record.args, tuple):
            record.args = tuple(
                said if isinstance(said, int | float) else tape.secrets.text(str(said))
                for said in record.args
            )
        return True


for _name in ("httpx2", "openai._base_client"):
    logging.getLogger(_name).addFilter(_NoSecrets())


class _StampedStream(httpx2.AsyncByteStream):
    """A body that notes when each of its reads arrived."""

    def __init__(self, stream: Any, tape: Tape) -> None:
        self._stream = stream
        self._tape = tape

    async def __aiter__(self) -> AsyncIterator[bytes]:
        recording, left = self._tape.recording, self._tape.recording.bounds.body_bytes
        async for data in self._stream:
            self._tape.keep(self._tape.elapsed_s(), data)
            left -= len(data)
            yield data
            if left < 0 or recording.bound:
                recording.end = "limit"
                break

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
    client = await _client(endpoint)
    more: dict[str, Any] = {"extra_headers": request.headers, "extra_query": request.query}
    if path or request.raw is not None or request.api != "chat":
        await _record(_posted(endpoint, request, path), recording, on_read)
        return
    rest, stream = dict(request.parameters), request.parameters.get("stream")
    rest.pop("stream", None)
    create: Any = client.chat.completions.with_streaming_response.create
    call = create(
        model=request.model, messages=list(request.messages),
        stream=openai.omit if stream is None else stream, extra_body=rest, **more,
    )  # fmt: skip
    await _record(call, recording, on_read)


@asynccontextmanager
async def _posted(endpoint: Endpoint, request: Request, path: str) -> AsyncIterator[Any]:
    """Send a body byte for byte by the same HTTP client, for what the openai client refuses."""
    client = (await _client(endpoint))._client
    url = f"{endpoint.url}{path or request.path}"
    headers = {"Content-Type": "application/json", **request.headers}
    query = {**dict(sent_values(endpoint.query)), **request.query}
    async with client.stream(
        "POST", url, content=request.body(), headers=headers, params=query
    ) as response:
        yield _Answered(response)


@dataclass(frozen=True)
class _Answered:
    """An HTTP response where the openai client's own would stand."""

    http_response: httpx2.Response


async def get(endpoint: Endpoint, path: str, recording: Recording) -> None:
    """Ask for what stands at a path below the base URL and record it; raises as `post` does."""
    await _record(_got(endpoint, path), recording, lambda: False)


@asynccontextmanager
async def _got(endpoint: Endpoint, path: str) -> AsyncIterator[Any]:
    client = (await _client(endpoint))._client
    query = dict(sent_values(endpoint.query))
    async with client.stream("GET", f"{endpoint.url}{path}", params=query) as response:
        yield _Answered(response)


async def get_models(endpoint: Endpoint, recording: Recording) -> None:
    """Ask for the list of models and record the answer; raises as `post` does."""
    call = (await _client(endpoint)).models.with_streaming_response.list()
    await _record(call, recording, lambda: False)


async def _record(
    call: AbstractAsyncContextManager[Any], recording: Recording, on_read: Callable[[], bool]
) -> None:
    tape = Tape(recording)
    token = _tape.set(tape)
    recording.started_at = datetime.now(UTC).isoformat()
    lag = OwnLag()
    try:
        with lag:
            async with call as response:
                async for _ in response.http_response.aiter_raw():
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
        cause, detail = _fault(error)
        # Not from the error: its words may quote what the server said of the key.
        raise Broken(cause, tape.masked(detail)) from None
    finally:
        tape.close()
        recording.pauses = lag.pauses(tape.sent)
        _tape.reset(token)


async def _client(endpoint: Endpoint) -> openai.AsyncOpenAI:
    """Return the one client of this endpoint in the running loop; building it costs 0.1 s."""
    loop = asyncio.get_running_loop()
    if loop not in _pools:
        _pools[loop] = _Pool()
        await anext(_pools[loop].open)
    identity = (
        endpoint.url, endpoint.api_key_env, endpoint.userinfo, sent_values(endpoint.query),
        sent_values(endpoint.headers), endpoint.limits,
    )  # fmt: skip
    clients = _pools[loop].clients
    if identity not in clients:
        clients[identity] = _build(endpoint)
        spare_the_imports()
    return clients[identity]


def plain_client(endpoint: Endpoint) -> openai.AsyncOpenAI:
    """Return the client as your program would build it, for comparison with what is read here."""
    return openai.AsyncOpenAI(
        base_url=endpoint.url, api_key=read_key(endpoint) or "none", max_retries=0
    )


class _Recorded(httpx2.AsyncBaseTransport, httpx2.AsyncByteStream):
    """The answer of a recording in place of a network."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._raw = bool(recording.encoding_trouble or undone_trouble(recording))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        recording = self._recording
        if recording.status is None:
            raise httpx2.ConnectError("no answer came", request=request)
        framing = {"content-length", "transfer-encoding", "connection"}
        if not self._raw:
            framing.add("content-encoding")
        headers = [pair for pair in recording.headers if pair[0].lower() not in framing]
        return httpx2.Response(recording.status, headers=headers, stream=self, request=request)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        recording = self._recording
        for _, data in recording.reads if self._raw else decoded(recording):
            if data:
                yield data
        if recording.end == "broken":
            raise httpx2.RemoteProtocolError("the connection was lost in the middle of the body")
        if recording.end == "limit":
            raise httpx2.ReadTimeout("the body did not end within the limits")


def offline_client(recording: Recording) -> openai.AsyncOpenAI:
    """Return the client as your program would build it, with a recording for its network."""
    return openai.AsyncOpenAI(
        base_url="http://recording/v1", api_key="none", max_retries=0,
        http_client=httpx2.AsyncClient(transport=_Recorded(recording), trust_env=False),
    )  # fmt: skip


def _build(endpoint: Endpoint) -> openai.AsyncOpenAI:
    connect_s = endpoint.limits.connect_s
    local_tls = endpoint.loopback and endpoint.url.startswith("https:")
    # Without trust_env the client reads no SSL_CERT_FILE; a context of our own does.
    verify = ssl.create_default_context() if local_tls else True
    http_client = openai.DefaultAioHttpClient(
        # A proxy variable of the shell must not carry requests for this machine elsewhere.
        trust_env=not endpoint.loopback,
        # A redirect may lead to another host, and turns a POST into a GET: it is said instead.
        follow_redirects=False,
        verify=verify,
        timeout=httpx2.Timeout(None, connect=connect_s, pool=connect_s),
        event_hooks={"request": [_sending(endpoint)], "response": [_answering]},
    )
    return openai.AsyncOpenAI(
        api_key="unused: the request hook sets the header, or removes it",
        base_url=endpoint.url,
        max_retries=0,
        http_client=http_client,
        default_query=dict(sent_values(endpoint.query)),
    )


def _sending(endpoint: Endpoint) -> Callable[[httpx2.Request], Awaitable[None]]:
    """Return the hook that gives a request its key, and its recording the moment of sending."""
    home = urlsplit(endpoint.url)

    async def hook(request: httpx2.Request) -> None:
        request.headers.pop("authorization", None)
        if home.hostname != OPENAI_HOST:
            for name in _meant_for_openai():
                request.headers.pop(name, None)
        if key := read_key(endpoint):
            request.headers["Authorization"] = f"Bearer {key}"
        elif endpoint.userinfo:
            basic = base64.b64encode(endpoint.userinfo.encode()).decode()
            request.headers["Authorization"] = f"Basic {basic}"
        for name, value in sent_values(endpoint.headers):
            request.headers[name] = value
        _tape.get().send(
            request.method, str(request.url), request.headers.multi_items(), request.content,
            endpoint=endpoint,
        )  # fmt: skip

    return hook


def _meant_for_openai() -> set[str]:
    """Return the headers that the client takes from the environment and would send anywhere."""
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    names = {line.partition(":")[0].strip().lower() for line in lines if ":" in line}
    return (names - _NEEDED_HEADERS) | {"openai-organization", "openai-project"}


async def _answering(response: httpx2.Response) -> None:
    tape = _tape.get()
    headers = response.headers.multi_items()
    tape.answer(response.status_code, response.reason_phrase, headers)
    # The client would inflate an error's body without a bound; it is read from the recording.
    response.headers.pop("content-encoding", None)
    response.stream = _StampedStream(response.stream, tape)


def _fault(error: BaseException) -> tuple[Cause, str]:
    """The cause that lies at the bottom of what the client raised, and its words."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    for cause, types in _CAUSES:
        for link in chain:
            if isinstance(link, types):
                words = _in_words(link)
                # A connection that ends between two chunks is called that by aiohttp, too.
                return "reset" if cause == "framing" and _ENDED in words else cause, words
    return "other", _in_words(chain[-1])


_ENDED = "Not enough data"
# Order matters: aiohttp's DNS and TLS errors are connection errors too.
_CAUSES: tuple[tuple[Cause, tuple[type[BaseException], ...]], ...] = (
    ("dns", (aiohttp.ClientConnectorDNSError,)),
    ("tls", (aiohttp.ClientSSLError, ssl.SSLError)),
    ("refused", (ConnectionRefusedError,)),
    ("connect-timeout", (aiohttp.ConnectionTimeoutError, httpx2.PoolTimeout)),
    ("framing", (aiohttp.http_exceptions.TransferEncodingError,)),
    ("protocol", (aiohttp.http_exceptions.HttpProcessingError,)),
    ("reset", (ConnectionResetError, aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError)),
    ("refused", (aiohttp.ClientConnectorError,)),
)


def _in_words(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
