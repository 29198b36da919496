"""How others send the Responses API's events: OpenAI itself, Open Responses, a chat gateway."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial

from ....wire.request import Api
from ...events import DONE, RESPONSE_TEXT, Chunk, chunk_of, event_of, events
from ...http1 import Body, Reply, Request
from ...upstream import Ask
from ..registry import chat_mode, stream_mode
from ..splicing import CUT_AFTER, EVERY

LAST = "response.completed"
_ONLY: tuple[Api, ...] = ("responses",)
_REASONING = {"id": "rs_demo", "type": "reasoning", "summary": []}
response_mode = partial(stream_mode, apis=_ONLY)


async def edited(body: Body, edit: Callable[[Chunk], Chunk]) -> Body:
    """Yield the events, each replaced by what `edit` returns for it."""
    async for event in events(body):
        chunk = chunk_of(event)
        yield event_of(edit(chunk)) if chunk else event


def placed(chunk: Chunk, place: int) -> Chunk:
    """The event with the indices that llama.cpp leaves out."""
    kind = str(chunk.get("type"))
    if "output_item." in kind:
        return chunk | {"output_index": place}
    if "item_id" not in chunk:
        return chunk
    chunk = chunk | {"output_index": place}
    return chunk if "arguments" in kind else chunk | {"content_index": 0}


async def _numbered(chunks: AsyncIterator[Chunk]) -> Body:
    number = 0
    async for chunk in chunks:
        yield event_of(chunk | {"sequence_number": number})
        number += 1


async def _like_openai(body: Body) -> AsyncIterator[Chunk]:
    """Yield the events as OpenAI sends them: after a reasoning item; the caller numbers them."""
    texts = 0
    async for event in events(body):
        chunk = chunk_of(event)
        if not chunk:
            continue
        yield placed(chunk, 1)
        if chunk["type"] == "response.in_progress":
            yield {"type": "response.output_item.added", "output_index": 0, "item": _REASONING}
            yield {"type": "response.output_item.done", "output_index": 0, "item": _REASONING}
        texts += chunk["type"] == RESPONSE_TEXT
        if chunk["type"] == RESPONSE_TEXT and texts == EVERY:
            yield {"type": "keepalive"}


@response_mode(
    "responses-openai",
    "Sends Responses as OpenAI does: numbered, reasoning first, with a keepalive.",
    legal=True,
)
def _openai(body: Body) -> Body:
    return _numbered(_like_openai(body))


@response_mode("responses-done", "Sends [DONE] after the end of a Response.", legal=True)
async def _done(body: Body) -> Body:
    async for event in events(body):
        yield event
    yield f"data: {DONE}\n\n".encode()


@response_mode(
    "responses-incomplete", "Ends a Response as incomplete: its tokens ran out.",
    legal=True, also=("length",),
)  # fmt: skip
def _incomplete(body: Body) -> Body:
    def edit(chunk: Chunk) -> Chunk:
        if chunk["type"] != LAST:
            return chunk
        details = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
        response = chunk["response"] | details
        return chunk | {"type": "response.incomplete", "response": response}

    return edited(body, edit)


@chat_mode(
    "responses-chat-chunks", "Answers a request for a Response with a chat's chunks.",
    expects="chat-chunks", apis=_ONLY,
)  # fmt: skip
async def _chat_chunks(request: Request, ask: Ask) -> Reply:
    asked = request.json
    body = {key: value for key, value in asked.items() if key not in ("input", "max_output_tokens")}
    content = asked.get("input")
    messages = content if isinstance(content, list) else [{"role": "user", "content": content}]
    body |= {"messages": messages, "max_tokens": asked.get("max_output_tokens", CUT_AFTER)}
    target = request.target.replace("/responses", "/chat/completions")
    return await ask(replace(request, target=target, body=json.dumps(body).encode()))
