"""Bounds: what never ends, or is too large, ends with a name and in bounded memory."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.client.chat import ask
from helpers.client.exchange import Exchange
from helpers.diagnose.diagnosis import diagnose
from helpers.endpoint import Endpoint
from helpers.tests.support.recordings import SSE, recorded, timed
from helpers.tests.support.waiting import PATIENCE_S
from helpers.wire.bounds import Bounds
from helpers.wire.reading import Reading, read
from helpers.wire.request import chat

MIB = 1 << 20
CHUNK = b'data: {"choices":[{"index":0,"delta":{"content":"oak "}}]}\n\n'
# Made here, since the tests measure memory; quickly, since every process that collects makes it.
BOMB = gzip.compress(CHUNK + bytes(40 * MIB), compresslevel=1)
BOUNDS = Bounds(body_bytes=4 * MIB, event_bytes=MIB, events=20_000)

Body = Callable[[], AsyncIterator[bytes]]


async def endless() -> AsyncIterator[bytes]:
    """Yield chunks for ever."""
    while True:
        yield CHUNK * 64


async def endless_comments() -> AsyncIterator[bytes]:
    """Yield comments for ever."""
    while True:
        yield b": wait\n\n" * 2048


async def one_event() -> AsyncIterator[bytes]:
    """Yield the beginning of an event that never ends."""
    yield b'data: {"choices": "'
    while True:
        yield b"x" * 65536


async def empty_events() -> AsyncIterator[bytes]:
    """Yield a million events that say nothing."""
    for _ in range(1000):
        yield b"data:\n\n" * 1000


async def bomb() -> AsyncIterator[bytes]:
    """Yield a small body that inflates beyond reason."""
    yield BOMB


def asked(
    body: Body, *, status: int = 200, encoding: str = "", bounds: Bounds = BOUNDS
) -> tuple[Exchange, bool]:
    """Return the exchange with a server that answers so, and whether it saw the end."""

    async def run() -> tuple[Exchange, bool]:
        left = asyncio.Event()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {status} OK\r\nConnection: close\r\n".encode())
            encoded = (("Content-Encoding", encoding),) * bool(encoding)
            for name, value in (*SSE, *encoded):
                writer.write(f"{name}: {value}\r\n".encode())
            writer.write(b"\r\n")
            try:
                async for piece in body():
                    writer.write(piece)
                    await writer.drain()
            except ConnectionError:
                pass
            finally:
                writer.close()
                left.set()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
            exchange = await ask(Endpoint(url, url, model="oak", bounds=bounds), chat("?"))
            await asyncio.wait_for(left.wait(), PATIENCE_S)
        return exchange, left.is_set()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("body", "encoding", "name"),
    [
        (endless, "", "too-many-events"),
        (endless_comments, "", "body-too-large"),
        (one_event, "", "event-too-large"),
        (empty_events, "", "too-many-events"),
        (bomb, "gzip", "inflates-too-much"),
    ],
)
def test_what_is_too_large_ends_with_its_name(body, encoding, name):
    """The connection is closed, and the first finding says which bound was reached."""
    bounds = Bounds(body_bytes=64 * MIB) if name == "inflates-too-much" else BOUNDS
    exchange, left = asked(body, encoding=encoding, bounds=bounds)
    assert ("limit", True) == (exchange.recording.end, left)
    assert (name, "fail") == (exchange.findings[0].name, exchange.findings[0].level)


@pytest.mark.slow
@pytest.mark.parametrize(("body", "encoding"), [(endless, ""), (bomb, "gzip")])
def test_an_errors_body_is_bounded_too(body, encoding):
    """The client would read and inflate the whole of it before it raises."""
    # What a first request imports is none of its body.
    asked(nothing, status=500)
    tracemalloc.start()
    exchange, _ = asked(body, status=500, encoding=encoding)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert exchange.failure is not None
    assert most < 30 * MIB


async def nothing() -> AsyncIterator[bytes]:
    """Yield an empty body."""
    yield b""


async def some_events() -> AsyncIterator[bytes]:
    """Yield more events than the bounds of these tests allow."""
    for _ in range(30):
        yield b"data:\n\n" * 1000


@pytest.mark.slow
def test_a_bound_can_be_raised():
    """The same stream ends by itself under a higher one."""
    assert asked(some_events)[0].recording.end == "limit"
    exchange, _ = asked(some_events, bounds=Bounds(events=30_000))
    assert ("eof", 30_000) == (exchange.recording.end, len(exchange.reading.events))


@pytest.mark.parametrize("sign", ['{"a":', "["])
def test_nested_json_is_named(sign):
    """As one event and as a whole body; no recursion error, and the rest is read."""
    deep = (sign * 100_000).encode()
    stream = recorded(timed(b"data: " + deep + b"\n\n" + CHUNK))
    whole = recorded(timed(deep))
    for recording in (stream, whole):
        reading = Reading(recording, True)
        reading.catch_up()
        assert reading.findings["nested-too-deep"] == 1
    assert "nested-too-deep" in {found.name for found in diagnose(read(stream))}


def test_brackets_in_text_do_not_nest():
    """What a model writes is no structure."""
    said = json.dumps({"choices": [{"delta": {"content": '[{"' * 999 + "\ud83d"}}]})
    reading = Reading(recorded(timed(f"data: {said}\n\n".encode())), True)
    reading.catch_up()
    assert ('[{"' * 999, 0) == (reading.answer.text[:2997], reading.findings["nested-too-deep"])


@given(
    st.lists(st.text(max_size=6), max_size=12),
    st.lists(st.integers(0, 2000), max_size=8),
    st.sampled_from(["", "gzip", "deflate"]),
    st.integers(0, 2000),
)
def test_no_text_is_lost_before_the_damage(texts, places, encoding, cut):
    """Split anywhere, compressed or not, cut anywhere: the text is the beginning of the whole."""
    chunks = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts]
    parts = [b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks]
    body = b"".join(parts)
    sent = {"": body, "gzip": gzip.compress(body), "deflate": zlib.compress(body)}[encoding]
    edges = sorted({0, *(min(place, cut, len(sent)) for place in places), min(cut, len(sent))})
    pieces = [sent[a:b] for a, b in pairwise(edges)]
    headers = (*SSE, ("Content-Encoding", encoding))
    reading = Reading(recorded(timed(*pieces), headers=headers, end="broken"), True)
    reading.catch_up()
    assert "".join(texts).startswith(reading.answer.text)
    if cut >= len(sent):
        assert "".join(texts) == reading.answer.text
    elif not encoding:
        assert "".join(texts[: body[:cut].count(b"\n\n")]) == reading.answer.text


@given(st.data())
def test_mutations_never_raise(data):
    """Bytes changed, dropped or doubled: one word, findings, and an answer come out."""
    body = bytearray(CHUNK * 4 + b'data: {"error": null, "usage": {}}\n\ndata: [DONE]\n\n')
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    findings = diagnose(read(recorded(timed(bytes(body[:90]), bytes(body[90:])))))
    assert findings
    assert repr(findings).encode()
