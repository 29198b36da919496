"""Modes that are almost right: one field, one count or one letter is off."""

from __future__ import annotations

import base64
import math
import struct
from typing import Any

from ...events import Chunk, chunk_of, event_of, events
from ...http1 import Body, Reply, Request
from ...replies import error_reply
from ...upstream import Ask
from ..apis.surfaces import at_path
from ..registry import answer_mode, chunk_mode, mode, stream_mode
from ..requests.calls import calls_of
from ..requests.parameters import changed
from .full_answers import full_mode


@full_mode("full-delta-empty", "Puts an empty delta beside the message of full answers.")
def _delta_empty(answer: Chunk) -> None:
    for choice in answer["choices"]:
        choice["delta"] = {"role": "assistant", "content": ""}


@answer_mode("created-fraction", "Dates its answers to a fraction of a second.", legal=True)
def _created_fraction(answer: Chunk) -> None:
    if "created" in answer:
        answer["created"] += 0.5


@answer_mode("usage-five-more", "Counts five tokens more than it writes.", legal=True)
def _five_more(answer: Chunk) -> None:
    if usage := answer.get("usage"):
        usage["completion_tokens"] += 5
        usage["total_tokens"] += 5


@stream_mode("stream-counts-one-more", "Counts one token more when it streams.", legal=True)
async def _one_more(body: Body) -> Body:
    async for event in events(body):
        chunk = chunk_of(event)
        if usage := chunk.get("usage"):
            usage["completion_tokens"] += 1
            usage["total_tokens"] += 1
        yield event_of(chunk) if chunk else event


def _logprobs(answer: Chunk) -> list[dict[str, Any]]:
    found = [choice.get("logprobs") for choice in answer.get("choices") or []]
    return [one for entry in found if isinstance(entry, dict) for one in entry.get("content") or []]


@full_mode("full-logprobs-over-one", "Gives logprobs that are above 0.")
def _over_one(answer: Chunk) -> None:
    for one in _logprobs(answer):
        one["logprob"] = 0.75


@full_mode("full-logprobs-alone", "Gives logprobs without the others that were asked for.")
def _alone(answer: Chunk) -> None:
    for one in _logprobs(answer):
        one["top_logprobs"] = []


@chunk_mode("logprobs-as-numbers", "Streams each logprob as a bare number.", legal=True)
def _as_numbers(chunk: Chunk) -> None:
    for choice in chunk.get("choices") or []:
        if choice.get("logprobs"):
            choice["logprobs"] = -0.25


@chunk_mode("stream-glues-words", "Strips the white space of every delta.", legal=True)
def _glues_words(chunk: Chunk) -> None:
    for choice in chunk.get("choices") or []:
        if text := (choice.get("delta") or {}).get("content"):
            choice["delta"]["content"] = text.strip()


@stream_mode("stream-loses-start", "Leaves the first delta with text out.", legal=True)
async def _loses_start(body: Body) -> Body:
    lost = False
    async for event in events(body):
        choices = chunk_of(event).get("choices") or [{}]
        if not lost and (choices[0].get("delta") or {}).get("content"):
            lost = True
            continue
        yield event


@answer_mode("calls-same-id", "Gives every call of an answer the same id.", legal=True)
def _same_id(answer: Chunk) -> None:
    for call in calls_of(answer):
        if call.get("id"):
            call["id"] = "call_0"


@at_path("embeds-nan", "Embeds with a value that is not a number.", "/embeddings")
def _embeds_nan(found: Any) -> None:
    for one in found["data"]:
        if isinstance(one["embedding"], list):
            one["embedding"][0] = math.nan


@at_path("embeds-long", "Embeds in vectors of length 3.", "/embeddings")
def _embeds_long(found: Any) -> None:
    for one in found["data"]:
        if isinstance(one["embedding"], list):
            one["embedding"] = [3 * number for number in one["embedding"]]
            continue
        data = base64.b64decode(one["embedding"])
        numbers = struct.unpack(f"<{len(data) // 4}f", data)
        packed = struct.pack(f"<{len(numbers)}f", *(3 * number for number in numbers))
        one["embedding"] = base64.b64encode(packed).decode()


@mode("ignores-dimensions", "Embeds in its usual dimensions, whatever was asked for.", legal=True)
async def _ignores_dimensions(request: Request, ask: Ask) -> Reply:
    return await ask(changed(request, dimensions=None) if _shorter(request) else request)


@mode("halves-dimensions", "Embeds in half as many dimensions as were asked for.", legal=True)
async def _halves_dimensions(request: Request, ask: Ask) -> Reply:
    fewer = request.json["dimensions"] // 2 if _shorter(request) else 0
    return await ask(changed(request, dimensions=fewer) if fewer else request)


@mode("refuses-dimensions", "Refuses to embed in fewer dimensions with 400.", legal=True)
async def _refuses_dimensions(request: Request, ask: Ask) -> Reply:
    if _shorter(request):
        return error_reply(400, "This model does not support dimensions.", param="dimensions")
    return await ask(request)


def _shorter(request: Request) -> bool:
    return request.path.endswith("/embeddings") and bool(request.json.get("dimensions"))
