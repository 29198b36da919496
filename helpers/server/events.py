"""A streamed body split into events, and delivery at a pace that a person can follow."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from .http1 import Body, Reply, Request, once, whole
from .upstream import Ask

Chunk = dict[str, Any]

FIRST_S = 0.3
PER_S = 30.0
DONE = "[DONE]"

_LINE_END = rb"(?:\r\n|\r(?!\n)|\n)"
_BLANK_LINE = re.compile(_LINE_END + _LINE_END)
_LONGEST_BLANK_LINE = 4
RESPONSE_TEXT, MESSAGE_PIECE = "response.output_text.delta", "content_block_delta"
_TYPED = ("response.", "message_", "content_block_")
_ENDING = ("response.completed", "response.incomplete", "response.failed", "message_delta")
_OUTPUT = ("content", "reasoning_content", "reasoning", "refusal", "tool_calls")


async def events(body: Body) -> Body:
    """Yield a body's events, each with its blank line; an unfinished last one comes as it is."""
    held = bytearray()
    async for piece in body:
        # Search only the new bytes: a giant event in small pieces would take quadratic time.
        searched = max(0, len(held) - _LONGEST_BLANK_LINE + 1)
        held += piece
        start = 0
        for blank in _BLANK_LINE.finditer(held, searched):
            yield bytes(held[start : blank.end()])
            start = blank.end()
        del held[:start]
    if held:
        yield bytes(held)


def chunk_of(event: bytes) -> Chunk:
    """The JSON object that an event carries, {} if it carries none."""
    lines = event.decode("utf-8", "replace").splitlines()
    data = "\n".join(line[5:].strip() for line in lines if line.startswith("data:"))
    try:
        chunk = json.loads(data)
    except ValueError:
        return {}
    return chunk if isinstance(chunk, dict) else {}


def event_of(chunk: Chunk) -> bytes:
    """The event that carries a JSON object; a typed event's gets its name."""
    kind = chunk.get("type")
    typed = isinstance(kind, str) and kind.startswith(_TYPED)
    name = f"event: {kind}\n" if typed else ""
    return f"{name}data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()


def delta_of(chunk: Chunk) -> dict[str, Any]:
    """The delta of a chunk's first choice, {} if there is none."""
    delta = _first(chunk).get("delta")
    return delta if isinstance(delta, dict) else {}


def _first(chunk: Chunk) -> dict[str, Any]:
    """The first choice of a chunk; a text completion's choice holds its text directly."""
    choice: dict[str, Any] = (chunk.get("choices") or [{}])[0]
    return choice


def text_of(chunk: Chunk) -> str:
    """The text in a chunk's first choice or in a typed event, "" if there is none."""
    text = delta_of(chunk).get("content", _first(chunk).get("text"))
    if (kind := chunk.get("type")) == RESPONSE_TEXT:
        text = chunk["delta"]
    elif kind == MESSAGE_PIECE:
        text = chunk["delta"].get("text")
    return text if isinstance(text, str) else ""


def with_text(chunk: Chunk, text: str) -> Chunk:
    """The chunk with its text replaced, in its first choice or, for a typed event, in itself."""
    if chunk.get("type") == RESPONSE_TEXT:
        return chunk | {"delta": text}
    if chunk.get("type") == MESSAGE_PIECE:
        return chunk | {"delta": chunk["delta"] | {"text": text}}
    choice = _first(chunk)
    content = {"text": text} if "text" in choice else {"delta": choice["delta"] | {"content": text}}
    return chunk | {"choices": [choice | content]}


def finish_of(chunk: Chunk) -> str:
    """The finish reason in a chunk, or the type of an event that ends a response; "" if neither."""
    if chunk.get("type") in _ENDING:
        return str(chunk["type"])
    reasons = (choice.get("finish_reason") for choice in chunk.get("choices") or [])
    return next(filter(None, reasons), "")


def has_output(event: bytes) -> bool:
    """Whether an event carries output of the model."""
    chunk = chunk_of(event)
    kind = chunk.get("type")
    if isinstance(kind, str):
        # The Responses and Messages APIs name their events by type.
        return kind.endswith((".delta", "_block_delta"))
    delta = delta_of(chunk)
    return any(delta.get(key) for key in _OUTPUT) or bool(_first(chunk).get("text"))


def is_done(event: bytes) -> bool:
    """Whether an event is the [DONE] that ends a stream."""
    return event.strip() == f"data: {DONE}".encode()


async def paced(request: Request, ask: Ask) -> Reply:
    """The answer at reading speed: the first event after 0.3 s, then 30 chunks a second.

    A full answer comes when its last chunk would have come, so both take equally long and differ
    only in what a person sees meanwhile.
    """
    reply = await ask(request)
    if request.method != "POST":
        return reply
    return await in_time(reply, request.received_s + FIRST_S, PER_S)


async def in_time(reply: Reply, first_s: float, per_s: float) -> Reply:
    """An answer: its first event at `first_s` by the loop's clock, then `per_s` a second.

    Anything but an answer, such as an error, comes as it is.
    """
    if reply.status != 200:
        return reply
    if reply.is_event_stream:
        reply.body = _on_time(reply.body, first_s, per_s)
        return reply
    body = await whole(reply.body)
    await until(first_s + max(_tokens(body) - 1, 0) / per_s)
    reply.body = once(body)
    return reply


async def until(deadline_s: float) -> None:
    """Wait until the event loop's clock reads this time; return at once if it has passed."""
    left_s = deadline_s - asyncio.get_running_loop().time()
    if left_s > 0:
        await asyncio.sleep(left_s)


async def _on_time(body: Body, first_s: float, per_s: float) -> Body:
    """Yield events on deadlines counted from the first, so that delays do not add up.

    Only output takes a tick: the role comes with the first text, finish and usage with the last.
    """
    start_s = 0.0
    ticks = 0
    async for event in events(body):
        start_s = start_s or max(first_s, asyncio.get_running_loop().time())
        if has_output(event):
            await until(start_s + ticks / per_s)
            ticks += 1
        elif not ticks:
            await until(start_s)
        yield event


def _tokens(body: bytes) -> int:
    """How many tokens a full answer's usage counts, 0 if it has none."""
    try:
        usage = json.loads(body).get("usage") or {}
    except (ValueError, AttributeError):
        return 0
    tokens = usage.get("completion_tokens", usage.get("output_tokens"))
    return tokens if isinstance(tokens, int) else 0
