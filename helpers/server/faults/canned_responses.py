"""Modes that write the whole answer themselves: hostile, very fast, or with reasoning."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..events import until
from ..http1 import Reply, Request
from ..replies import completion, error_reply, json_reply
from ..upstream import Ask
from . import hostile_texts
from .registry import mode

BURST_PER_S = 5000
BURST_CHUNKS = 10_000

_THOUGHT = (
    "The reader asks for something about a tree. A tree is old, it stands, it grows, and "
    "it has leaves. A short line will do, and it should end well."
)


@mode(
    "hostile",
    "Puts hostile text into every place: text, reasoning, id, model.",
    legal=True,
    writes=True,
)
async def _hostile(request: Request, ask: Ask) -> Reply:
    if request.lists_models:
        model = {
            "id": hostile_texts.MODEL,
            "object": "model",
            "created": 0,
            "owned_by": hostile_texts.MODEL,
        }
        return json_reply(200, {"object": "list", "data": [model]})
    if not request.is_chat:
        return await ask(request)
    fields = ("reasoning_content", "content")
    parts = [(field, sample) for field in fields for sample in hostile_texts.SAMPLES]
    names = dict.fromkeys(("id", "model", "system_fingerprint"), hostile_texts.MODEL)
    return completion(request, parts, **names)


@mode(
    "hostile-error",
    "Refuses with 400 and hostile text in every field of the error.",
    word="",
    trouble="refused-request",
)
async def _hostile_error(request: Request, ask: Ask) -> Reply:
    if not request.is_chat:
        return await ask(request)
    text = hostile_texts.ERROR
    return error_reply(400, text, code=text, kind=text, param=text)


@mode(
    "burst",
    f"Writes {BURST_PER_S} numbered chunks a second: max_tokens of them, or {BURST_CHUNKS}.",
    legal=True,
    unpaced=True,
)
async def _burst(request: Request, ask: Ask) -> Reply:
    if not request.is_chat:
        return await ask(request)
    asked = request.json.get("max_tokens") or request.json.get("max_completion_tokens")
    count = min(asked, 100 * BURST_CHUNKS) if isinstance(asked, int) else BURST_CHUNKS
    parts = (("content", f"{number:06d} ") for number in range(count))
    reply = completion(request, parts, finish="length" if asked else "stop")
    if request.streams:
        reply.body = _at_rate(reply.body, request.received_s)
    return reply


async def _at_rate(body: AsyncIterator[bytes], start_s: float) -> AsyncIterator[bytes]:
    number = 0
    async for event in body:
        await until(start_s + number / BURST_PER_S)
        number += 1
        yield event


@mode("thinking", "Thinks first, in reasoning_content, then answers.", legal=True, writes=True)
async def _thinking(request: Request, ask: Ask) -> Reply:
    if not request.is_chat:
        return await ask(request)
    thought = [("reasoning_content", f"{word} ") for word in _THOUGHT.split()]
    answer = [("content", f"{word} ") for word in ["A", "tree", "stands", "still", "and", "grows."]]
    return completion(request, thought + answer)


@mode(
    "thinks-only",
    "Thinks until the length is used up and never answers.",
    word="streamed",
    legal=True,
    writes=True,
)
async def _thinks_only(request: Request, ask: Ask) -> Reply:
    if not request.is_chat:
        return await ask(request)
    thought = [("reasoning_content", f"{word} ") for word in _THOUGHT.split()]
    return completion(request, thought, finish="length")
