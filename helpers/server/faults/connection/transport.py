"""Modes of the body's transport: compression, framing, headers and content type."""

from __future__ import annotations

import zlib

from ....wire.codings import Packer, packer
from ...events import events
from ...http1 import Body, Reply, Request, without
from ...upstream import Ask
from ..registry import chat_mode, mode, reply_mode

GZIP = 31
ZLIB = 15
RAW_DEFLATE = -15


async def _deflated(body: Body, wbits: int, flush: int) -> Body:
    packer = zlib.compressobj(wbits=wbits)
    async for event in events(body):
        if packed := packer.compress(event) + packer.flush(flush):
            yield packed
    yield packer.flush()


def _packed(reply: Reply, coding: str, wbits: int, *, flush: int = zlib.Z_SYNC_FLUSH) -> None:
    """Compress a reply's body; its events still arrive one by one if each is flushed."""
    reply.headers += (("Content-Encoding", coding),)
    reply.body = _deflated(reply.body, wbits, flush)


@reply_mode(
    "gzip",
    "Compresses the stream with gzip, flushing after each event.",
    legal=True,
    also=("compressed",),
)
def _gzip(reply: Reply) -> None:
    _packed(reply, "gzip", GZIP)


@reply_mode(
    "gzip-buffered",
    "Compresses the stream with gzip and flushes only at the end.",
    expects="buffered",
    cause="compressed",
)
def _gzip_buffered(reply: Reply) -> None:
    _packed(reply, "gzip", GZIP, flush=zlib.Z_NO_FLUSH)


@reply_mode(
    "deflate",
    "Compresses the stream with deflate, flushing after each event.",
    legal=True,
    also=("compressed",),
)
def _deflate(reply: Reply) -> None:
    _packed(reply, "deflate", ZLIB)


@reply_mode(
    "raw-deflate",
    "Compresses with deflate but without the zlib wrapper, as some servers do.",
    legal=True,
    also=("compressed",),
)
def _raw_deflate(reply: Reply) -> None:
    _packed(reply, "deflate", RAW_DEFLATE)


async def _packed_by(packing: Packer, body: Body) -> Body:
    async for event in events(body):
        yield packing.pack(event)
    yield packing.end()


def _unasked(reply: Reply, coding: str) -> None:
    reply.headers += (("Content-Encoding", coding),)
    reply.body = _packed_by(packer(coding), reply.body)


@reply_mode(
    "brotli",
    "Compresses the stream with brotli, although that was not asked for.",
    expects="bad-encoding",
)
def _brotli(reply: Reply) -> None:
    _unasked(reply, "br")


@reply_mode(
    "zstd",
    "Compresses the stream with zstd, although that was not asked for.",
    expects="bad-encoding",
)
def _zstd(reply: Reply) -> None:
    _unasked(reply, "zstd")


@reply_mode("upper-case-headers", "Writes its header names in upper case.", legal=True)
def _upper_case_headers(reply: Reply) -> None:
    reply.headers = tuple((name.upper(), value) for name, value in reply.headers)


@mode(
    "until-eof",
    "Sends its body with neither length nor chunks, so closing the connection ends it.",
    legal=True,
)
async def _until_eof(request: Request, ask: Ask) -> Reply:
    # HTTP/1.0 framing, which every client must understand.
    request.version = "HTTP/1.0"
    return await ask(request)


@reply_mode("content-type-text", "Labels its stream text/plain.", also=("odd-media-type",))
def _content_type_text(reply: Reply) -> None:
    _typed(reply, "text/plain; charset=utf-8")


@reply_mode("content-type-json", "Labels its stream application/json.", also=("odd-media-type",))
def _content_type_json(reply: Reply) -> None:
    _typed(reply, "application/json")


@reply_mode(
    "content-type-charset", "Labels its stream text/event-stream; charset=utf-8.", legal=True
)
def _content_type_charset(reply: Reply) -> None:
    _typed(reply, "text/event-stream; charset=utf-8")


def _typed(reply: Reply, media_type: str) -> None:
    reply.headers = (*without(reply.headers, "content-type"), ("Content-Type", media_type))


@chat_mode("behind-proxies", "Adds the headers of a proxy and a CDN in between.", legal=True)
async def _behind_proxies(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    reply.headers += (("Via", "1.1 varnish"), ("Server", "nginx"), ("X-Cache", "MISS"))
    return reply
