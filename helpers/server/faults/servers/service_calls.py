"""Modes of how hosted services send tool calls, and how they expect them back."""

from __future__ import annotations

from typing import Any

from ...events import Chunk, chunk_of, delta_of, event_of, events
from ...http1 import Body, Reply, Request
from ...replies import error_reply
from ...upstream import Ask
from ..registry import answer_mode, chat_mode, full_edited, stream_mode
from ..requests.calls import calls_of

_SIGNATURE = {"google": {"thought_signature": "c2lnbmVk"}}
_SHORT_ID = 9


@stream_mode("calls-whole", "Streams each call in one piece.", legal=True)
async def _calls_whole(body: Body) -> Body:
    whole: dict[int, dict[str, Any]] = {}
    held: Chunk = {}
    async for event in events(body):
        chunk = chunk_of(event)
        pieces = delta_of(chunk).get("tool_calls")
        if pieces:
            held = held or chunk
            for piece in pieces:
                _join(whole, piece)
            continue
        if held:
            delta_of(held)["tool_calls"] = [*whole.values()]
            yield event_of(held)
            held = {}
        yield event


def _join(whole: dict[int, dict[str, Any]], piece: dict[str, Any]) -> None:
    call = whole.setdefault(piece["index"], piece)
    if call is not piece:
        call["function"]["arguments"] += piece["function"].get("arguments") or ""


def _refused(words: str) -> Reply:
    return error_reply(400, words)


def _sent_back(request: Request) -> list[dict[str, Any]]:
    """The calls that a client sends back in the messages."""
    messages = request.json.get("messages") or []
    return [call for message in messages for call in message.get("tool_calls") or []]


@chat_mode("calls-signed", "Signs its calls, and wants the signature back.", legal=True)
async def _calls_signed(request: Request, ask: Ask) -> Reply:
    if any(call.get("extra_content") != _SIGNATURE for call in _sent_back(request)):
        return _refused("Function call is missing a thought_signature in functionCall parts.")
    reply = await ask(request)
    return reply if reply.is_event_stream else await full_edited(reply, _signed)


def _signed(answer: Chunk) -> None:
    for call in calls_of(answer):
        call["extra_content"] = _SIGNATURE


@answer_mode("calls-short-ids", "Gives calls ids of nine characters.", legal=True)
def _calls_short_ids(answer: Chunk) -> None:
    for call in calls_of(answer):
        if call.get("id"):
            call["id"] = call["id"].replace("_", "").ljust(_SHORT_ID, "0")[:_SHORT_ID]


@chat_mode(
    "wants-short-ids", "Refuses returned calls whose ids are not nine characters long.", legal=True
)
async def _wants_short_ids(request: Request, ask: Ask) -> Reply:
    if any(len(call.get("id") or "") != _SHORT_ID for call in _sent_back(request)):
        return _refused("Tool call id must be a-z, A-Z, 0-9, with a length of 9.")
    return await ask(request)
