"""Modes that write the whole answer themselves: hostile, very fast, or with reasoning."""

from __future__ import annotations

from ...events import until
from ...http1 import Body, Reply, Request
from ...replies import completion, error_reply, json_reply
from ...upstream import Ask
from ..registry import chat_mode, mode
from . import hostile_texts

BURST_PER_S = 5000
BURST_CHUNKS = 10_000

THOUGHT = (
    "The user asks for something about a tree. A tree is old, it stands, it grows, and it has "
    "leaves. One short line will do, and it should end well."
)


@mode(
    "hostile",
    "Puts hostile text everywhere: text, reasoning, id and model.",
    legal=True,
    writes=True,
)
async def _hostile(request: Request, ask: Ask) -> Reply:
    if request.lists_models:
        name = hostile_texts.MODEL
        model = {"id": name, "object": "model", "created": 0, "owned_by": name}
        return json_reply(200, {"object": "list", "data": [model]})
    if not request.is_chat:
        return await ask(request)
    fields = ("reasoning_content", "content")
    parts = [(field, sample) for field in fields for sample in hostile_texts.SAMPLES]
    names = dict.fromkeys(("id", "model", "system_fingerprint"), hostile_texts.MODEL)
    return completion(request, parts, **names)


@chat_mode(
    "hostile-error",
    "Refuses with 400 and puts hostile text in every field of the error.",
    expects="refused-request",
)
async def _hostile_error(request: Request, ask: Ask) -> Reply:
    text = hostile_texts.ERROR
    return error_reply(400, text, code=text, kind=text, param=text)


@chat_mode(
    "burst",
    f"Sends {BURST_PER_S} numbered chunks a second: max_tokens of them, or {BURST_CHUNKS}.",
    legal=True,
    unpaced=True,
)
async def _burst(request: Request, ask: Ask) -> Reply:
    asked = request.json.get("max_tokens") or request.json.get("max_completion_tokens")
    count = min(asked, 100 * BURST_CHUNKS) if isinstance(asked, int) else BURST_CHUNKS
    parts = (("content", f"{number:06d} ") for number in range(count))
    reply = completion(request, parts, finish="length" if asked else "stop")
    if request.streams:
        reply.body = _at_rate(reply.body, request.received_s)
    return reply


async def _at_rate(body: Body, start_s: float) -> Body:
    number = 0
    async for event in body:
        await until(start_s + number / BURST_PER_S)
        number += 1
        yield event


@chat_mode("thinking", "Thinks in reasoning_content, then answers.", legal=True, writes=True)
async def _thinking(request: Request, ask: Ask) -> Reply:
    thought = [("reasoning_content", f"{word} ") for word in THOUGHT.split()]
    answer = [("content", f"{word} ") for word in ["A", "tree", "stands", "still", "and", "grows."]]
    return completion(request, thought + answer)


@chat_mode(
    "thinks-only",
    "Thinks until max_tokens is used up and never answers.",
    expects="only-reasoning",
    legal=True,
    writes=True,
)
async def _thinks_only(request: Request, ask: Ask) -> Reply:
    thought = [("reasoning_content", f"{word} ") for word in THOUGHT.split()]
    return completion(request, thought, finish="length")
