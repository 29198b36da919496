"""Modes of the way between: held back, cut up anew, compressed, stalled."""

from __future__ import annotations

import asyncio
import zlib

from ..events import chunk_of, event_of, events, has_output, text_of, with_text
from ..http1 import Body, Reply, Request, whole
from ..upstream import Ask
from .registry import mode, reply_mode, stream_mode
from .truncation import CUT_AFTER

PIECE = 7
STALL_S = 2.5
APART_S = 0.02
LATE_BYTES = 10

_GZIP = 31
_ZLIB = 15
_RAW = -15


@mode(
    "fast",
    "As fast as the engine writes, instead of at reading speed.",
    legal=True,
    unpaced=True,
)
async def _fast(request: Request, ask: Ask) -> Reply:
    return await ask(request)


@stream_mode(
    "buffered", "Holds the whole stream back and sends it in one piece at its end.", word="buffered"
)
async def _buffered(body: Body) -> Body:
    yield await whole(body)


@stream_mode(
    "buffered-two", "Sends the stream in two pieces, one early and one at its end.", word="buffered"
)
async def _buffered_two(body: Body) -> Body:
    held, seen = b"", 0
    async for event in events(body):
        held += event
        seen += has_output(event)
        if seen == CUT_AFTER:
            yield held
            held, seen = b"", seen + 1
    yield held


@stream_mode("one-delta", "Writes the whole answer as a single chunk.", word="one delta")
async def _one_delta(body: Body) -> Body:
    text, held = "", None
    async for event in events(body):
        chunk = chunk_of(event)
        if text_of(chunk):
            text, held = text + text_of(chunk), chunk
            continue
        if held:
            yield event_of(with_text(held, text))
            held = None
        yield event


@stream_mode("cumulative", "Repeats in each chunk the whole text so far.", word="cumulative")
async def _cumulative(body: Body) -> Body:
    text = ""
    async for event in events(body):
        chunk = chunk_of(event)
        text += text_of(chunk)
        yield event_of(with_text(chunk, text)) if text_of(chunk) else event


@stream_mode(
    "re-chunked", f"Cuts the text anew into pieces of {PIECE} characters.", word="re-chunked"
)
async def _re_chunked(body: Body) -> Body:
    text, held = "", None
    async for event in events(body):
        chunk = chunk_of(event)
        if text_of(chunk):
            text, held = text + text_of(chunk), chunk
            while len(text) >= PIECE:
                yield event_of(with_text(chunk, text[:PIECE]))
                text = text[PIECE:]
            continue
        if held and text:
            yield event_of(with_text(held, text))
            text = ""
        yield event


@stream_mode(
    "stalled", f"Falls silent for {STALL_S:g} s in the middle of the text.", word="stalled"
)
async def _stalled(body: Body) -> Body:
    seen = 0
    async for event in events(body):
        yield event
        seen += has_output(event)
        if seen == CUT_AFTER:
            seen += 1
            await asyncio.sleep(STALL_S)


@stream_mode(
    "late-pieces", "Cuts its network pieces a little before the ends of events.", legal=True
)
async def _late_pieces(body: Body) -> Body:
    held = b""
    async for event in events(body):
        held += event
        yield held[:-LATE_BYTES]
        held = held[-LATE_BYTES:]
    yield held


@stream_mode("split-emoji", "Sends the bytes of an emoji in two pieces.", legal=True)
async def _split_emoji(body: Body) -> Body:
    done = False
    async for event in events(body):
        chunk = chunk_of(event)
        if done or not text_of(chunk):
            yield event
            continue
        done = True
        before, emoji, after = event_of(with_text(chunk, f"🌳 {text_of(chunk)}")).partition(
            "🌳".encode()
        )
        yield before + emoji[:2]
        await asyncio.sleep(APART_S)
        yield emoji[2:] + after


async def _deflated(body: Body, wbits: int, flush: int) -> Body:
    packer = zlib.compressobj(wbits=wbits)
    async for event in events(body):
        if packed := packer.compress(event) + packer.flush(flush):
            yield packed
    yield packer.flush()


def packed(reply: Reply, coding: str, wbits: int, *, flush: int = zlib.Z_SYNC_FLUSH) -> None:
    """Give a reply a compressed body, whose events come one by one unless they are not flushed."""
    reply.headers += (("Content-Encoding", coding),)
    reply.body = _deflated(reply.body, wbits, flush)


@reply_mode(
    "gzip", "Compresses the stream with gzip, event by event.", legal=True, finds=("compressed",)
)
def _gzip(reply: Reply) -> None:
    packed(reply, "gzip", _GZIP)


@reply_mode(
    "gzip-buffered",
    "Compresses the stream with gzip and keeps it until the end.",
    word="buffered",
    cause="compressed",
)
def _gzip_buffered(reply: Reply) -> None:
    packed(reply, "gzip", _GZIP, flush=zlib.Z_NO_FLUSH)


@reply_mode(
    "deflate",
    "Compresses the stream with deflate, event by event.",
    legal=True,
    finds=("compressed",),
)
def _deflate(reply: Reply) -> None:
    packed(reply, "deflate", _ZLIB)


@reply_mode(
    "raw-deflate",
    "Compresses with deflate without zlib's wrapper, as some do.",
    legal=True,
    finds=("compressed",),
)
def _raw_deflate(reply: Reply) -> None:
    packed(reply, "deflate", _RAW)


@reply_mode("upper-case-headers", "Writes the names of its headers in upper case.", legal=True)
def _upper_case_headers(reply: Reply) -> None:
    reply.headers = tuple((name.upper(), value) for name, value in reply.headers)


@mode(
    "until-eof",
    "Gives its body neither length nor chunks: the connection's end is its end.",
    legal=True,
)
async def _until_eof(request: Request, ask: Ask) -> Reply:
    # The framing that a client of HTTP/1.0 gets, which every client must understand.
    request.version = "HTTP/1.0"
    return await ask(request)


@reply_mode("content-type-text", "Calls its stream text/plain.", finds=("odd-media-type",))
def _content_type_text(reply: Reply) -> None:
    _typed(reply, "text/plain; charset=utf-8")


@reply_mode("content-type-json", "Calls its stream application/json.", finds=("odd-media-type",))
def _content_type_json(reply: Reply) -> None:
    _typed(reply, "application/json")


@reply_mode(
    "content-type-charset", "Calls its stream text/event-stream; charset=utf-8.", legal=True
)
def _content_type_charset(reply: Reply) -> None:
    _typed(reply, "text/event-stream; charset=utf-8")


def _typed(reply: Reply, media_type: str) -> None:
    kept = tuple(pair for pair in reply.headers if pair[0].lower() != "content-type")
    reply.headers = (*kept, ("Content-Type", media_type))
