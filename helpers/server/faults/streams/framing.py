"""Modes of how events are written: legal variants, and bodies that are not event streams at all."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

from ...events import chunk_of, events, has_output
from ...http1 import Body, Reply, Request, without
from ...replies import page_reply, text_reply
from ...upstream import Ask
from ..registry import chat_mode, event_mode, reply_mode, stream_mode
from ..splicing import EVERY, strewn

KEEP_ALIVE_S = 0.25
KEEP_ALIVES = 12


@event_mode("crlf", "Ends its lines with CR LF.", legal=True)
def _crlf(event: bytes) -> bytes:
    return event.replace(b"\n", b"\r\n")


@event_mode("cr", "Ends its lines with CR alone.", legal=True)
def _cr(event: bytes) -> bytes:
    return event.replace(b"\n", b"\r")


@event_mode("mixed-line-ends", "Ends some lines with LF and others with CR LF.", legal=True)
def _mixed_line_ends(event: bytes) -> bytes:
    return event.replace(b"\n", b"\r\n", 1)


@event_mode("no-space", "Writes data: without a space after it.", legal=True)
def _no_space(event: bytes) -> bytes:
    return event.replace(b"data: ", b"data:", 1)


@event_mode("blank-lines", "Leaves several blank lines between its events.", legal=True)
def _blank_lines(event: bytes) -> bytes:
    return event + b"\n\n"


@event_mode("multi-line-data", "Spreads each chunk's JSON over several data lines.", legal=True)
def _multi_line_data(event: bytes) -> bytes:
    if not (chunk := chunk_of(event)):
        return event
    lines = json.dumps(chunk, ensure_ascii=False, indent=1).splitlines()
    return "".join(f"data: {line}\n" for line in lines).encode() + b"\n"


@event_mode(
    "comments", "Writes a comment before each event to keep the connection alive.", legal=True
)
def _comments(event: bytes) -> bytes:
    return b": keep-alive\n\n" + event


@event_mode("ids", "Gives each event a name, an id and a reconnection time.", legal=True)
def _ids(event: bytes) -> bytes:
    return b"event: message\nid: 7\nretry: 3000\n" + event


@stream_mode("bom", "Starts its stream with a byte order mark.", also=("bom",))
async def _bom(body: Body) -> Body:
    first = b"\xef\xbb\xbf"
    async for event in events(body):
        yield first + event
        first = b""


@stream_mode("ping", "Mixes in ping events that have no data.", also=("event-without-data",))
def _ping(body: Body) -> Body:
    return strewn(body, b"event: ping\n\n")


@stream_mode("empty-data", "Mixes in events whose data is empty.", also=("empty-data",))
def _empty_data(body: Body) -> Body:
    return strewn(body, b"data:\n\n")


@stream_mode(
    "retry-alone", "Mixes in reconnection times without data.", also=("event-without-data",)
)
def _retry_alone(body: Body) -> Body:
    return strewn(body, b"retry: 3000\n\n")


@stream_mode(
    "unknown-field", "Mixes in lines with a field that SSE does not know.", also=("unknown-field",)
)
def _unknown_field(body: Body) -> Body:
    return strewn(body, b"trace: 7f3a\n\n")


@stream_mode("not-json", "Mixes in events whose data is plain text.", also=("not-json",))
def _not_json(body: Body) -> Body:
    return strewn(body, b"data: still working\n\n")


@stream_mode("glued-chunks", "Puts two chunks into one event, once.", also=("glued-chunks",))
async def _glued_chunks(body: Body) -> Body:
    held, outputs = b"", 0
    async for event in events(body):
        outputs += has_output(event)
        if held and has_output(event):
            yield held.rstrip() + event.removeprefix(b"data: ")
            held = b""
        elif has_output(event) and outputs == EVERY:
            held = event
        else:
            yield held + event
            held = b""


@event_mode(
    "no-empty-lines",
    "Leaves out the empty lines between events.",
    expects="not-sse",
    cause="no-empty-lines",
)
def _no_empty_lines(event: bytes) -> bytes:
    return event.replace(b"\n\n", b"\n")


@reply_mode(
    "ndjson",
    "Writes one JSON object per line, without data: before it.",
    expects="not-sse",
    cause="ndjson",
)
def _ndjson(reply: Reply) -> None:
    lines = ("Content-Type", "application/x-ndjson")
    reply.headers = (*without(reply.headers, "content-type"), lines)
    reply.body = _lines(reply.body)


async def _lines(body: Body) -> Body:
    async for event in events(body):
        if chunk := chunk_of(event):
            yield json.dumps(chunk).encode() + b"\n"


@chat_mode(
    "json-for-stream",
    "Ignores stream: true and answers with one JSON object.",
    expects="not-sse",
    cause="full-for-stream",
)
async def _json_for_stream(request: Request, ask: Ask) -> Reply:
    kept = {key: value for key, value in request.json.items() if not key.startswith("stream")}
    return await ask(replace(request, body=json.dumps(kept).encode()))


@chat_mode(
    "html-for-stream",
    "Answers a stream with a web page and status 200.",
    expects="not-sse",
    cause="html",
)
async def _html_for_stream(request: Request, ask: Ask) -> Reply:
    if not request.streams:
        return await ask(request)
    return page_reply(200, "Sign in", "Please sign in to continue.")


@chat_mode(
    "empty", "Answers a chat with status 200 and an empty body.", expects="silent", cause="empty"
)
async def _empty(request: Request, ask: Ask) -> Reply:
    return text_reply(200, "", "application/json")


@stream_mode(
    "keep-alives-only",
    "Sends comments for a while, then ends without a word.",
    expects="keep-alives-only",
)
async def _keep_alives_only(body: Body) -> Body:
    for _ in range(KEEP_ALIVES):
        yield b": keep-alive\n\n"
        await asyncio.sleep(KEEP_ALIVE_S)


@stream_mode("done-only", "Sends [DONE] and nothing else.", expects="silent", cause="only-done")
async def _done_only(body: Body) -> Body:
    async for _ in body:
        pass
    yield b"data: [DONE]\n\n"


@stream_mode(
    "event-ping-json",
    "Mixes in ping events whose data is an empty object.",
    legal=True,
    also=("ping",),
)
def _event_ping_json(body: Body) -> Body:
    return strewn(body, b"event: ping\ndata: {}\n\n")


@stream_mode(
    "id-before-comment",
    "Mixes in an id and a comment that make no event.",
    legal=True,
    also=("client-stops",),
)
def _id_before_comment(body: Body) -> Body:
    return strewn(body, b"id: 7\n: keep-alive\n\n")


@stream_mode("data-null", "Mixes in events whose data is null.", also=("client-stops",))
def _data_null(body: Body) -> Body:
    return strewn(body, b"data: null\n\n")


@event_mode(
    "bytes-repr", "Writes its data as Python prints bytes: data: b'{…}'.", expects="bytes-repr"
)
def _bytes_repr(event: bytes) -> bytes:
    return f"data: {_data(event)!r}\n\n".encode()


@event_mode(
    "python-dict",
    "Writes its data as Python prints a dictionary: data: {'id': …}.",
    expects="python-dict",
)
def _python_dict(event: bytes) -> bytes:
    chunk = chunk_of(event)
    return f"data: {chunk}\n\n".encode() if chunk else event


@event_mode("json-twice", "Encodes its JSON twice: data is a JSON string.", expects="json-twice")
def _json_twice(event: bytes) -> bytes:
    chunk = chunk_of(event)
    return f"data: {json.dumps(json.dumps(chunk))}\n\n".encode() if chunk else event


@event_mode(
    "literal-newlines",
    r"Writes \n\n as four characters between its events.",
    expects="literal-newlines",
)
def _literal_newlines(event: bytes) -> bytes:
    return event.replace(b"\n\n", rb"\n\n")


def _data(event: bytes) -> bytes:
    return event.strip().removeprefix(b"data: ")
