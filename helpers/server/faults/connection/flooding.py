"""Modes that test a reader's patience or memory: silence, slowness, and far too much data."""

from __future__ import annotations

import asyncio
import gzip
from functools import cache

from ...events import Chunk, chunk_of, event_of, events, text_of, with_text
from ...http1 import Body, Reply, Request
from ...replies import stream_reply
from ...upstream import Ask
from ..registry import chat_mode, reply_mode, stream_mode

SLOW_S = 8.0
SLOW_LINE_S = 0.25
MEGABYTE = 2**20
HUGE_MB = 50
EMPTY_EVENTS = 1_000_000
BOMB_MB = 1000
DEPTH = 100_000


@chat_mode(
    "silence",
    "Lists its models, then accepts a prompt and never answers.",
    expects="silence",
    endless=True,
)
async def _silence(request: Request, ask: Ask) -> Reply:
    await asyncio.Event().wait()
    return await ask(request)


@chat_mode(
    "silent-after-headers",
    "Opens its stream and never sends anything in it.",
    expects="silence",
    endless=True,
)
async def _silent_after_headers(request: Request, ask: Ask) -> Reply:
    return stream_reply(_nothing())


async def _nothing() -> Body:
    await asyncio.Event().wait()
    yield b""


@chat_mode(
    "slow",
    f"Stays silent for {SLOW_S:g} s, like a server that is still loading its model.",
    legal=True,
)
async def _slow(request: Request, ask: Ask) -> Reply:
    await asyncio.sleep(SLOW_S)
    request.received_s += SLOW_S
    return await ask(request)


@reply_mode("slow-headers", "Sends its headers slowly, line by line.", legal=True)
def _slow_headers(reply: Reply) -> None:
    reply.wire = _line_by_line


async def _line_by_line(message: Body) -> Body:
    head = await anext(message)
    for line in head.splitlines(keepends=True):
        yield line
        await asyncio.sleep(SLOW_LINE_S)
    async for piece in message:
        yield piece


@reply_mode(
    "byte-a-second",
    "Sends its stream at one byte a second.",
    expects="silence",
    endless=True,
)
def _byte_a_second(reply: Reply) -> None:
    reply.body = _dripping(reply.body)


async def _dripping(body: Body) -> Body:
    async for piece in body:
        for byte in piece:
            yield bytes([byte])
            await asyncio.sleep(1)


@chat_mode(
    "keep-alives-forever",
    "Sends comments forever and never a word.",
    expects="keep-alives-only",
    endless=True,
)
async def _keep_alives_forever(request: Request, ask: Ask) -> Reply:
    return stream_reply(_comments())


async def _comments() -> Body:
    while True:
        yield b": keep-alive\n\n"
        await asyncio.sleep(1)


@chat_mode(
    "empty-chunks-forever",
    "Sends chunks with empty deltas forever.",
    expects="only-empty-chunks",
    endless=True,
)
async def _empty_chunks_forever(request: Request, ask: Ask) -> Reply:
    return stream_reply(_empty_chunks())


async def _empty_chunks() -> Body:
    while True:
        yield event_of({"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}}]})
        await asyncio.sleep(0.1)


@stream_mode("endless", "Writes the same word forever.", expects="too-long", endless=True)
async def _endless(body: Body) -> Body:
    async for event in events(body):
        yield event
        chunk = chunk_of(event)
        while text_of(chunk):
            yield event_of(with_text(chunk, " tree"))
            await asyncio.sleep(0.01)


async def _with_flood(body: Body, flood: Body) -> Body:
    """Yield the events, with a flood of bytes right after the first text."""
    flooded = False
    async for event in events(body):
        yield event
        if not flooded and text_of(chunk_of(event)):
            flooded = True
            async for piece in flood:
                yield piece


@stream_mode(
    "huge-event",
    f"Sends one event of {HUGE_MB} MB in the middle.",
    expects="event-too-large",
    heavy=True,
)
def _huge_event(body: Body) -> Body:
    return _with_flood(body, _huge())


async def _huge() -> Body:
    chunk: Chunk = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}}]}
    before, _, after = event_of(with_text(chunk, "@@")).partition(b"@@")
    yield before
    for _ in range(HUGE_MB):
        yield b"tree " * (MEGABYTE // 5)
    yield after


@stream_mode(
    "empty-events",
    f"Sends {EMPTY_EVENTS} events without data in the middle.",
    # While a reader is still busy with these, the rest of the text piles up and arrives at once.
    expects="",
    also=("event-without-data",),
    heavy=True,
)
def _empty_events(body: Body) -> Body:
    return _with_flood(body, _empty())


async def _empty() -> Body:
    for _ in range(100):
        yield b"event: ping\n\n" * (EMPTY_EVENTS // 100)


@stream_mode(
    "deep-json",
    f"Sends a chunk whose JSON is nested {DEPTH} levels deep.",
    also=("nested-too-deep",),
    heavy=True,
)
def _deep_json(body: Body) -> Body:
    return _with_flood(body, _deep())


async def _deep() -> Body:
    yield b'data: {"choices": ' + b"[" * DEPTH + b"]" * DEPTH + b"}\n\n"


@reply_mode(
    "gzip-bomb",
    f"Sends {BOMB_MB} MB of comments, compressed to about 1 MB.",
    expects="inflates-too-much",
    heavy=True,
)
def _gzip_bomb(reply: Reply) -> None:
    reply.headers += (("Content-Encoding", "gzip"),)
    reply.body = _bomb(reply.body)


async def _bomb(body: Body) -> Body:
    # A body may consist of several gzip members, so one bomb can be sent many times.
    async for event in _with_flood(body, _bombs()):
        yield event if event.startswith(b"\x1f\x8b") else gzip.compress(event)


async def _bombs() -> Body:
    for _ in range(BOMB_MB // 10):
        yield _packed_comment()


@cache
def _packed_comment() -> bytes:
    return gzip.compress(b": " + b"x" * (10 * MEGABYTE) + b"\n\n")
