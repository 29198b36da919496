"""Modes of what chunks hold around the text: role, ids, model, choices and deltas."""

from __future__ import annotations

import time
from itertools import count

from ...events import Chunk, chunk_of, delta_of, event_of, events, text_of
from ...http1 import Body
from ..registry import answer_mode, chunk_mode, stream_mode
from ..splicing import inserted


@chunk_mode("role-missing", "Never says which role the message has.", also=("no-role",))
def _role_missing(chunk: Chunk) -> None:
    delta_of(chunk).pop("role", None)


@chunk_mode("role-everywhere", "Repeats the role in every delta.", legal=True)
def _role_everywhere(chunk: Chunk) -> None:
    for choice in chunk.get("choices") or []:
        choice["delta"] = {"role": "assistant", "content": ""} | choice["delta"]


@stream_mode("role-with-text", "Sends the role with the first text, not before it.", legal=True)
async def _role_with_text(body: Body) -> Body:
    first = True
    async for event in events(body):
        chunk = chunk_of(event)
        if first and "role" in delta_of(chunk) and not text_of(chunk):
            continue
        if first and text_of(chunk):
            delta_of(chunk)["role"], first = "assistant", False
            event = event_of(chunk)
        yield event


@stream_mode("ids-change", "Gives each chunk a different id.", also=("id-changes",))
async def _ids_change(body: Body) -> Body:
    numbers = count(1)
    async for event in events(body):
        chunk = chunk_of(event)
        yield event_of(chunk | {"id": f"chatcmpl-{next(numbers)}"}) if chunk else event


@stream_mode(
    "created-changes", "Gives each chunk a different creation time.", also=("created-changes",)
)
async def _created_changes(body: Body) -> Body:
    numbers = count()
    async for event in events(body):
        chunk = chunk_of(event)
        later = {"created": chunk.get("created", 0) + next(numbers)}
        yield event_of(chunk | later) if chunk else event


@chunk_mode("created-ticks", "Stamps each chunk with the time when it was made.", legal=True)
def _created_ticks(chunk: Chunk) -> None:
    chunk["created"] = int(time.time())


@chunk_mode("model-null", "Leaves the model's name null.", also=("no-model",))
def _model_null(chunk: Chunk) -> None:
    chunk["model"] = None


@chunk_mode("extra-fields", "Adds fields of its own to each chunk and choice.", legal=True)
def _extra_fields(chunk: Chunk) -> None:
    chunk["provider"] = "demo"
    for choice in chunk.get("choices") or []:
        choice.setdefault("logprobs", None)
        if delta := choice.get("delta"):
            delta.setdefault("refusal", None)


@stream_mode("no-choices", "Sends a chunk without choices in the middle.", also=("no-choices",))
def _no_choices(body: Body) -> Body:
    return inserted(body, lambda chunk: {k: v for k, v in chunk.items() if k != "choices"})


@stream_mode("no-delta", "Sends a choice without a delta in the middle.", also=("no-delta",))
def _no_delta(body: Body) -> Body:
    return inserted(body, lambda chunk: chunk | {"choices": [{"index": 0, "finish_reason": None}]})


@chunk_mode("message-for-delta", "Sends message instead of delta.", also=("message-for-delta",))
def _message_for_delta(chunk: Chunk) -> None:
    for choice in chunk.get("choices") or []:
        choice["message"] = choice.pop("delta")


@chunk_mode("text-for-delta", "Sends text instead of delta.", also=("text-for-delta",))
def _text_for_delta(chunk: Chunk) -> None:
    for choice in chunk.get("choices") or []:
        choice["text"] = choice.pop("delta").get("content") or ""


@chunk_mode("delta-string", "Sends its deltas as plain strings.", also=("delta-string",))
def _delta_string(chunk: Chunk) -> None:
    for choice in chunk.get("choices") or []:
        choice["delta"] = choice["delta"].get("content") or ""


@stream_mode(
    "delta-null", "Sends a choice whose delta is null in the middle.", also=("client-stops",)
)
def _delta_null(body: Body) -> Body:
    return inserted(body, lambda chunk: chunk | {"choices": [{"index": 0, "delta": None}]})


@chunk_mode("index-null", "Leaves the index of its choices null.", also=("index-null",))
def _index_null(chunk: Chunk) -> None:
    for choice in chunk.get("choices") or []:
        choice["index"] = None


@chunk_mode("index-string", "Writes the index of its choices as a string.", also=("index-null",))
def _index_string(chunk: Chunk) -> None:
    for choice in chunk.get("choices") or []:
        choice["index"] = str(choice["index"])


@answer_mode("other-model", "Answers with a model that nobody asked for.", also=("other-model",))
def _other_model(answer: Chunk) -> None:
    answer["model"] = "gpt-4o-mini"


@answer_mode("model-dated", "Answers with the dated form of its model's name.", legal=True)
def _model_dated(answer: Chunk) -> None:
    answer["model"] = f"{answer['model']}-2025-01-01"


@answer_mode("model-prefixed", "Answers with its model's name after its owner's.", legal=True)
def _model_prefixed(answer: Chunk) -> None:
    answer["model"] = f"endpointscope/{answer['model'].title()}"


@chunk_mode("content-null", "Writes content: null in every delta without text.", legal=True)
def _content_null(chunk: Chunk) -> None:
    for choice in chunk.get("choices") or []:
        choice["delta"] = {"content": None} | choice["delta"]
        choice["delta"]["content"] = choice["delta"]["content"] or None


@chunk_mode("content-list", "Sends its text as a list of parts.", also=("content-parts",))
def _content_list(chunk: Chunk) -> None:
    if text := text_of(chunk):
        delta_of(chunk)["content"] = [{"type": "text", "text": text}]


@stream_mode(
    "index-counts",
    "Numbers its chunks in index, as if each were another choice.",
    also=("more-choices",),
)
async def _index_counts(body: Body) -> Body:
    numbers = count()
    async for event in events(body):
        chunk = chunk_of(event)
        for choice in chunk.get("choices") or []:
            choice["index"] = next(numbers)
        yield event_of(chunk) if chunk else event


@stream_mode("azure-first", "Starts with a chunk of filter results and no choices.", legal=True)
async def _azure_first(body: Body) -> Body:
    safe = {"filtered": False, "severity": "safe"}
    results = {"prompt_index": 0, "content_filter_results": {"hate": safe, "violence": safe}}
    first = {"id": "", "object": "", "created": 0, "model": "", "choices": []}
    yield event_of(first | {"prompt_filter_results": [results]})
    async for piece in body:
        yield piece


@chunk_mode("reasoning", "Thinks in a field named reasoning before it answers.", legal=True)
def _reasoning(chunk: Chunk) -> None:
    if delta_of(chunk).get("role"):
        delta_of(chunk)["reasoning"] = "A tree stands and grows; a short line will do."
