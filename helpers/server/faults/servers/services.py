"""Modes of what hosted services do on purpose; `service_dialects` gives the source of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...events import Chunk, chunk_of, event_of, events, finish_of, text_of
from ...http1 import Body, Reply, Request
from ...replies import error_reply
from ...upstream import Ask
from ..registry import answer_mode, chat_mode, chunk_mode, stream_mode
from ..requests.parameters import changed, turns_down
from ..splicing import EVERY

_SAFE = {"hate": {"filtered": False, "severity": "safe"}}
_BARE: Chunk = {"id": "", "object": "", "created": 0, "model": ""}


def _filtered(first: int, last: int, finish: str | None = None) -> bytes:
    """The asynchronous filter's verdict on a range of characters: a choice without a delta."""
    offsets = {"check_offset": last, "start_offset": first, "end_offset": last}
    choice = {
        "index": 0, "finish_reason": finish, "content_filter_results": _SAFE,
        "content_filter_offsets": offsets,
    }  # fmt: skip
    return event_of(_BARE | {"choices": [choice], "usage": None})


@stream_mode(
    "filter-async", "Sends a filter's findings between the text and after its end.", legal=True,
    also=("filter-apart", "finish-reason-again"),
)  # fmt: skip
async def _filter_async(body: Body) -> Body:
    yield event_of(_BARE | {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]})
    texts = start = length = 0
    async for event in events(body):
        yield event
        chunk = chunk_of(event)
        length += len(text_of(chunk))
        texts += bool(text_of(chunk))
        finish = finish_of(chunk)
        if finish or texts >= EVERY:
            yield _filtered(start, length, finish or None)
            texts, start = 0, length


def _counted(request: Request) -> Request:
    """The request, made to ask for a stream's token counts."""
    asked = {"stream_options": {"include_usage": True}}
    return changed(request, **asked) if request.streams else request


@chat_mode(
    "usage-always", "Counts at the end of each stream, whether or not it was asked.", legal=True
)
async def _usage_always(request: Request, ask: Ask) -> Reply:
    return await ask(_counted(request))


@stream_mode(
    "usage-with-finish", "Repeats the finish reason beside the token counts.", legal=True
)  # fmt: skip
async def _usage_with_finish(body: Body) -> Body:
    finish = ""
    async for event in events(body):
        chunk = chunk_of(event)
        finish = finish_of(chunk) or finish
        if chunk.get("usage") and not chunk.get("choices"):
            delta = {"role": "assistant", "content": ""}
            chunk["choices"] = [{"index": 0, "delta": delta, "finish_reason": finish or None}]
            event = event_of(chunk)
        yield event


@chat_mode("usage-in-x-groq", "Counts in a field of its own in the last chunk.", legal=True)
async def _usage_in_x_groq(request: Request, ask: Ask) -> Reply:
    reply = await ask(_counted(request))
    if reply.is_event_stream:
        asked = (request.json.get("stream_options") or {}).get("include_usage")
        reply.body = _with_x_groq(reply.body, asked=bool(asked))
    return reply


async def _with_x_groq(body: Body, *, asked: bool) -> Body:
    held = b""
    async for event in events(body):
        chunk = chunk_of(event)
        if held:
            counts = {"id": "req_demo", "usage": chunk.get("usage")}
            yield event_of(chunk_of(held) | {"x_groq": counts})
            held = b""
        if finish_of(chunk):
            held = event
        elif asked or not (chunk.get("usage") and not chunk.get("choices")):
            yield event
    yield held


def _thoughts(answer: Chunk) -> int:
    details = (answer.get("usage") or {}).get("completion_tokens_details") or {}
    return details.get("reasoning_tokens") or 0


@answer_mode("thoughts-apart", "Counts its thoughts beside completion_tokens.", legal=True)
def _thoughts_apart(answer: Chunk) -> None:
    if thoughts := _thoughts(answer):
        answer["usage"]["completion_tokens"] -= thoughts


@answer_mode("thoughts-in-total", "Counts its thoughts in the total alone.", legal=True)
def _thoughts_in_total(answer: Chunk) -> None:
    _thoughts_apart(answer)
    (answer.get("usage") or {}).pop("completion_tokens_details", None)


def _messages(answer: Chunk) -> list[dict[str, Any]]:
    """The messages of a full answer, or the deltas of a chunk."""
    return [
        choice.get("message") or choice.get("delta") or {} for choice in answer.get("choices") or []
    ]


@answer_mode("thoughts-hidden", "Shows nothing of its thoughts.", legal=True)
def _thoughts_hidden(answer: Chunk) -> None:
    for message in _messages(answer):
        message.pop("reasoning_content", None)
        if message.get("content") is None and not message.get("tool_calls"):
            message.pop("content", None)


@answer_mode("thoughts-as-reasoning", "Shows its thoughts as reasoning, and in parts.", legal=True)
def _thoughts_as_reasoning(answer: Chunk) -> None:
    for message in _messages(answer):
        if thought := message.pop("reasoning_content", None):
            part = {"type": "reasoning.text", "text": thought, "index": 0}
            message.update(reasoning=thought, reasoning_details=[part])


@answer_mode("thoughts-in-content", "Shows its thoughts as parts of the content.", legal=True)
def _thoughts_in_content(answer: Chunk) -> None:
    for message in _messages(answer):
        if thought := message.pop("reasoning_content", None):
            text = message.get("content")
            parts: list[Chunk] = [
                {"type": "thinking", "thinking": [{"type": "text", "text": thought}]}
            ]
            message["content"] = parts + ([{"type": "text", "text": text}] if text else [])


@chat_mode("blank-lines-first", "Sends blank lines while a full answer is made.", legal=True)
async def _blank_lines_first(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if reply.status == 200 and not reply.is_event_stream:
        reply.body = _after_blank_lines(reply.body)
        kept = [(name, value) for name, value in reply.headers if name.lower() != "content-length"]
        reply.headers = tuple(kept)
    return reply


async def _after_blank_lines(body: Body) -> Body:
    for _ in range(3):
        yield b"\n"
    async for piece in body:
        yield piece


def _returned(body: Chunk) -> list[Chunk]:
    """The messages with tool calls that a client sends back."""
    return [message for message in body.get("messages") or [] if message.get("tool_calls")]


def _lacks_thoughts(body: Chunk) -> bool:
    return any(not message.get("reasoning_content") for message in _returned(body))


def _on_refusal(name: str, says: str, asked: Callable[[Chunk], bool], words: str) -> None:
    chat_mode(name, says, legal=True, group="services")(
        turns_down(asked, lambda: error_reply(400, words))
    )


_on_refusal(
    "wants-thoughts-back", "Refuses its own calls when they come back without its reasoning.",
    _lacks_thoughts,
    "Missing `reasoning_content` field in the assistant message.",
)  # fmt: skip
_on_refusal(
    "refuses-json-schema", "Refuses a schema; JSON of any kind can be asked for.",
    lambda body: (body.get("response_format") or {}).get("type") == "json_schema",
    "This response_format type is unavailable now.",
)  # fmt: skip
_on_refusal(
    "refuses-effort-renamed", "Refuses reasoning_effort, and calls it reasoningEffort.",
    lambda body: bool(body.get("reasoning_effort")),
    "Model endpointscope-tiny does not support parameter reasoningEffort.",
)  # fmt: skip


@answer_mode("ids-empty", 'Gives every chunk and every answer the id "".', legal=True,
             also=("no-id",))  # fmt: skip
def _ids_empty(answer: Chunk) -> None:
    answer["id"] = ""


@chunk_mode("delta-nulls", "Writes null for whatever a delta does not bring.", legal=True)
def _delta_nulls(chunk: Chunk) -> None:
    for choice in chunk.get("choices") or []:
        empty = dict.fromkeys(("role", "content", "reasoning_content", "tool_calls"))
        choice["delta"] = empty | (choice.get("delta") or {})


@stream_mode(
    "message-beside-delta", "Sends the text so far beside each delta.", legal=True,
    also=("odd-object",),
)  # fmt: skip
async def _message_beside_delta(body: Body) -> Body:
    so_far = ""
    async for event in events(body):
        chunk = chunk_of(event)
        so_far += text_of(chunk)
        for choice in chunk.get("choices") or []:
            choice["message"] = {"role": "assistant", "content": so_far}
        yield event_of(chunk | {"object": "chat.completion"}) if chunk else event
