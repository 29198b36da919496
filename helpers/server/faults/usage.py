"""Modes of the token counts: where in a stream they come, and whether."""

from __future__ import annotations

import json
from collections.abc import Callable

from ..events import Chunk, chunk_of, event_of, events, finish_of, has_output
from ..http1 import Body, Reply, Request, whole
from ..replies import json_reply
from ..upstream import Ask
from .registry import chat_mode, chunk_mode, stream_mode

PROMPT_TOKENS = 14


def _usage(tokens: int) -> dict[str, int]:
    total = PROMPT_TOKENS + tokens
    return {
        "prompt_tokens": PROMPT_TOKENS, "completion_tokens": tokens, "total_tokens": total,
    }  # fmt: skip


async def _with_usage(body: Body, *, everywhere: bool) -> Body:
    """Yield the chunks with the usage so far in each, or in the finish chunk alone."""
    tokens = 0
    async for event in events(body):
        chunk = chunk_of(event)
        tokens += has_output(event)
        if not chunk or (chunk.get("usage") and not chunk.get("choices")):
            yield event if not chunk else b""
        elif everywhere or finish_of(chunk):
            yield event_of(chunk | {"usage": _usage(tokens)})
        else:
            yield event


@stream_mode(
    "usage-in-finish", "Gives its usage in the finish chunk, asked for or not.", legal=True
)
def _usage_in_finish(body: Body) -> Body:
    return _with_usage(body, everywhere=False)


@stream_mode(
    "usage-everywhere",
    "Gives in each chunk the usage so far.",
    legal=True,
    finds=("usage-again",),
)
def _usage_everywhere(body: Body) -> Body:
    return _with_usage(body, everywhere=True)


@chunk_mode("usage-null", "Writes usage: null until the chunk that has it.", legal=True)
def _usage_null(chunk: Chunk) -> None:
    chunk.setdefault("usage", None)


@chunk_mode("usage-with-choices", "Gives an empty delta beside the usage.", legal=True)
def _usage_with_choices(chunk: Chunk) -> None:
    if chunk.get("usage") and not chunk.get("choices"):
        chunk["choices"] = [{"index": 0, "delta": {}}]


@chat_mode("no-usage", "Never says how many tokens it used, even when asked.", legal=True)
async def _no_usage(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if reply.is_event_stream:
        reply.body = _without_usage(reply.body)
        return reply
    return await _full_usage(reply, lambda answer: answer.pop("usage", None))


async def _without_usage(body: Body) -> Body:
    async for event in events(body):
        if "usage" not in chunk_of(event):
            yield event


@chat_mode("null-usage", "Gives nothing but null as the counts of its full answers.", legal=True)
async def _null_usage(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if reply.is_event_stream:
        return reply
    return await _full_usage(reply, lambda answer: answer.update(usage=dict.fromkeys(_usage(0))))


async def _full_usage(reply: Reply, change: Callable[[Chunk], object]) -> Reply:
    """Return a full answer changed in place; anything else as it is."""
    if reply.status != 200:
        return reply
    answer = json.loads(await whole(reply.body))
    change(answer)
    return json_reply(200, answer)
