"""Modes of what the chunks say: role, ids, usage, text and the fields around it."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count

from ..events import (
    Chunk,
    chunk_of,
    event_of,
    events,
    has_output,
    is_done,
    text_of,
    with_text,
)
from ..http1 import Body, Reply, Request
from ..upstream import Ask
from .registry import chat_mode, chunk_mode, stream_mode
from .truncation import CUT_AFTER


def _delta(chunk: Chunk) -> dict[str, object]:
    choices = chunk.get("choices") or [{}]
    delta: dict[str, object] = choices[0].get("delta") or {}
    return delta


@chunk_mode("role-missing", "Never says whose role the message has.", finds=("no-role",))
def _role_missing(chunk: Chunk) -> None:
    _delta(chunk).pop("role", None)


@chunk_mode("role-everywhere", "Repeats the role in every delta.", legal=True)
def _role_everywhere(chunk: Chunk) -> None:
    for choice in chunk.get("choices") or []:
        choice["delta"] = {"role": "assistant", "content": ""} | choice["delta"]


@stream_mode("role-with-text", "Gives the role with the first text, not before it.", legal=True)
async def _role_with_text(body: Body) -> Body:
    first = True
    async for event in events(body):
        chunk = chunk_of(event)
        if first and "role" in _delta(chunk) and not text_of(chunk):
            continue
        if first and text_of(chunk):
            _delta(chunk)["role"], first = "assistant", False
            event = event_of(chunk)
        yield event


@stream_mode("ids-change", "Gives each chunk another id.", finds=("id-changes",))
async def _ids_change(body: Body) -> Body:
    numbers = count(1)
    async for event in events(body):
        chunk = chunk_of(event)
        yield event_of(chunk | {"id": f"chatcmpl-{next(numbers)}"}) if chunk else event


@stream_mode(
    "created-changes", "Gives each chunk another time of creation.", finds=("created-changes",)
)
async def _created_changes(body: Body) -> Body:
    numbers = count()
    async for event in events(body):
        chunk = chunk_of(event)
        later = {"created": chunk.get("created", 0) + next(numbers)}
        yield event_of(chunk | later) if chunk else event


@chunk_mode("created-ticks", "Takes the time of creation anew for each chunk.", legal=True)
def _created_ticks(chunk: Chunk) -> None:
    chunk["created"] = int(time.time())


@chunk_mode("model-null", "Leaves the model's name null.", finds=("no-model",))
def _model_null(chunk: Chunk) -> None:
    chunk["model"] = None


@chunk_mode("extra-fields", "Adds fields of its own to each chunk and choice.", legal=True)
def _extra_fields(chunk: Chunk) -> None:
    chunk["provider"] = "demo"
    for choice in chunk.get("choices") or []:
        choice["logprobs"] = choice["delta"]["refusal"] = None


async def _inserted(body: Body, change: Callable[[Chunk], Chunk]) -> Body:
    """Yield the events with a changed copy of a chunk in the middle of the text."""
    seen = 0
    async for event in events(body):
        seen += has_output(event)
        yield event
        if seen == CUT_AFTER // 2:
            seen += 1
            yield event_of(change(chunk_of(event)))


@stream_mode("no-choices", "Sends a chunk without choices in the middle.", finds=("no-choices",))
def _no_choices(body: Body) -> Body:
    return _inserted(body, lambda chunk: {k: v for k, v in chunk.items() if k != "choices"})


@stream_mode("no-delta", "Sends a choice without delta in the middle.", finds=("no-delta",))
def _no_delta(body: Body) -> Body:
    return _inserted(body, lambda chunk: chunk | {"choices": [{"index": 0, "finish_reason": None}]})


@chunk_mode("message-for-delta", "Sends message in place of delta.", finds=("message-for-delta",))
def _message_for_delta(chunk: Chunk) -> None:
    for choice in chunk.get("choices") or []:
        choice["message"] = choice.pop("delta")


@chunk_mode("content-null", "Writes content: null wherever a delta brings no text.", legal=True)
def _content_null(chunk: Chunk) -> None:
    for choice in chunk.get("choices") or []:
        choice["delta"] = {"content": None} | choice["delta"]
        choice["delta"]["content"] = choice["delta"]["content"] or None


@chunk_mode("content-list", "Sends its text as a list of parts.", finds=("content-parts",))
def _content_list(chunk: Chunk) -> None:
    if text := text_of(chunk):
        _delta(chunk)["content"] = [{"type": "text", "text": text}]


@stream_mode(
    "index-counts",
    "Counts its chunks in index, as if each were another choice.",
    finds=("more-choices",),
)
async def _index_counts(body: Body) -> Body:
    numbers = count()
    async for event in events(body):
        chunk = chunk_of(event)
        for choice in chunk.get("choices") or []:
            choice["index"] = next(numbers)
        yield event_of(chunk) if chunk else event


@stream_mode("azure-first", "Begins with a chunk of filter results and no choices.", legal=True)
async def _azure_first(body: Body) -> Body:
    safe = {"filtered": False, "severity": "safe"}
    results = {"prompt_index": 0, "content_filter_results": {"hate": safe, "violence": safe}}
    first = {"id": "", "object": "", "created": 0, "model": "", "choices": []}
    yield event_of(first | {"prompt_filter_results": [results]})
    async for piece in body:
        yield piece


async def _replaced(body: Body, old: bytes, new: bytes) -> Body:
    """Yield the events with one text in the middle that holds other bytes, `old` written `new`."""
    seen = 0
    async for event in events(body):
        seen += has_output(event)
        chunk = chunk_of(event)
        if seen == CUT_AFTER // 2 and text_of(chunk):
            seen += 1
            event = event_of(with_text(chunk, text_of(chunk) + " @@ ")).replace(old, new)
        yield event


@stream_mode("damaged-utf-8", "Sends bytes that are not UTF-8 inside a text.", finds=("bad-utf-8",))
def _damaged_utf_8(body: Body) -> Body:
    return _replaced(body, b"@@", b"\xf0\x9f\x8c")


@stream_mode(
    "replacement-characters",
    "Decodes a character in halves: U+FFFD inside a text.",
    finds=("replacement-character",),
)
def _replacement_characters(body: Body) -> Body:
    return _replaced(body, b"@@", "��".encode())


@stream_mode(
    "lone-surrogate",
    "Sends half a surrogate pair, escaped, inside a text.",
    finds=("lone-surrogate",),
)
def _lone_surrogate(body: Body) -> Body:
    return _replaced(body, b"@@", b"\\ud83c")


@stream_mode(
    "split-surrogates",
    "Cuts an escaped emoji: half a pair at the end of one chunk.",
    finds=("split-surrogate",),
)
async def _split_surrogates(body: Body) -> Body:
    seen = 0
    async for event in events(body):
        seen += has_output(event)
        chunk = chunk_of(event)
        if seen == CUT_AFTER // 2 and text_of(chunk):
            seen += 1
            yield event_of(with_text(chunk, " @@")).replace(b"@@", b"\\ud83c")
            yield event_of(with_text(chunk, "@@ ")).replace(b"@@", b"\\udf33")
        yield event


@chunk_mode("reasoning", "Thinks in a field called reasoning before it answers.", legal=True)
def _reasoning(chunk: Chunk) -> None:
    if _delta(chunk).get("role"):
        _delta(chunk)["reasoning"] = "A tree stands and grows; a short line will do."


@chat_mode("done-only", "Sends nothing but [DONE].", word="silent", cause="only-done")
async def _done_only(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if reply.is_event_stream:
        reply.body = _only_done(reply.body)
    return reply


async def _only_done(body: Body) -> Body:
    async for event in events(body):
        if is_done(event):
            yield event
