"""Requests sent, and their answers recorded.

An error's body, a list of models and a streamed answer are all recorded the same way. A body that
is sent byte for byte uses the same connections, but bypasses the openai client.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ..endpoint import Endpoint
from ..wire.head import REDIRECTED
from ..wire.recording import Cause, Recording
from ..wire.request import Request
from .connection import Broken, answered, fault
from .keys import sent_url, sent_values
from .own_lag import OwnLag
from .pool import client_of, httpx2, openai, prepared
from .proxies import blamed, passed_by
from .sent_headers import as_sent
from .tape import RUNNING, Tape, stamped

# How many kept-alive connections in a row may turn out to be closed.
STALE_AT_MOST = 16
_JSON = ("content-type", "application/json")

Call = Callable[[openai.AsyncOpenAI], AbstractAsyncContextManager[Any]]


async def prepare(endpoint: Endpoint) -> None:
    """Build the endpoint's client if there is none, so that no limit on an answer counts it.

    What is wrong with it shows when something is sent.
    """
    with suppress(Broken):
        await client_of(endpoint)


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
        body = request.body()

        def send() -> AsyncGenerator[bytes]:
            return _sent(endpoint, "POST", path or request.path, query, request.headers, body)

        await _record(send, recording, on_read)
        return

    await _record(lambda: _through(endpoint, partial(_created, request)), recording, on_read)


def _created(request: Request, client: openai.AsyncOpenAI) -> AbstractAsyncContextManager[Any]:
    rest, stream = dict(request.parameters), request.parameters.get("stream")
    rest.pop("stream", None)
    create: Any = client.chat.completions.with_streaming_response.create
    messages: dict[str, Any] = {"messages": list(request.messages)}
    if request.api == "responses":
        create = client.responses.with_streaming_response.create
        messages = {"input": list(request.messages)}
    created: AbstractAsyncContextManager[Any] = create(
        model=request.model, stream=openai.omit if stream is None else stream, extra_body=rest,
        extra_headers=request.headers, extra_query=request.query, **messages,
    )  # fmt: skip
    return created


async def get(endpoint: Endpoint, path: str, recording: Recording) -> None:
    """Send a GET for a path below the base URL and record the answer; raises as `post` does."""
    query = dict(sent_values(endpoint.query))
    await _record(lambda: _sent(endpoint, "GET", path, query), recording, lambda: False)


async def _sent(
    endpoint: Endpoint, method: str, path: str, query: Mapping[str, str],
    headers: Mapping[str, str] | None = None, body: bytes = b"",
) -> AsyncGenerator[bytes]:  # fmt: skip
    """Send a request that the openai client would not, and yield the body's reads."""
    client: Any = (await client_of(endpoint))._client
    to = prepared(client, method, sent_url(endpoint, path), query)
    own = {name.lower(): value for name, value in (headers or {}).items()}
    if body:
        own.setdefault("content-length", str(len(body)))
    usual = to.headers if method == "GET" else (*to.headers, _JSON)
    given = [*(pair for pair in usual if pair[0] not in own), *own.items()]
    given += _cookies(client, method, to.url)
    sent, tape = as_sent(endpoint, given), RUNNING.get()
    tape.send(method, to.url, sent, body, endpoint=endpoint)
    request = answered(
        to.transport, method, to.url, sent, body, connect_s=endpoint.limits.connect_s
    )
    async with request as answer:
        tape.answer(answer.status, answer.reason, answer.headers)
        if any(name == "set-cookie" for name, _ in answer.headers):
            asked = httpx2.Request(method, to.url)
            pairs = [(name.encode(), value.encode()) for name, value in answer.headers]
            client.cookies.extract_cookies(httpx2.Response(200, headers=pairs, request=asked))
        async for data in stamped(answer.reads(), tape):
            yield data


def _cookies(client: Any, method: str, url: str) -> list[tuple[str, str]]:
    """The header with the server's cookies, as the openai client would send it."""
    if not len(client.cookies.jar):
        return []
    request = httpx2.Request(method, url)
    client.cookies.set_cookie_header(request)
    return [pair for pair in request.headers.multi_items() if pair[0] == "cookie"]


async def _through(endpoint: Endpoint, call: Call) -> AsyncGenerator[bytes]:
    """Send a call of the openai client, and yield the body's reads."""
    async with call(await client_of(endpoint)) as response:
        async for data in response.http_response.aiter_raw():
            yield data


async def get_models(endpoint: Endpoint, recording: Recording) -> None:
    """Request the list of models and record the answer; raises as `post` does."""

    def call(client: openai.AsyncOpenAI) -> AbstractAsyncContextManager[Any]:
        listing: AbstractAsyncContextManager[Any] = client.models.with_streaming_response.list()
        return listing

    await _record(lambda: _through(endpoint, call), recording, lambda: False)


async def _record(
    send: Callable[[], AsyncGenerator[bytes]], recording: Recording, on_read: Callable[[], bool]
) -> None:
    """Send a request and record its answer, once more where its connection was closed already."""
    for left in reversed(range(STALE_AT_MOST)):
        try:
            await _record_once(send(), recording, on_read)
        except Broken as broken:
            if not left or not _was_stale(recording, broken.cause):
                raise
            recording.end = ""
        else:
            return


def _was_stale(recording: Recording, cause: Cause) -> bool:
    """Whether the server had closed the reused connection, so that nothing came back.

    llama.cpp closes after each answer without announcing it. A request that follows at once may
    be sent on the closing connection, as with any client that has a pool, and needs a new one.
    """
    unheard = recording.status is None and not recording.reads
    # Behind a redirect each connection is a reused one, even if the server fails at each request.
    moved = any(one.name == REDIRECTED for one in recording.oddities)
    return cause == "reset" and recording.reused is True and unheard and not moved


async def _record_once(
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
        if tape.connecting:
            recording.cause, recording.detail = _cause(tape, "connect-timeout", "")
        elif recording.status is None and tape.may_be_proxied:
            recording.detail = passed_by(recording.url)
        raise
    except Exception as error:
        recording.end = "broken"
        cause, detail = _cause(tape, *fault(error))
        # "from None", because the error's own message may quote the key back from the server.
        raise Broken(cause, tape.masked(detail)) from None
    finally:
        tape.close()
        recording.pauses = lag.pauses(tape.sent)
        RUNNING.reset(token)


def _cause(tape: Tape, cause: Cause, detail: str) -> tuple[Cause, str]:
    """The cause, or what lies behind it: a name server that is silent, a proxy that failed."""
    if cause == "connect-timeout" and tape.looking_up:
        cause, detail = "dns", f"no answer within {tape.elapsed_s():.0f} s"
    if tape.recording.status is None and tape.may_be_proxied:
        cause, detail = blamed(tape.recording.url, cause, detail)
    return cause, detail


def ran_out(recording: Recording, limit: Cause, limit_s: float) -> None:
    """Note the limit that ended a request, unless it was still waiting for a connection."""
    recording.limit_s = limit_s
    if recording.cause:
        recording.end = "broken"
    else:
        recording.end, recording.cause = "limit", limit
