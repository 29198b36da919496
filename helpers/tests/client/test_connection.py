"""Answers that break HTTP's rules, from a real server: read, named, and no limit waited for."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import openai
import pytest

from helpers.client.chat import ask
from helpers.client.exchange import Exchange
from helpers.client.openai_reader import read_by_openai
from helpers.client.plain import plain_client
from helpers.client.transport import post
from helpers.diagnose.clients.plain import what_a_client_sees
from helpers.endpoint import Endpoint, Limits, resolve
from helpers.tests.support.capture_server import ANSWER, recording_server
from helpers.tests.support.streams import DONE, event
from helpers.tests.support.waiting import PATIENCE_S
from helpers.wire.head import REFUSED
from helpers.wire.recording import Recording
from helpers.wire.request import Request, chat

T = TypeVar("T")

STREAM = b"".join([*(event({"content": f"tree {n} "}) for n in range(20)), event({}, "stop"), DONE])
FULL = json.dumps(ANSWER).encode()
OK = b"HTTP/1.1 200 OK\r\n"
SSE, JSON = b"Content-Type: text/event-stream\r\n", b"Content-Type: application/json\r\n"
CHUNKED, CLOSE = b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n"
LAST = b"0\r\n\r\n"
# What ends by itself is waited for as long as a busy machine takes; what stays open is not.
PATIENT = Limits(
    connect_s=PATIENCE_S, first_chunk_s=PATIENCE_S, silence_s=PATIENCE_S, whole_s=PATIENCE_S
)
BRIEF = Limits(connect_s=5, first_chunk_s=5, silence_s=5, whole_s=1.5)


def chunk(data: bytes) -> bytes:
    """Return data as one chunk of the transfer encoding."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def served(raw: bytes, use: Callable[[Endpoint], Awaitable[T]], *, keep: bool = False) -> T:
    """Return what comes of a server that says these bytes to everyone.

    keep:  whether it leaves the connection open then
    """

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
                await reader.readexactly(int(length))
                writer.write(raw)
                if not keep:
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def run() -> T:
        server = await asyncio.start_server(say, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        limits = BRIEF if keep else PATIENT
        endpoint = replace(resolve(f"http://127.0.0.1:{port}/v1", model="m"), limits=limits)
        async with server:
            return await use(endpoint)

    return asyncio.run(run())


def asked(raw: bytes, *, stream: bool = True, keep: bool = False) -> Exchange:
    """Return the exchange with a server that says these bytes."""
    return served(raw, lambda url: ask(url, chat("hi", model="m", stream=stream)), keep=keep)


def names(exchange: Exchange) -> list[str]:
    """Return the names of what was found."""
    return [found.name for found in exchange.findings]


def test_a_kept_connection_that_was_closed_is_replaced() -> None:
    """For every request alike: none is lost where a server closes without announcing it."""
    raw = OK + JSON + b"Content-Length: %d\r\n\r\n" % len(FULL) + FULL

    async def often(endpoint: Endpoint) -> list[int | None]:
        recordings = [Recording("POST", "") for _ in range(8)]
        for one in recordings:
            await post(endpoint, Request(raw=b"{}"), one, lambda: False, path="/x")
        return [one.status for one in recordings if one.end == "eof"]

    assert [200] * 8 == served(raw, often)


HEADS = [
    (b"\r\n" + OK + SSE + CHUNKED, "space-first"),
    (b"HTTP/2 200\r\n" + SSE + CHUNKED, "odd-status-line"),
    (b"HTTP/1.2 200 OK\r\n" + SSE + CHUNKED, "odd-version"),
    ((OK + SSE + CHUNKED).replace(b"\r", b""), "bare-lf"),
    (OK + SSE + CHUNKED + b"X-A: a\rb\r\n", "bare-cr"),
    (OK + SSE + CHUNKED + b"X-A: a\0b\r\n", "forbidden-character"),
    (OK + SSE + CHUNKED + b"X-A: a\x7fb\r\n", "control-character"),
    (OK + SSE + CHUNKED + b"X-A: a\x0bb\r\n", "forbidden-character"),
    (OK + SSE + CHUNKED + b"X-A: a\x01b\r\n", "control-character"),
    (OK + SSE + CHUNKED + b"X-A: a\r\n b\r\n", "folded"),
    (OK + b" X-A: a\r\n" + SSE + CHUNKED, "folded-first"),
    (OK + b"X-A : a\r\n" + SSE + CHUNKED, "space-before-colon"),
    (OK + b"X A: a\r\n" + SSE + CHUNKED, "bad-name"),
    (OK + b"debug\r\n" + SSE + CHUNKED, "no-colon"),
    (OK + SSE + CHUNKED * 2, "chunked-twice"),
    (OK + SSE + CHUNKED + b"Transfer-Encoding: identity\r\n", "not-chunked"),
    (OK + SSE + CHUNKED + b"Transfer-Encoding: foo\r\n", "unknown-transfer"),
    (OK + SSE + CHUNKED + b"Content-Length: 7\r\n", "length-and-chunked"),
    (b"HTTP/1.0 200 OK\r\n" + SSE + CHUNKED, "chunked-in-1.0"),
    (OK + SSE + CHUNKED + b"X-A: " + b"a" * 20_000 + b"\r\n", "large-head"),
    (OK + SSE + CHUNKED + b"X-A: a\r\n" * 200, "large-head"),
]


@pytest.mark.parametrize(("head", "name"), HEADS, ids=[name for _, name in HEADS])
def test_an_odd_head_is_red_where_the_openai_client_refuses_it(head: bytes, name: str) -> None:
    """The answer is read all the same, and the client's own transport is the judge."""
    raw = head + (b"\n" if name == "bare-lf" else b"\r\n") + chunk(STREAM) + LAST

    async def both(endpoint: Endpoint) -> tuple[Exchange, bool]:
        exchange = await ask(endpoint, chat("hi", model="m"))
        async with plain_client(endpoint) as client:
            try:
                await client.chat.completions.create(model="m", messages=[], stream=True)
            except openai.APIConnectionError:
                return exchange, True
        return exchange, False

    exchange, refused = served(raw, both)
    assert exchange.text.startswith("tree 0 tree 1 ")
    assert exchange.reading.done
    assert name in [oddity.name for oddity in exchange.recording.oddities]
    assert refused == (name in REFUSED)
    found = next(found for found in exchange.findings if found.name == "odd-http")
    assert found.level == ("fail" if refused else "remark")


def test_the_second_reader_refuses_what_the_client_refuses() -> None:
    """And the server is to blame for it."""
    exchange = asked(OK + SSE + CHUNKED * 2 + b"\r\n" + chunk(STREAM) + LAST)
    seen = asyncio.run(read_by_openai(exchange.recording))
    found = what_a_client_sees(exchange.reading, exchange.findings, seen)
    assert ("client-stops", "fail", "endpoint") == (found[0].name, found[0].level, found[0].blame)


@pytest.mark.parametrize(
    ("body", "detail", "before"),
    [
        (chunk(STREAM[:800]) + b"many\r\n" + STREAM[800:], "b'many'", True),
        (chunk(STREAM[:800]) + b"5\r\n" + STREAM[800:], "after chunk data", True),
        (chunk(STREAM[:800]) + b"f" * 20 + b"\r\n", "overflow", True),
        (STREAM, "data:", False),
        (chunk(STREAM[:800]) + b"0\r\n" + b"X: y\r\n" * 200_000, "trailers without end", True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("keep", [True, False])
def test_broken_chunks_are_named_at_once(
    body: bytes, detail: str, before: bool, keep: bool
) -> None:
    """What came before them is kept, however much came in one piece."""
    exchange = asked(OK + SSE + CHUNKED + b"\r\n" + body, keep=keep)
    found = exchange.findings[0]
    assert "bad-framing" == found.name
    assert detail in found.came
    assert before == bool(exchange.text)
    assert (exchange.recording.end_s or 9) < BRIEF.whole_s


def test_a_broken_end_of_a_whole_stream_is_a_remark() -> None:
    """All of the text came."""
    exchange = asked(OK + SSE + CHUNKED + b"\r\n" + chunk(STREAM) + b"xx\r\n\r\n", keep=True)
    assert "broken-end" in names(exchange)
    assert "bad-framing" not in names(exchange)
    assert not [found for found in exchange.findings if found.level == "fail"]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"\x15\x03\x03\x00\x02\x02\x0a", "speaks https"),
        (b"\x00\x00\x06\x04\x00\x00\x00\x00\x00", "HTTP/2 only"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "SSH server"),
        (FULL, "without status line and headers"),
        (SSE + b"\r\n" + STREAM, "without a status line"),
        (b"hi", "does not answer in HTTP"),
        (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "that differ"),
        (OK + b"Content-Length: many\r\n\r\n", "not a number"),
        (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "no client undoes"),
    ],
)  # fmt: skip
def test_what_is_no_http_is_named_by_what_it_is(raw: bytes, says: str) -> None:
    """With what came of it."""
    found = asked(raw, keep=raw != b"hi").findings[0]
    assert "protocol" == found.name
    assert says in found.says


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "head", "name", "came"),
    [
        (FULL[:-20], b"Content-Length: %d\r\n" % len(FULL), "stopped-coming", "bytes that Content"),
        (FULL, b"Content-Length: %d\r\n" % (len(FULL) + 9), "body-never-ends", "that Content"),
        (chunk(FULL), CHUNKED, "body-never-ends", "no last chunk"),
        (FULL, b"", "body-never-ends", "stays open"),
    ],
)  # fmt: skip
def test_a_body_without_its_end_is_no_silence(
    body: bytes, head: bytes, name: str, came: str
) -> None:
    """What is missing is said, whether the answer in it was whole or not."""
    found = asked(OK + JSON + head + b"\r\n" + body, stream=False, keep=True).findings[0]
    assert name == found.name
    assert came in found.came


@pytest.mark.parametrize(
    ("head", "body", "name"),
    [
        (b"Content-Length: %d\r\n" % (len(FULL) - 9), FULL, "cut"),
        (CLOSE + b"Content-Encoding: gzip\r\n", gzip.compress(FULL, mtime=0)[:-30], "cut"),
        (b"Content-Length: %d\r\n" % (len(FULL) + 9), FULL, "broken-end"),
        (b"Content-Length: %d\r\n" % (len(FULL) + 9), FULL[:-9], "connection-lost"),
        (CHUNKED, b"", "empty"),
        (CLOSE, chunk(FULL) + LAST, "chunk-sizes-inside"),
        (CLOSE + b"Content-Encoding: br\r\n", b"\x1b\x10\xf8" * 9, "bad-encoding"),
    ],
)  # fmt: skip
def test_a_full_answer_that_no_client_gets_is_red(head: bytes, body: bytes, name: str) -> None:
    """Half of its JSON is not an answer, although some of it can be read."""
    exchange = asked(OK + JSON + head + b"\r\n" + body, stream=False)
    assert (name, "fail") == (exchange.findings[0].name, exchange.findings[0].level)


@pytest.mark.parametrize(
    "raw",
    [
        OK + SSE + CHUNKED + b"\r\n" + b"%x;a=b\r\n%b\r\n" % (len(STREAM), STREAM) + LAST,
        OK + SSE + CHUNKED + b"\r\n" + chunk(STREAM) + b"0\r\nX-Trailer: a\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK + SSE + CLOSE + b"\r\n" + STREAM,
        b"HTTP/1.0 200\r\n" + SSE + b"X-A: gr\xfc\xdf\r\n\r\n" + STREAM,
        OK
        + SSE
        + CLOSE
        + b"Content-Encoding: gzip\r\n\r\n"
        + gzip.compress(STREAM, mtime=0)
        + b"behind",
        OK + SSE + CLOSE + b"Content-Encoding: none\r\n\r\n" + STREAM,
    ],
)
def test_what_is_legal_or_harmless_is_not_red(raw: bytes) -> None:
    """Extensions, trailers, hints, old versions, umlauts, and bytes behind the end of gzip."""
    exchange = asked(raw)
    seen = asyncio.run(read_by_openai(exchange.recording))
    found = [*exchange.findings, *what_a_client_sees(exchange.reading, exchange.findings, seen)]
    assert exchange.reading.done
    assert {"client-stops"}.isdisjoint(one.name for one in found)
    assert not [one.name for one in found if one.level == "fail"]


def test_a_client_that_undoes_one_gzip_member_loses_the_others() -> None:
    """Legal, but httpx reads the first only, and the second reader sees that."""
    body = b"".join(gzip.compress(part, mtime=0) for part in (STREAM[:800], STREAM[800:]))
    exchange = asked(OK + SSE + CLOSE + b"Content-Encoding: gzip\r\n\r\n" + body)
    seen = asyncio.run(read_by_openai(exchange.recording))
    assert exchange.reading.done
    assert len(seen.text) < len(exchange.text)


def test_a_connection_is_used_again_after_an_odd_answer() -> None:
    """The next answer on it is heard anew."""
    answer = OK + b"X-A : a\r\n" + JSON + b"Content-Length: %d\r\n\r\n" % len(FULL) + FULL

    async def twice(endpoint: Endpoint) -> list[Exchange]:
        request = chat("hi", model="m", stream=False)
        return [await ask(endpoint, request), await ask(endpoint, request)]

    for exchange in served(answer, twice, keep=True):
        assert "hello" == exchange.text
        assert ["space-before-colon"] == [oddity.name for oddity in exchange.recording.oddities]


def test_no_coding_is_asked_for_that_a_program_does_not_read() -> None:
    """With brotli and zstd at hand the client would ask for both, and hide what a server does."""

    async def both(url: str) -> None:
        await ask(resolve(url), chat("hi", model="m", stream=False))
        async with plain_client(resolve(url)) as client:
            await client.chat.completions.create(model="m", messages=[])

    with recording_server() as server:
        asyncio.run(both(server.url))
    assert ["gzip, deflate"] * 2 == [one[1]["accept-encoding"] for one in server.seen]
