"""Modes that cut an answer short, each in a different way."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator

from ...events import chunk_of, event_of, text_of, with_text
from ...http1 import Body, HangupError, Reply, Request, ResetError, whole
from ...upstream import Ask
from ..registry import EVERY_API, chat_mode, reply_mode, stream_mode
from ..splicing import beginning

LONG = 10_000_000
SHORT = 1500
IDLE_S = 3.0


async def _with_last_flag(body: Body) -> AsyncIterator[tuple[bytes, bool]]:
    """Yield the beginning of a stream, each event with whether it is the last."""
    held = b""
    async for event in beginning(body):
        if held:
            yield held, False
        held = event
    if held:
        yield held, True


@chat_mode(
    "cut",
    "Stops in the middle: a stream without a finish reason, a full answer half sent.",
    expects="cut",
    cause="ended-early",
    apis=EVERY_API,
)
async def _cut(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if reply.is_event_stream:
        reply.body = beginning(reply.body)
    elif reply.status == 200:
        reply.body = _half(await whole(reply.body))
    return reply


async def _half(body: bytes) -> Body:
    yield body[: len(body) // 2]
    raise HangupError("cut in the middle, as requested")


@stream_mode(
    "cut-event",
    "Ends its stream cleanly, but inside an event.",
    expects="cut",
    cause="ended-early",
    apis=EVERY_API,
)
async def _cut_event(body: Body) -> Body:
    async for event, last in _with_last_flag(body):
        yield event[: len(event) // 2] if last else event


@stream_mode(
    "cut-character",
    "Ends its stream cleanly, but inside a character.",
    expects="cut",
    cause="ended-early",
)
async def _cut_character(body: Body) -> Body:
    async for event, last in _with_last_flag(body):
        chunk = chunk_of(event)
        if last and text_of(chunk):
            before, emoji, _ = event_of(with_text(chunk, "🌳")).partition("🌳".encode())
            yield before + emoji[:2]
        else:
            yield event


@stream_mode(
    "cut-done",
    "Ends its stream in the middle but sends [DONE] anyway.",
    also=("no-finish-reason",),
)
async def _cut_done(body: Body) -> Body:
    async for event in beginning(body):
        yield event
    yield b"data: [DONE]\n\n"


@stream_mode(
    "cut-connection",
    "Closes the connection in the middle of its stream.",
    expects="cut",
    cause="connection-lost",
    apis=EVERY_API,
)
async def _cut_connection(body: Body) -> Body:
    async for event in beginning(body):
        yield event
    raise HangupError("closed in the middle, as requested")


@stream_mode(
    "cut-reset",
    "Resets the connection in the middle of its stream (RST).",
    expects="cut",
    cause="connection-lost",
    apis=EVERY_API,
)
async def _cut_reset(body: Body) -> Body:
    async for event in beginning(body):
        yield event
    # When a RST arrives, a client loses whatever it has not yet read.
    await asyncio.sleep(0.05)
    raise ResetError("reset in the middle, as requested")


@reply_mode(
    "cut-idle",
    f"Falls silent for {IDLE_S:g} s behind nginx, which then closes the connection.",
    expects="cut",
    cause="connection-lost",
)
def _cut_idle(reply: Reply) -> None:
    reply.headers += (("Server", "nginx/1.27.3"),)
    reply.body = _idle(reply.body)


async def _idle(body: Body) -> Body:
    async for event in beginning(body):
        yield event
    await asyncio.sleep(IDLE_S)
    raise HangupError("closed after a silence, as requested")


@reply_mode(
    "cut-chunk",
    "Closes the connection inside a chunk of the transfer encoding.",
    expects="cut",
    cause="connection-lost",
    apis=EVERY_API,
)
def _cut_chunk(reply: Reply) -> None:
    reply.body = beginning(reply.body)
    reply.wire = _half_of_the_last


async def _half_of_the_last(message: Body) -> Body:
    held = b""
    async for piece in message:
        if piece.startswith(b"0\r\n"):
            break
        yield held
        held = piece
    yield held[: len(held) // 2]
    raise HangupError("closed inside a chunk, as requested")


@reply_mode(
    "cut-length",
    "Announces more bytes than it sends, then closes the connection.",
    expects="cut",
    cause="connection-lost",
    apis=EVERY_API,
)
def _cut_length(reply: Reply) -> None:
    reply.headers += (("Content-Length", str(LONG)),)
    reply.body = beginning(reply.body)


@reply_mode(
    "length-short",
    "Announces fewer bytes than it sends: the rest is lost.",
    expects="cut",
    cause="ended-early",
)
def _length_short(reply: Reply) -> None:
    reply.headers += (("Content-Length", str(SHORT)),)


@reply_mode(
    "cut-gzip",
    "Ends a compressed stream cleanly, but in the middle of the compressed data.",
    expects="cut",
    cause="ended-early",
    apis=EVERY_API,
)
def _cut_gzip(reply: Reply) -> None:
    reply.headers += (("Content-Encoding", "gzip"),)
    reply.body = _unfinished(beginning(reply.body))


async def _unfinished(body: Body) -> Body:
    packer = zlib.compressobj(wbits=31)
    async for event in body:
        yield packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH)


@stream_mode(
    "zero-chunks",
    "Opens a stream and ends it without a single event; full answers work.",
    expects="silent",
    cause="empty",
    apis=EVERY_API,
)
async def _zero_chunks(body: Body) -> Body:
    async for _ in body:
        pass
    return
    yield
