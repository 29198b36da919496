"""The pass-through: bytes as they came, ends as they came, foreign pages kept out."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import re
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest

from helpers.client.proxies import Way, through_proxy
from helpers.endpoint import resolve
from helpers.server.builtin import opened
from helpers.server.certificate import self_signed
from helpers.server.relay import watchdog
from helpers.tests.support import sockets
from helpers.tests.support.forwarding import forwarding
from helpers.tests.support.passing import (
    PATIENCE_S,
    Passed,
    behind_it,
    passing,
    reset,
    said,
    until,
)

HEAD = b"HTTP/1.1 200 OK\r\nX-Odd-Case:  kept \r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKS = (b"5;ext=1\r\nhello\r\n", b"3\r\n\r\n!\r\n", b"0\r\nTrailer: x\r\n\r\n")


def request(passed: Passed | bytes, more: bytes = b"", *, method: bytes = b"POST") -> bytes:
    """Return a request's head for a pass-through, or for the server of that Host."""
    host = passed if isinstance(passed, bytes) else passed.host
    return method + b" /v1/chat/completions HTTP/1.1\r\nHost: " + host + b"\r\n" + more + b"\r\n"


def answering(
    *parts: bytes, then: Callable[[asyncio.StreamWriter], None] = lambda writer: writer.close()
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """Return a server that says these parts to anything, and then does something."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()
        then(writer)

    return handler


@pytest.mark.parametrize(
    "parts",
    [
        (HEAD, *CHUNKS),
        (b"".join((HEAD, *CHUNKS)),),
        (HEAD[:20], HEAD[20:] + CHUNKS[0][:4], CHUNKS[0][4:] + CHUNKS[1] + CHUNKS[2]),
        (b"HTTP/1.1 200\r\nContent-Length: 7\r\n\r\nhel", b"lo\r\n"),
        (b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n",),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + HEAD, *CHUNKS),
        (b"HTTP/1.1 307 Moved\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n",),
        (HEAD, CHUNKS[0][:9]),
        (HEAD, b"zz\r\nno chunk at all"),
        (b"HTTP/1.1 200 OK\nContent-Length: 5\nX Y: 1\n\nhello",),
        (b"nothing of HTTP",),
        (b"",),
    ],
    ids=["chunked", "at once", "odd cuts", "length", "until close", "hints", "redirect",
         "cut", "bad chunk", "odd head", "no HTTP", "nothing"],
)  # fmt: skip
@pytest.mark.parametrize("dies", [False, True], ids=["closes", "resets"])
def test_what_the_server_says_comes_to_the_byte(parts: tuple[bytes, ...], dies: bool) -> None:
    """Head, framing, trailers, cuts, and the way it ended: as if nothing stood between."""

    async def run() -> tuple[bytes, bytes]:
        how = reset if dies else asyncio.StreamWriter.close
        async with behind_it(answering(*parts, then=how)) as passed:
            direct = await said(passed.port_behind, request(passed))
            return direct, await said(passed.port, request(passed))

    direct, through = asyncio.run(run())
    assert direct == through
    assert dies == through.endswith(b"<RST>")


@pytest.mark.parametrize(
    ("parts", "body", "end"),
    [
        ((HEAD, *CHUNKS), b"hello\r\n!", ("eof", "")),
        ((b"HTTP/1.1 200 OK\r\n\r\ndata: a\n\n",), b"data: a\n\n", ("eof", "")),
        ((HEAD, CHUNKS[0][:11]), b"he", ("broken", "reset")),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",), b"hello", ("broken", "reset")),
        ((HEAD, b"zz\r\nhello"), b"", ("broken", "protocol")),
        ((b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",), b"hello", ("eof", "")),
        ((b"",), b"", ("broken", "reset")),
    ],
    ids=["whole", "until close", "cut chunk", "cut length", "bad chunk", "bare LF", "nothing"],
)
def test_what_is_told_is_the_body_and_its_end(
    parts: tuple[bytes, ...], body: bytes, end: tuple[str, str]
) -> None:
    """The framing is undone, and the end has the words of a recording."""

    async def run() -> Passed:
        async with behind_it(answering(*parts)) as passed:
            await said(passed.port, request(passed))
            return passed

    [noted] = asyncio.run(run()).noted
    assert (body, end) == (noted.came_in_all, noted.end)
    assert ["bare-lf"] * (b"OK\n" in parts[0]) == noted.oddities


def test_a_request_keeps_all_but_what_concerns_the_way() -> None:
    """The server gets the same lines in the same spelling; each change is listed."""
    more = (
        b"content-TYPE: application/json\r\nX-A: 1\r\nx-a: 2\r\nAuthorization: Bearer sk-birch\r\n"
        b"Connection: Keep-Alive, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"
        b"Content-Length: 4\r\n"
    )
    seen: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(4))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    async def run() -> Passed:
        async with behind_it(handler) as passed:
            await said(passed.port, request(passed, more) + b"\x00\xff{}")
            return passed

    passed = asyncio.run(run())
    host = b"127.0.0.1:%d" % passed.port_behind
    kept = more.replace(b"Upgrade: h2c\r\nHTTP2-Settings: AAMA\r\n", b"")
    expected = request(host, kept.replace(b"Keep-Alive, HTTP2-Settings", b"keep-alive"))
    assert [expected + b"\x00\xff{}"] == seen
    assert (
        f"Host: {passed.host.decode()} became {host.decode()}",
        "Connection became keep-alive",
        "upgrade was taken out",
        "http2-settings was taken out",
    ) == passed.noted[0].request.changes
    assert b"\x00\xff{}" == passed.noted[0].body


@pytest.mark.parametrize("method", [b"HEAD", b"OPTIONS", b"GET", b"DELETE", b"PROPFIND"])
def test_every_method_passes(method: bytes) -> None:
    """A reply to HEAD has a length and no body, and the connection stays open behind it."""
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    reply += b"" if method == b"HEAD" else b"hello"

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(reply)
        writer.close()

    async def run() -> tuple[bytes, Passed]:
        async with behind_it(handler) as passed:
            asked = request(passed, method=method)
            return await said(passed.port, asked, asked), passed

    came, passed = asyncio.run(run())
    assert reply * 2 == came
    assert [("eof", "")] * 2 == [one.end for one in passed.noted]


def test_an_upload_passes_as_it_is_framed_and_packed() -> None:
    """Expect is the server's to answer; chunks and gzip stay; what is told is what was meant."""
    packed = gzip.compress(b"{}" * 40_000, mtime=0)
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed)
    more = b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n"
    seen: list[bytes] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert b"Expect: 100-continue" in await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        seen.append(await reader.readexactly(len(body)))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async def run() -> tuple[bytes, Passed]:
        async with behind_it(handler) as passed:
            reader, writer = await asyncio.open_connection("127.0.0.1", passed.port)
            writer.write(request(passed, more))
            first = await reader.readuntil(b"\r\n\r\n")
            for start in range(0, len(body), 50):
                writer.write(body[start : start + 50])
                await asyncio.sleep(0)
            return first + await reader.read(), passed

    came, passed = asyncio.run(run())
    assert [body] == seen
    assert packed == passed.noted[0].body
    assert came.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


def test_bytes_come_at_the_moment_they_are_said() -> None:
    """Half a chunk is passed on before its other half is there."""
    go_on = asyncio.Event()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + b"ff\r\nhalf")
        await go_on.wait()
        writer.close()

    async def run() -> bytes:
        async with behind_it(handler) as passed:
            reader, writer = await asyncio.open_connection("127.0.0.1", passed.port)
            writer.write(request(passed))
            async with asyncio.timeout(PATIENCE_S):
                came = await reader.readexactly(len(HEAD + b"ff\r\nhalf"))
            go_on.set()
            writer.close()
            return came

    assert HEAD + b"ff\r\nhalf" == asyncio.run(run())


@pytest.mark.parametrize("how", ["closes", "resets", "reads nothing"])
@pytest.mark.parametrize("answered", [False, True], ids=["silence", "in a stream"])
def test_a_client_that_leaves_is_missed_within_100_ms(how: str, answered: bool) -> None:
    """The server notices before and in its answer, also when the client had stopped reading."""
    # A busy machine may be late now and then, but not every time.
    for _ in range(10):
        took_s, passed = asyncio.run(_left(how, answered=answered))
        assert ("closed", "") == passed.noted[0].end
        assert not passed.settings.open
        if took_s < 0.1:
            break
    assert took_s < 0.1


async def _left(how: str, *, answered: bool) -> tuple[float, Passed]:
    """Return how long a server did not know that its client had left."""
    heard, gone = asyncio.Event(), list[float]()
    flood = b"x" * (1 << 20)

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        heard.set()
        if answered:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + flood * (20 if how == "reads nothing" else 0))
        try:
            while await reader.read(100):
                pass
        except ConnectionError:
            pass
        gone.append(time.perf_counter())

    async with behind_it(handler) as passed:
        _, writer = await asyncio.open_connection("127.0.0.1", passed.port, limit=1000)
        writer.write(request(passed))
        await heard.wait()
        await until(lambda: not answered or passed.noted[0].status)
        if how == "reads nothing" and answered:
            await until(lambda: passed.noted[0].pieces)
        left = time.perf_counter()
        reset(writer) if how == "resets" else writer.transport.abort()
        await until(lambda: gone)
        await until(lambda: passed.noted[0].end)
        return gone[0] - left, passed


HERE = b"Host: 127.0.0.1\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (b"Host: evil.example\r\n", 403),
        (b"Host: 127.0.0.1.evil.example\r\n", 403),
        (b"Host: 127.0.0.1:80, evil.example\r\n", 403),
        (b"Host: evil.example@127.0.0.1\r\n", 403),
        (b"Host: 127.0.0.1#evil.example\r\n", 403),
        (HERE + b"Host: evil.example\r\n", 403),
        (HERE + b"Origin: https://evil.example\r\n", 403),
        (HERE + b"Origin: null\r\n", 403),
        (HERE + b"Origin: http://localhost:80, https://evil.example\r\n", 403),
        (HERE + b"Sec-Fetch-Site: cross-site\r\n", 403),
        (HERE + b"Connection: Upgrade\r\nUpgrade: websocket\r\n", 426),
        (HERE + b"Upgrade: h2c, WebSocket/13\r\n", 426),
        (HERE + CHUNKED + b"Content-Length: 4\r\n", 400),
        (HERE + b"Content-Length: 4\r\nContent-Length: 5\r\n", 400),
        (HERE + b"Content-Length: +4\r\n", 400),
        (HERE + b"Transfer-Encoding: xchunked\r\n", 400),
        (HERE + b"Transfer-Encoding: chunked, identity\r\n", 400),
        (HERE + b"Transfer-Encoding : chunked\r\n", 400),
        (HERE + b"X: a\r\n Transfer-Encoding: chunked\r\n", 400),
        (HERE + b"X: a\nTransfer-Encoding: chunked\r\n", 400),
        (HERE + b"X: a\rContent-Length: 9\r\n", 400),
        (HERE + b"X: a\0b\r\n", 400),
        (HERE + b"no colon\r\n", 400),
        (HERE + b"X: " + b"a" * 70_000 + b"\r\n", 400),
    ],
    ids=lambda value: repr(value)[-60:],
)
def test_what_is_not_passed_on_is_answered_and_said(lines: bytes, status: int) -> None:
    """Strangers, upgrades, and what two readers would understand in two ways."""

    async def run() -> tuple[bytes, Passed]:
        async with behind_it(answering(b"")) as passed:
            return await said(passed.port, b"GET /v1/x HTTP/1.1\r\n" + lines + b"\r\n"), passed

    came, passed = asyncio.run(run())
    assert came.startswith(b"HTTP/1.1 %d " % status)
    assert json.loads(came.partition(b"\r\n\r\n")[2])["error"]["message"] == passed.refused[0][1]
    assert (status, []) == (passed.refused[0][0], passed.noted)


@pytest.mark.parametrize(
    "first",
    [b"\x16\x03\x01\x02\x00\x01", b"\0", b"GET /\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
     b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ids=["TLS", "no HTTP", "HTTP/0.9", "HTTP/2", "chunks in 1.0"],
)  # fmt: skip
def test_what_is_no_request_is_answered_at_once(first: bytes) -> None:
    """Nobody waits for a head that never comes; https is named."""

    async def run() -> tuple[bytes, Passed]:
        async with behind_it(answering(b"")) as passed:
            return await said(passed.port, first), passed

    came, passed = asyncio.run(run())
    assert came.startswith(b"HTTP/1.1 400 ")
    assert (b"\x16" in first) == ("begin it with http://" in passed.refused[0][1])


def test_a_head_that_drips_is_refused_and_an_idle_connection_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that has begun must end in time; nobody hurries a client that has not."""
    monkeypatch.setattr(watchdog, "HEAD_S", 0.05)
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

    async def run() -> tuple[bytes, bytes, Passed]:
        async with behind_it(answering(whole)) as passed:
            reader, writer = await asyncio.open_connection("127.0.0.1", passed.port)
            late = await said(passed.port, request(passed)[:-3])
            writer.write(request(passed))
            idle = await reader.read()
            writer.close()
            return late, idle, passed

    late, idle, passed = asyncio.run(run())
    assert late.startswith(b"HTTP/1.1 408 ")
    assert [(408, "Expected whole headers in time.")] == passed.refused
    assert whole == idle


@pytest.mark.parametrize("chunk", [b"0x5\r\nhello\r\n", b"5\r\nhello!\r\n", b"-1\r\n", b"5_0\r\n"])
def test_chunks_that_readers_cut_apart_otherwise_end_it(chunk: bytes) -> None:
    """In the middle of an exchange: both connections end, and no second request gets through."""
    smuggled = b"GET /v1/secret HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    async def run() -> Passed:
        async with behind_it(answering(b"")) as passed:
            await said(passed.port, request(passed, CHUNKED), chunk + b"0\r\n\r\n" + smuggled)
            return passed

    passed = asyncio.run(run())
    assert ["/v1/chat/completions"] == [one.request.target for one in passed.noted]
    assert 400 == passed.refused[0][0]


@pytest.mark.parametrize(
    "host",
    [b"localhost", b"LOCALHOST:80", b"localhost.", b"a.localhost:9", b"127.1:8", b"[::1]:80",
     b"127.0.0.2"],
)  # fmt: skip
def test_every_name_of_this_machine_may_ask(host: bytes) -> None:
    """However a program spells it."""

    async def run() -> bytes:
        async with behind_it(answering(b"HTTP/1.1 204 \r\nConnection: close\r\n\r\n")) as passed:
            lines = b"Origin: http://" + host + b"\r\nSec-Fetch-Site: same-origin\r\n"
            return await said(passed.port, request(host, lines))

    assert b"204" == asyncio.run(run()).split(b" ")[1]


@pytest.mark.parametrize("target", [b"http://elsewhere/v1/models", b"elsewhere:443", b"//"])
def test_a_request_never_names_the_server(target: bytes) -> None:
    """An address in it goes nowhere; a path of two slashes is only a path."""

    async def run() -> tuple[bytes, list[bytes]]:
        async with behind_it(answering(b"HTTP/1.1 204 \r\nConnection: close\r\n\r\n")) as passed:
            asked = b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
            return await said(passed.port, asked), [one.request.raw for one in passed.noted]

    came, passed_on = asyncio.run(run())
    assert (b"204" if target == b"//" else b"400") == came.split(b" ")[1]
    assert all(one.startswith(b"GET // HTTP/1.1\r\nHost: 127.0.0.1:") for one in passed_on)


def test_an_origin_that_was_allowed_may_ask() -> None:
    """And no other one."""
    lines = b"Origin: https://app.example\r\nSec-Fetch-Site: cross-site\r\n"

    async def run() -> tuple[bytes, bytes]:
        server = answering(b"HTTP/1.1 204 \r\nConnection: close\r\n\r\n")
        async with behind_it(server, origins=("https://app.example",)) as passed:
            mine = await said(passed.port, request(passed, lines))
            return mine, await said(passed.port, request(passed, lines.replace(b"app", b"evil")))

    mine, other = asyncio.run(run())
    assert (b"204", b"403") == (mine.split(b" ")[1], other.split(b" ")[1])


def test_a_server_that_is_not_there_is_a_502_that_says_so() -> None:
    """It is told as refused, in a recording's words."""

    async def run() -> tuple[bytes, Passed]:
        async with passing("http://127.0.0.1:1/v1") as passed:
            return await said(passed.port, request(passed)), passed

    came, passed = asyncio.run(run())
    assert came.startswith(b"HTTP/1.1 502 Bad Gateway")
    assert b"cannot be reached: nothing listens there (connection refused)." in came
    assert ("broken", "refused") == passed.noted[0].end


def test_a_witness_that_fails_stops_nothing() -> None:
    """The recording is lost, the traffic is not."""

    async def run() -> bytes:
        async with behind_it(answering(HEAD, *CHUNKS)) as passed:
            passed.settings.begin = lambda *_: 1 / 0  # type: ignore[assignment]
            lost = await said(passed.port, request(passed))
            passed.settings.begin = lambda *_: object()  # type: ignore[assignment]
            return lost + await said(passed.port, request(passed))

    assert b"".join((HEAD, *CHUNKS)) * 2 == asyncio.run(run())


def test_tls_is_checked_by_ssl_cert_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that the system does not know is refused until the file names it."""
    context, file = self_signed(), tmp_path / "ca.pem"

    async def asked(port: int) -> bytes:
        async with passing(f"https://localhost:{port}/v1") as passed:
            return await said(passed.port, request(passed))

    async def run() -> tuple[bytes, bytes]:
        server = await asyncio.start_server(answering(HEAD, *CHUNKS), "127.0.0.1", 0, ssl=context)
        async with server:
            port = server.sockets[0].getsockname()[1]
            unknown = await asked(port)
            file.write_text(await asyncio.to_thread(_certificate_of, port))
            monkeypatch.setenv("SSL_CERT_FILE", str(file))
            return unknown, await asked(port)

    unknown, known = asyncio.run(run())
    assert b"certificate verify failed" in unknown
    assert b"".join((HEAD, *CHUNKS)) == known


@pytest.mark.parametrize(("target", "whole"), [(b"/v1/x?a=b", b"/v1/x?a=b"), (b"*", b"")])
def test_without_tls_a_proxy_is_told_the_whole_address(target: bytes, whole: bytes) -> None:
    """Most open no way to a port that speaks plain http."""
    lines = b"Host: localhost\r\nContent-Length: 2\r\nConnection: close\r\n"
    seen: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(2))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    async def run() -> tuple[bytes, Passed]:
        async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            way = Way("oak.test", 8000, proxy=f"http://me:birch@127.0.0.1:{port}")
            async with passing("http://oak.test:8000/v1") as passed:
                passed.settings.upstream = replace(
                    passed.settings.upstream, through=partial(through_proxy, way, None),
                    proxy=(b"Proxy-Authorization: Basic bWU6YmlyY2g=",),
                )  # fmt: skip
                asked = b"POST " + target + b" HTTP/1.1\r\n" + lines + b"\r\n{}"
                return await said(passed.port, asked), passed

    came, passed = asyncio.run(run())
    assert came.startswith(b"HTTP/1.1 204")
    head = b"POST http://oak.test:8000" + whole + b" HTTP/1.1\r\n"
    expected = lines.replace(b"Host: localhost", b"Host: oak.test:8000")
    key = b"Proxy-Authorization: Basic bWU6YmlyY2g=\r\n\r\n{}"
    assert [head + expected + key] == seen
    assert "the path became http://oak.test:8000…, for the proxy" in passed.noted[0].request.changes


def test_tls_goes_through_a_proxy_and_a_proxy_that_refuses_is_quoted() -> None:
    """The proxy sees a name and a port; the server's certificate is still what is checked."""
    context = self_signed()
    trusted = ssl.create_default_context()

    async def by(proxy: int, port: int) -> bytes:
        way = Way("localhost", port, proxy=f"http://127.0.0.1:{proxy}")
        async with passing(f"https://localhost:{port}/v1") as passed:
            through = partial(through_proxy, way, trusted)
            passed.settings.upstream = replace(passed.settings.upstream, through=through)
            return await said(passed.port, request(passed))

    async def run() -> tuple[bytes, bytes, bytes]:
        server = await asyncio.start_server(answering(HEAD, *CHUNKS), "127.0.0.1", 0, ssl=context)
        refusing = sockets.says(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        async with server:
            port = server.sockets[0].getsockname()[1]
            with forwarding(f"http://127.0.0.1:{port}") as (proxy, _):
                unknown = await by(proxy, port)
                pem = await asyncio.to_thread(_certificate_of, port)
                trusted.load_verify_locations(cadata=pem)
                known = await by(proxy, port)
            with sockets.listening(refusing) as proxy:
                return unknown, known, await by(proxy, port)

    unknown, known, refused = asyncio.run(run())
    assert b"certificate verify failed" in unknown
    assert b"".join((HEAD, *CHUNKS)) == known
    assert b"the proxy answered HTTP/1.1 407 Proxy Authentication Required" in refused


def _certificate_of(port: int) -> str:
    return ssl.get_server_certificate(("127.0.0.1", port))


def _without_clocks(came: bytes) -> bytes:
    return re.sub(rb"(?m)^(Date|date): [^\r]*", b"", came)


async def _compared(count: int, at_once: int, asked: Callable[[int], bytes]) -> tuple[int, Passed]:
    """Return how many answers of a replay were not the same to the byte, and what was told."""
    endpoint = await opened(resolve("replay:tree.har@0"))
    path = endpoint.url.partition("//")[2].partition("/")[2].encode()
    async with passing(endpoint.url) as passed:
        asked_for = b"POST /" + path + b"/chat/completions HTTP/1.1\r\nHost: " + passed.host
        expected = _without_clocks(await said(passed.port_behind, asked_for + asked(0)))
        wrong = 0
        for start in range(0, count, at_once):
            numbers = range(start, min(start + at_once, count))
            came = await asyncio.gather(
                *(said(passed.port, asked_for + asked(number)) for number in numbers)
            )
            wrong += sum(_without_clocks(one) != expected for one in came)
            if any(not one.end or one.end[0] != "eof" for one in passed.noted):
                wrong += 1
            passed.noted.clear()
        await until(lambda: not passed.settings.open)
        return wrong, passed


def _body(number: int) -> bytes:
    body = json.dumps({"model": "m", "stream": True, "messages": [], "seed": number}).encode()
    return b"\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def test_64_streams_at_once_are_the_same_to_the_byte() -> None:
    """And leave no connection, no file and no task behind."""
    process = psutil.Process()

    async def run() -> tuple[int, int]:
        await _compared(1, 1, _body)
        files = process.num_fds()
        wrong, _ = await _compared(64, 64, _body)
        return wrong, process.num_fds() - files

    wrong, left = asyncio.run(run())
    assert 0 == wrong
    assert left <= 0


@pytest.mark.slow
def test_a_thousand_requests_in_a_row_leave_nothing_behind() -> None:
    """Eight at a time; ten thousand were counted by hand."""
    process = psutil.Process()

    async def run() -> tuple[int, int, int]:
        await _compared(16, 8, _body)
        files, memory = process.num_fds(), process.memory_info().rss
        wrong, _ = await _compared(1000, 8, _body)
        return wrong, process.num_fds() - files, process.memory_info().rss - memory

    wrong, files, memory = asyncio.run(run())
    assert 0 == wrong
    assert files <= 0
    assert memory < 30e6


ASKED = (
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sk-oak\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n"
)  # fmt: skip
ANSWERED = b"HTTP/1.1 103 Early Hints\r\n\r\n" + b"".join((HEAD, *CHUNKS))


def _damaged(message: bytes, chance: random.Random) -> bytes:
    """Return a message with some bytes changed, gone or put in."""
    found = bytearray(message)
    for _ in range(chance.choice([0, 1, 2, 4])):
        at = chance.randrange(len(found))
        put = chance.choice([b"", b"\0", b"\r\n", b"\n", b"\xff", b"Content-Length: 3\r\n"])
        found[at : at + chance.randrange(5)] = put
    return bytes(found)


@pytest.mark.parametrize("how", ["server", "client", "damage"])
def test_wherever_an_exchange_breaks_both_ends_close_and_it_is_told(how: str) -> None:
    """At any byte of request and answer; no refusal repeats a key."""
    chance = random.Random(7)

    async def one(sent: bytes, answer: bytes) -> Passed:
        async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(asyncio.IncompleteReadError, ConnectionError, TimeoutError):
                async with asyncio.timeout(0.2):
                    await reader.readuntil(b"0\r\n\r\n")
                writer.write(answer)
            writer.close()

        async with behind_it(handler) as passed:
            reader, writer = await asyncio.open_connection("127.0.0.1", passed.port)
            writer.write(sent)
            if how != "client":
                with suppress(ConnectionError, TimeoutError):
                    async with asyncio.timeout(1.0):
                        await reader.read(-1)
            writer.close()
            await until(lambda: not passed.settings.open)
            return passed

    async def run() -> list[Passed]:
        if how == "damage":
            pairs = [(_damaged(ASKED, chance), _damaged(ANSWERED, chance)) for _ in range(60)]
        elif how == "server":
            pairs = [(ASKED, ANSWERED[:at]) for at in range(0, len(ANSWERED), 5)]
        else:
            pairs = [(ASKED[:at], b"") for at in range(0, len(ASKED), 5)]
        return await asyncio.gather(*(one(*pair) for pair in pairs))

    passed = asyncio.run(run())
    assert all(noted.end for one in passed for noted in one.noted)
    assert not [words for one in passed for _, words in one.refused if "sk-oak" in words]
