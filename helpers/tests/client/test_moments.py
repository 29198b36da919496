"""When a read came: the moment the socket was read, however late its reader got the loop."""

from __future__ import annotations

import asyncio

import pytest

from helpers.client.chat import Watch, ask
from helpers.client.exchange import Exchange
from helpers.client.heard import Heard
from helpers.endpoint import resolve
from helpers.tests.support.streams import DONE, event
from helpers.wire.answer import Delta
from helpers.wire.request import chat

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
HEAD += b"Transfer-Encoding: chunked\r\n\r\n"
BODY = event({"content": "oak"}) + event({}, "stop") + DONE
WHOLE = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
BUSY_S = 1000.0


def heard(*reads: tuple[float, int]) -> Heard:
    """Return what a connection heard: the moment and the size of each read."""
    told, total = Heard(), 0
    for at, size in reads:
        total += size
        told.note(at, total, ended=False)
    return told


def test_what_is_taken_at_once_is_kept_in_the_reads_it_came_in() -> None:
    """A reader that is late finds several reads together."""
    told = heard((1.0, 3), (2.0, 2), (3.0, 4))
    assert list(told.apart(b"abc")) == [(1.0, b"abc")]
    assert list(told.apart(b"defghi")) == [(2.0, b"de"), (3.0, b"fghi")]


def test_a_read_that_is_taken_in_parts_keeps_its_moment() -> None:
    """A reader takes so much at a time at most."""
    told = heard((1.0, 5), (2.0, 2))
    assert list(told.apart(b"ab")) == [(1.0, b"ab")]
    assert list(told.apart(b"cdef")) == [(1.0, b"cde"), (2.0, b"f")]
    assert list(told.apart(b"g")) == [(2.0, b"g")]


def test_a_read_of_framing_alone_is_none_of_the_body() -> None:
    """HTTP's chunks have sizes and a last one, which may come by themselves."""
    told = Heard()
    for at, total, ended in ((1.0, 0, False), (2.0, 4, False), (3.0, 4, True), (4.0, 4, True)):
        told.note(at, total, ended=ended)
    assert list(told.apart(b"abcd")) == [(2.0, b"abcd")]
    assert told.ended_at == 3.0


def test_a_stream_is_not_late_for_what_another_ones_reader_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both bodies come in one turn of the loop; the clock moves only while a reader works."""
    now = 1.0

    def watch(_: Exchange, deltas: list[Delta]) -> None:
        nonlocal now
        now += BUSY_S

    for module in ("connection", "tape"):
        monkeypatch.setattr(f"helpers.client.{module}.perf_counter", lambda: now)
    exchanges = asyncio.run(_two_at_once(watch))
    for exchange in exchanges:
        assert exchange.text == "oak"
        assert [at_s for at_s, _ in exchange.recording.reads] == [0.0]
        assert exchange.recording.headers_s == exchange.recording.end_s == 0.0
    assert now >= 1.0 + 2 * BUSY_S


async def _two_at_once(watch: Watch) -> list[Exchange]:
    writers: list[asyncio.StreamWriter] = []

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writers.append(writer)
        if len(writers) == 2:
            for one in writers:
                one.write(HEAD + WHOLE)
                one.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    endpoint = resolve(f"http://127.0.0.1:{port}/v1", model="m")
    async with server:
        asked = (ask(endpoint, chat("hi", model="m"), watch=watch) for _ in range(2))
        return list(await asyncio.gather(*asked))
