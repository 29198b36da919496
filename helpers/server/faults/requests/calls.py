"""Modes of tool calls that were asked for, in full and in pieces, with servers' usual mistakes."""

from __future__ import annotations

import json
from typing import Any

from ...events import Chunk, chunk_of, event_of, events
from ...http1 import Body, Reply, Request
from ...upstream import Ask
from ..registry import answer_mode, chat_mode, chunk_mode, stream_mode
from .parameters import changed

Call = dict[str, Any]


def calls_of(answer: Chunk) -> list[Call]:
    """The calls in a full answer, or their pieces in a chunk."""
    choices = answer.get("choices") or []
    holders = [choice.get("message") or choice.get("delta") or {} for choice in choices]
    return [call for holder in holders for call in holder.get("tool_calls") or []]


def _edited(call: Call, **function: Any) -> None:
    call["function"] = call.get("function", {}) | function


@answer_mode("calls-arguments-object", "Sends the arguments of calls as objects.", legal=True)
def _arguments_object(answer: Chunk) -> None:
    for call in calls_of(answer):
        if (call.get("function") or {}).get("arguments"):
            _edited(call, arguments={"city": "Paris"})


@answer_mode("calls-arguments-python", "Sends the arguments of calls as Python's repr.", legal=True)
def _arguments_python(answer: Chunk) -> None:
    for call in calls_of(answer):
        arguments = (call.get("function") or {}).get("arguments") or ""
        _edited(call, arguments=arguments.replace('"', "'"))


@answer_mode("calls-without-id", "Sends calls without an id.", legal=True)
def _without_id(answer: Chunk) -> None:
    for call in calls_of(answer):
        call.pop("id", None)


@answer_mode("calls-without-type", "Sends calls without their type.", legal=True)
def _without_type(answer: Chunk) -> None:
    for call in calls_of(answer):
        call.pop("type", None)


@answer_mode("calls-finish-stop", "Ends with stop after a call.", legal=True)
def _finish_stop(answer: Chunk) -> None:
    for choice in answer.get("choices") or []:
        if choice.get("finish_reason") == "tool_calls":
            choice["finish_reason"] = "stop"


@answer_mode("calls-other-name", "Calls another function in place of the one named.", legal=True)
def _other_name(answer: Chunk) -> None:
    for call in calls_of(answer):
        if (call.get("function") or {}).get("name"):
            _edited(call, name="get_time")


@answer_mode("calls-in-text", "Writes calls into the text, in tags.", legal=True)
def _in_text(answer: Chunk) -> None:
    for choice in answer.get("choices") or []:
        holder = choice.get("message") or choice.get("delta") or {}
        if calls := holder.pop("tool_calls", None):
            holder["content"] = f"<tool_call>{json.dumps(calls[0].get('function'))}</tool_call>"


@chunk_mode("calls-without-index", "Streams calls without their index.", legal=True)
def _without_index(chunk: Chunk) -> None:
    for piece in calls_of(chunk):
        piece.pop("index", None)


@chunk_mode("calls-from-1", "Numbers streamed calls from 1.", legal=True)
def _from_1(chunk: Chunk) -> None:
    for piece in calls_of(chunk):
        piece["index"] += 1


@chunk_mode("calls-all-0", "Gives index 0 to every streamed call.", legal=True)
def _all_0(chunk: Chunk) -> None:
    for piece in calls_of(chunk):
        piece["index"] = 0


@chunk_mode("calls-name-again", "Repeats a call's name in each of its pieces.", legal=True)
def _name_again(chunk: Chunk) -> None:
    for piece in calls_of(chunk):
        _edited(piece, name="get_weather")


@chunk_mode("calls-id-again", "Repeats a call's id in each of its pieces.", legal=True)
def _id_again(chunk: Chunk) -> None:
    for piece in calls_of(chunk):
        piece["id"] = f"call_{piece['index']}"


@stream_mode("calls-broken-json", "Streams arguments that do not join to JSON.", legal=True)
async def _broken_json(body: Body) -> Body:
    async for event in events(body):
        chunk = chunk_of(event)
        pieces = calls_of(chunk)
        if pieces and (pieces[0]["function"].get("arguments") or "").endswith("}"):
            _edited(pieces[0], arguments="")
            event = event_of(chunk)
        yield event


@chat_mode("calls-not-streamed", "Answers in text where a call is to be streamed.", legal=True)
async def _not_streamed(request: Request, ask: Ask) -> Reply:
    streams = request.streams and request.json.get("tools")
    return await ask(changed(request, tools=None, tool_choice=None) if streams else request)


@chat_mode("calls-only-named", "Calls only where the tool is named.", legal=True)
async def _only_named(request: Request, ask: Ask) -> Reply:
    named = isinstance(request.json.get("tool_choice"), dict)
    return await ask(request if named else changed(request, tools=None, tool_choice=None))


@chat_mode("calls-one", "Sends one call at a time.", legal=True)
async def _one(request: Request, ask: Ask) -> Reply:
    return await ask(changed(request, parallel_tool_calls=False))
