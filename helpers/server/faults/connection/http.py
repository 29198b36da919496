"""Modes of HTTP/1.1 itself: heads and framings that some clients refuse and others read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace

from ...events import events
from ...http1 import Body, Reply, Request, whole, without
from ...upstream import Ask
from ..registry import chat_mode, reply_mode
from ..splicing import CUT_AFTER

LONG_LINE = 20_000
MANY = 200


@reply_mode("long-header", f"Sends a header line of {LONG_LINE} bytes.", legal=True)
def _long_header(reply: Reply) -> None:
    reply.headers += (("X-Trace", "t" * LONG_LINE),)


@reply_mode("many-headers", f"Sends {MANY} headers with its stream.", legal=True)
def _many_headers(reply: Reply) -> None:
    reply.headers += tuple((f"X-Trace-{number}", "t") for number in range(MANY))


def _rewritten(change: Callable[[bytes], bytes]) -> Callable[[Body], Body]:
    """A change to the head of a message on its way to the socket."""

    async def wire(message: Body) -> Body:
        yield change(await anext(message))
        async for piece in message:
            yield piece

    return wire


@reply_mode("http-1.2", "Says HTTP/1.2 in its status line.", legal=True)
def _http_1_2(reply: Reply) -> None:
    reply.wire = _rewritten(lambda head: head.replace(b"HTTP/1.1", b"HTTP/1.2", 1))


@reply_mode("crlf-first", "Sends an empty line before its status line.", also=("odd-http",))
def _crlf_first(reply: Reply) -> None:
    reply.wire = _rewritten(lambda head: b"\r\n" + head)


def _with_line(line: bytes) -> Callable[[Body], Body]:
    """A change that adds one more line after the status line."""
    return _rewritten(lambda head: head.replace(b"\r\n", b"\r\n" + line + b"\r\n", 1))


@reply_mode("bare-lf", "Ends the lines of its head with LF alone.", also=("odd-http",))
def _bare_lf(reply: Reply) -> None:
    reply.wire = _rewritten(lambda head: head.replace(b"\r\n", b"\n"))


@reply_mode("folded-header", "Writes a header over two lines.", also=("odd-http",))
def _folded_header(reply: Reply) -> None:
    reply.wire = _with_line(b"X-Trace: t\r\n t")


@reply_mode("nul-in-header", "Sends a header with a NUL in it.", also=("odd-http",))
def _nul_in_header(reply: Reply) -> None:
    reply.wire = _with_line(b"X-Trace: t\0t")


@reply_mode("space-before-colon", "Writes a space before a header's colon.", also=("odd-http",))
def _space_before_colon(reply: Reply) -> None:
    reply.wire = _with_line(b"X-Trace : t")


@reply_mode("no-colon", "Sends a line among its headers that is not a header.", also=("odd-http",))
def _no_colon(reply: Reply) -> None:
    reply.wire = _with_line(b"DEBUG started")


@chat_mode(
    "length-twice",
    "Sends the same Content-Length twice.",
    legal=True,
    writes=True,
)
async def _length_twice(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    pieces = [event async for event in events(reply.body)]
    length = ("Content-Length", str(sum(map(len, pieces))))
    reply.headers = (*without(reply.headers, "content-length"), length)
    reply.body = _each(pieces)
    line = b"Content-Length: %b\r\n" % length[1].encode()
    reply.wire = _rewritten(lambda head: head.replace(line, line * 2, 1))
    return reply


async def _each(pieces: list[bytes]) -> Body:
    for piece in pieces:
        yield piece


CHUNKED = b"Transfer-Encoding: chunked\r\n"


def _framed(lines: bytes) -> Callable[[Body], Body]:
    """A change that puts these lines in place of the one that says chunked."""
    return _rewritten(lambda head: head.replace(CHUNKED, lines, 1))


@reply_mode("length-and-chunked", "Sends Content-Length and chunks together.", also=("odd-http",))
def _length_and_chunked(reply: Reply) -> None:
    reply.wire = _framed(b"Content-Length: 1000000\r\n" + CHUNKED)


@reply_mode("transfer-twice", "Sends Transfer-Encoding: chunked twice.", also=("odd-http",))
def _transfer_twice(reply: Reply) -> None:
    reply.wire = _framed(CHUNKED * 2)


@reply_mode(
    "transfer-identity", "Sends Transfer-Encoding: identity and no chunks.", also=("odd-http",)
)
def _transfer_identity(reply: Reply) -> None:
    reply.wire = _unchunked


async def _unchunked(message: Body) -> Body:
    yield (await anext(message)).replace(CHUNKED, b"Transfer-Encoding: identity\r\n", 1)
    async for chunk in message:
        yield chunk.partition(b"\r\n")[2].removesuffix(b"\r\n")


@reply_mode("lengths-differ", "Sends two lengths that differ.", expects="protocol")
def _lengths_differ(reply: Reply) -> None:
    reply.wire = _framed(b"Content-Length: 1000\r\nContent-Length: 2000\r\n")


@reply_mode("chunks-undeclared", "Sends chunks and does not say so.", also=("chunk-sizes-inside",))
def _chunks_undeclared(reply: Reply) -> None:
    reply.wire = _framed(b"")


@reply_mode("not-chunked", "Says that it is chunked and is not.", expects="bad-framing")
def _not_chunked(reply: Reply) -> None:
    reply.wire = _bare_body


async def _bare_body(message: Body) -> Body:
    yield await anext(message)
    async for chunk in message:
        yield chunk.partition(b"\r\n")[2]


def _misframed(change: Callable[[bytes], bytes]) -> Callable[[Body], Body]:
    """A change that breaks the framing of one chunk in the middle of a message."""

    async def wire(message: Body) -> Body:
        place = 0
        async for piece in message:
            yield change(piece) if place == CUT_AFTER else piece
            place += 1

    return wire


@reply_mode(
    "bad-chunk-size", "Writes a chunk's size as a word in the middle.", expects="bad-framing"
)
def _bad_chunk_size(reply: Reply) -> None:
    reply.wire = _misframed(lambda chunk: b"many\r\n" + chunk.partition(b"\r\n")[2])


@reply_mode(
    "short-chunk-size",
    "Announces a chunk in the middle that is shorter than what it sends.",
    expects="bad-framing",
)
def _short_chunk_size(reply: Reply) -> None:
    reply.wire = _misframed(lambda chunk: b"5\r\n" + chunk.partition(b"\r\n")[2])


@chat_mode(
    "gzip-lie-full",
    "Labels full answers gzip but does not compress them.",
    full="bad-encoding",
)
async def _gzip_lie_full(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if not reply.is_event_stream:
        reply.headers += (("Content-Encoding", "gzip"),)
    return reply


@reply_mode(
    "unknown-encoding", "Names a content encoding that nobody knows.", also=("odd-encoding",)
)
def _unknown_encoding(reply: Reply) -> None:
    reply.headers += (("Content-Encoding", "none"),)


@chat_mode(
    "body-never-ends",
    "Announces more bytes than a full answer has, and keeps the connection open.",
    full="body-never-ends",
    endless=True,
)
async def _body_never_ends(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if not reply.is_event_stream:
        body = await whole(reply.body)
        length = ("Content-Length", str(len(body) + 10))
        reply.headers = (*without(reply.headers, "content-length"), length)
        reply.body = _held(body)
    return reply


async def _held(body: bytes) -> Body:
    yield body
    await asyncio.Event().wait()


@chat_mode("sse-for-full", "Ignores stream: false and answers with a stream.", full="sse-for-full")
async def _sse_for_full(request: Request, ask: Ask) -> Reply:
    body = json.dumps(request.json | {"stream": True}).encode()
    return await ask(replace(request, body=body))
