"""Modes of how the text is delivered: held back, re-cut, or interrupted."""

from __future__ import annotations

import asyncio

from ...events import chunk_of, event_of, events, has_output, text_of, with_text
from ...http1 import Body, Reply, Request, whole
from ...upstream import Ask
from ..registry import EVERY_API, mode, stream_mode
from ..splicing import CUT_AFTER

PIECE = 7
STALL_S = 2.5
APART_S = 0.02
SILENCE_S = 3.0
NAGLE_S = 0.2
LATE_BYTES = 10


@mode(
    "fast",
    "Answers as fast as the engine writes, not at reading speed.",
    legal=True,
    unpaced=True,
)
async def _fast(request: Request, ask: Ask) -> Reply:
    return await ask(request)


@stream_mode(
    "buffered",
    "Holds the whole stream back and sends it in one piece at the end.",
    expects="buffered",
    apis=EVERY_API,
)
async def _buffered(body: Body) -> Body:
    yield await whole(body)


@stream_mode(
    "buffered-two",
    "Sends the stream in two pieces: one early, one at the end.",
    expects="buffered",
    apis=EVERY_API,
)
async def _buffered_two(body: Body) -> Body:
    held, outputs = b"", 0
    async for event in events(body):
        held += event
        outputs += has_output(event)
        if outputs == CUT_AFTER:
            yield held
            held, outputs = b"", outputs + 1
    yield held


@stream_mode(
    "one-delta", "Sends the whole answer as a single chunk.", expects="one-delta", apis=EVERY_API
)
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


@stream_mode(
    "cumulative",
    "Repeats the whole text so far in every chunk.",
    expects="cumulative",
    apis=EVERY_API,
)
async def _cumulative(body: Body) -> Body:
    text = ""
    async for event in events(body):
        chunk = chunk_of(event)
        text += text_of(chunk)
        yield event_of(with_text(chunk, text)) if text_of(chunk) else event


@stream_mode(
    "re-chunked",
    f"Cuts the text into new pieces of {PIECE} characters.",
    expects="re-chunked",
    apis=EVERY_API,
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
    "stalled",
    f"Falls silent for {STALL_S:g} s in the middle of the text.",
    expects="stalled",
    apis=EVERY_API,
)
async def _stalled(body: Body) -> Body:
    outputs = 0
    async for event in events(body):
        yield event
        outputs += has_output(event)
        if outputs == CUT_AFTER:
            outputs += 1
            await asyncio.sleep(STALL_S)


@stream_mode(
    "stall-in-two",
    f"Sends the stream in two pieces with {SILENCE_S:g} s of silence between them.",
    expects="stalled",
    unpaced=True,
    apis=EVERY_API,
)
async def _stall_in_two(body: Body) -> Body:
    pieces = [event async for event in events(body)]
    half = len(pieces) // 2
    yield b"".join(pieces[:half])
    await asyncio.sleep(SILENCE_S)
    yield b"".join(pieces[half:])


@stream_mode(
    "fake-stream",
    "Writes the whole answer first, then sends equal pieces of it all at once.",
    expects="fake-streaming",
    apis=EVERY_API,
)
async def _fake_stream(body: Body) -> Body:
    yield await whole(_re_chunked(body))


@stream_mode(
    "fake-stream-early",
    "Sends the role at once, then equal pieces of the finished answer together.",
    expects="fake-streaming",
)
async def _fake_stream_early(body: Body) -> Body:
    divided = events(_re_chunked(body))
    yield await anext(divided)
    yield await whole(divided)


@stream_mode(
    "nagle",
    f"Joins what it sends within {NAGLE_S * 1000:g} ms into one piece.",
    also=("joined",),
    apis=EVERY_API,
)
async def _nagle(body: Body) -> Body:
    clock = asyncio.get_running_loop().time
    held, sent_s = b"", clock()
    async for event in events(body):
        held += event
        if clock() - sent_s >= NAGLE_S:
            yield held
            held, sent_s = b"", clock()
    yield held


@stream_mode(
    "late-pieces",
    "Sends network pieces that break just before an event ends.",
    legal=True,
    apis=EVERY_API,
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
