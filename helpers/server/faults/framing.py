"""Modes of the form in which events are written: legal ones, and what is no event stream at all."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

from ..events import chunk_of, event_of, events, has_output
from ..http1 import Body, Reply, Request, once, without
from ..replies import page_reply, text_reply
from ..upstream import Ask
from .registry import chat_mode, event_mode, reply_mode, stream_mode

BETWEEN = 5
KEEP_ALIVE_S = 0.25
KEEP_ALIVES = 12
FAILURE = "The model runner has unexpectedly stopped."


@event_mode("crlf", "Ends its lines with CR LF.", legal=True)
def _crlf(event: bytes) -> bytes:
    return event.replace(b"\n", b"\r\n")


@event_mode("cr", "Ends its lines with CR alone.", legal=True)
def _cr(event: bytes) -> bytes:
    return event.replace(b"\n", b"\r")


@event_mode("mixed-line-ends", "Ends its lines now with LF, now with CR LF.", legal=True)
def _mixed_line_ends(event: bytes) -> bytes:
    return event.replace(b"\n", b"\r\n", 1)


@event_mode("no-space", "Writes data: without a space behind it.", legal=True)
def _no_space(event: bytes) -> bytes:
    return event.replace(b"data: ", b"data:", 1)


@event_mode("blank-lines", "Leaves several empty lines between its events.", legal=True)
def _blank_lines(event: bytes) -> bytes:
    return event + b"\n\n"


@event_mode("multi-line-data", "Spreads each chunk's JSON over several lines of data.", legal=True)
def _multi_line_data(event: bytes) -> bytes:
    if not (chunk := chunk_of(event)):
        return event
    lines = json.dumps(chunk, ensure_ascii=False, indent=1).splitlines()
    return "".join(f"data: {line}\n" for line in lines).encode() + b"\n"


@event_mode(
    "comments", "Writes a comment before each event, to keep the connection alive.", legal=True
)
def _comments(event: bytes) -> bytes:
    return b": keep-alive\n\n" + event


@event_mode("ids", "Gives its events a name, a number and a reconnection time.", legal=True)
def _ids(event: bytes) -> bytes:
    return b"event: message\nid: 7\nretry: 3000\n" + event


@stream_mode("bom", "Begins its stream with a byte order mark.", finds=("bom",))
async def _bom(body: Body) -> Body:
    first = b"\xef\xbb\xbf"
    async for event in events(body):
        yield first + event
        first = b""


async def _strewn(body: Body, extra: bytes) -> Body:
    """Yield the events with another one before every fifth."""
    place = 0
    async for event in events(body):
        place += 1
        yield extra + event if place % BETWEEN == 0 else event


@stream_mode(
    "ping", "Strews in events called ping that have no data.", finds=("event-without-data",)
)
def _ping(body: Body) -> Body:
    return _strewn(body, b"event: ping\n\n")


@stream_mode("empty-data", "Strews in events whose data is empty.", finds=("empty-data",))
def _empty_data(body: Body) -> Body:
    return _strewn(body, b"data:\n\n")


@stream_mode(
    "retry-alone", "Strews in reconnection times without data.", finds=("event-without-data",)
)
def _retry_alone(body: Body) -> Body:
    return _strewn(body, b"retry: 3000\n\n")


@stream_mode(
    "unknown-field", "Strews in lines of a field that no standard knows.", finds=("unknown-field",)
)
def _unknown_field(body: Body) -> Body:
    return _strewn(body, b"trace: 7f3a\n\n")


@stream_mode("not-json", "Strews in events whose data is plain text.", finds=("not-json",))
def _not_json(body: Body) -> Body:
    return _strewn(body, b"data: still working\n\n")


@stream_mode("glued-chunks", "Puts two chunks into one event once.", finds=("glued-chunks",))
async def _glued_chunks(body: Body) -> Body:
    held, place = b"", 0
    async for event in events(body):
        place += has_output(event)
        if held and has_output(event):
            yield held.rstrip() + event.removeprefix(b"data: ")
            held = b""
        elif has_output(event) and place == BETWEEN:
            held = event
        else:
            yield held + event
            held = b""


@event_mode(
    "no-empty-lines",
    "Leaves out the empty lines that part events.",
    word="not SSE",
    cause="no-empty-lines",
)
def _no_empty_lines(event: bytes) -> bytes:
    return event.replace(b"\n\n", b"\n")


@reply_mode(
    "ndjson",
    "Writes one JSON object a line, without data: before it.",
    word="not SSE",
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
    "Ignores stream and answers with one JSON object.",
    word="not SSE",
    cause="full-for-stream",
)
async def _json_for_stream(request: Request, ask: Ask) -> Reply:
    kept = {key: value for key, value in request.json.items() if not key.startswith("stream")}
    return await ask(replace(request, body=json.dumps(kept).encode()))


@chat_mode(
    "html-for-stream",
    "Answers a stream with a web page and status 200.",
    word="not SSE",
    cause="html",
)
async def _html_for_stream(request: Request, ask: Ask) -> Reply:
    if not request.streams:
        return await ask(request)
    return page_reply(200, "Sign in", "Please sign in to continue.")


@chat_mode(
    "empty", "Answers a chat with status 200 and not a single byte.", word="silent", cause="empty"
)
async def _empty(request: Request, ask: Ask) -> Reply:
    return text_reply(200, "", "application/json")


@stream_mode("keep-alives-only", "Sends comments for a while, then ends.", word="keep-alives only")
async def _keep_alives_only(body: Body) -> Body:
    for _ in range(KEEP_ALIVES):
        yield b": keep-alive\n\n"
        await asyncio.sleep(KEEP_ALIVE_S)


@stream_mode("error-first", "Opens a stream whose first event is an error.", word="error inside")
async def _error_first(body: Body) -> Body:
    yield event_of(_ERROR)


@stream_mode(
    "error-inside", "Reports an error as an event in the middle, then ends.", word="error inside"
)
def _error_inside(body: Body) -> Body:
    return _failing(body, event_of(_ERROR))


@stream_mode(
    "error-event", "Reports an error as an event called error, then ends.", word="error inside"
)
def _error_event(body: Body) -> Body:
    return _failing(body, b"event: error\n" + event_of(_ERROR["error"]))


@stream_mode(
    "error-field", "Reports an error in a field called error, then ends.", word="error inside"
)
def _error_field(body: Body) -> Body:
    return _failing(body, b"error: " + json.dumps(_ERROR["error"]).encode() + b"\n\n")


@stream_mode("error-done", "Reports an error in the middle, then says [DONE].", word="error inside")
def _error_done(body: Body) -> Body:
    return _failing(body, event_of(_ERROR) + b"data: [DONE]\n\n")


@chat_mode(
    "error-200",
    "Answers with status 200 and an error in place of the answer.",
    word="not SSE",
    cause="json-error",
)
async def _error_200(request: Request, ask: Ask) -> Reply:
    return Reply(200, (("Content-Type", "application/json"),), once(json.dumps(_ERROR).encode()))


_ERROR = {"error": {"message": FAILURE, "type": "server_error", "param": None, "code": None}}


async def _failing(body: Body, last: bytes) -> Body:
    place = 0
    async for event in events(body):
        place += has_output(event)
        if place > BETWEEN:
            break
        yield event
    yield last
