"""Modes of the token counts: where in a stream they come, and whether they come at all."""

from __future__ import annotations

from ...events import Chunk, chunk_of, event_of, events, finish_of, has_output
from ...http1 import Body, Reply, Request
from ...upstream import Ask
from ..registry import answer_mode, chat_mode, chunk_mode, full_edited
from ..requests.parameters import changed

PROMPT_TOKENS = 14


def _usage(tokens: int) -> dict[str, int]:
    total = PROMPT_TOKENS + tokens
    return {
        "prompt_tokens": PROMPT_TOKENS, "completion_tokens": tokens, "total_tokens": total,
    }  # fmt: skip


async def _counted(request: Request, ask: Ask, *, everywhere: bool) -> Reply:
    """Ask for the counts and put them into the finish chunk, or running counts into every chunk."""
    asked = {"stream_options": {"include_usage": True}}
    reply = await ask(changed(request, **asked) if request.streams else request)
    if reply.is_event_stream:
        reply.body = _with_usage(reply.body, everywhere=everywhere)
    return reply


async def _with_usage(body: Body, *, everywhere: bool) -> Body:
    tokens, last = 0, Chunk()
    async for event in events(body):
        chunk = chunk_of(event)
        tokens += has_output(event)
        counts = chunk.get("usage")
        if last:
            yield event_of(last | {"usage": counts or _usage(tokens)})
            last = {}
        if finish_of(chunk):
            last = chunk
        elif everywhere and chunk.get("choices"):
            yield event_of(chunk | {"usage": _usage(tokens)})
        elif chunk.get("choices") or not counts:
            yield event
    if last:
        yield event_of(last | {"usage": _usage(tokens)})


@chat_mode(
    "usage-in-finish", "Puts its usage in the finish chunk, even when not asked.", legal=True
)
async def _usage_in_finish(request: Request, ask: Ask) -> Reply:
    return await _counted(request, ask, everywhere=False)


@chat_mode(
    "usage-everywhere", "Puts the usage so far in each chunk.", legal=True, also=("usage-again",)
)
async def _usage_everywhere(request: Request, ask: Ask) -> Reply:
    return await _counted(request, ask, everywhere=True)


@chunk_mode("usage-null", "Writes usage: null in every chunk but the one that has it.", legal=True)
def _usage_null(chunk: Chunk) -> None:
    chunk.setdefault("usage", None)


@chunk_mode("usage-with-choices", "Sends an empty delta together with the usage.", legal=True)
def _usage_with_choices(chunk: Chunk) -> None:
    if chunk.get("usage") and not chunk.get("choices"):
        chunk["choices"] = [{"index": 0, "delta": {}}]


@answer_mode("usage-strings", "Writes its token counts as strings.", also=("usage-strings",))
def _usage_strings(answer: Chunk) -> None:
    if usage := answer.get("usage"):
        answer["usage"] = {name: str(usage[name]) for name in _usage(0)}


@chat_mode("no-usage", "Never says how many tokens it used, even when asked.", legal=True)
async def _no_usage(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if reply.is_event_stream:
        reply.body = _without_usage(reply.body)
        return reply
    return await full_edited(reply, lambda answer: answer.pop("usage", None))


async def _without_usage(body: Body) -> Body:
    async for event in events(body):
        if "usage" not in chunk_of(event):
            yield event


@chat_mode("null-usage", "Gives only null as the token counts of a full answer.", legal=True)
async def _null_usage(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if reply.is_event_stream:
        return reply
    return await full_edited(reply, lambda answer: answer.update(usage=dict.fromkeys(_usage(0))))
