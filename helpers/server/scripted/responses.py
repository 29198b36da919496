"""The Responses API of the endpoint without a model: a chat's answer, as events."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Iterator

from ..events import event_of
from ..http1 import Reply, Request
from ..replies import MODEL, json_reply, stream_reply
from .turns import Fields, RefusedError, Turn, of_a_known_model, prompt_tokens, turn_of

_KEPT = re.compile(r"resp_scripted_(\d+)")
_PIECE = 6


def respond(request: Request) -> Reply:
    """The response to a request, full or streamed.

    raises:  RefusedError
    """
    body = request.json
    if body.get("input") is None:
        raise RefusedError("One of 'input' or 'previous_response_id' must be provided.")
    of_a_known_model(body)
    chat = _chat_of(body)
    prompt = prompt_tokens(chat["messages"], _said_before(body))
    turn = turn_of(chat, 0)
    spoken = len(turn.tokens) or sum(len(item["arguments"].split()) for item in _calls(turn))
    usage = {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": spoken, "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": prompt + spoken,
    }  # fmt: skip
    response = _response(body, turn, usage)
    if request.streams:
        return stream_reply(_numbered(_events(response, turn)))
    return json_reply(200, response)


def _said_before(body: Fields) -> int:
    """How many tokens the earlier response ended with: its id says so, which saves keeping it.

    raises:  RefusedError for an id that does not belong to a stored response
    """
    earlier = body.get("previous_response_id")
    if earlier is None:
        return 0
    kept = _KEPT.fullmatch(str(earlier))
    if not kept:
        raise RefusedError(
            f"Previous response with id '{earlier}' not found.", code="previous_response_not_found"
        )
    return int(kept[1])


def _chat_of(body: Fields) -> Fields:
    """The same request in the form of a chat."""
    given = body["input"]
    messages = [{"role": "user", "content": given}] if isinstance(given, str) else given
    if body.get("instructions"):
        messages = [{"role": "system", "content": body["instructions"]}, *messages]
    kept = ("temperature", "tool_choice", "parallel_tool_calls")
    form = _format(body)
    return {name: body[name] for name in kept if name in body} | {
        "messages": [_message(one) for one in messages],
        "tools": [{"type": "function", "function": tool} for tool in body.get("tools") or []],
        "max_tokens": body.get("max_output_tokens"),
        "response_format": {"type": form["type"], "json_schema": form},
    }


def _message(item: Fields) -> Fields:
    """An item of the input as a chat message."""
    answers = item.get("type") == "function_call_output"
    return {"role": "tool", "content": item.get("output")} if answers else item


def _format(body: Fields) -> Fields:
    """The format of the text, as a Response states it."""
    form: Fields = (body.get("text") or {}).get("format") or {"type": "text"}
    return form


def _response(body: Fields, turn: Turn, usage: Fields) -> Fields:
    """The complete response, with every field that the reference requires."""
    stored = body.get("store", True)
    cut = turn.finish == "length"
    return {
        "id": f"resp_scripted_{usage['total_tokens']}" if stored else "resp_scripted",
        "object": "response", "created_at": int(time.time()),
        "status": "incomplete" if cut else "completed", "background": False, "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "instructions": body.get("instructions"), "metadata": {}, "model": MODEL,
        "max_output_tokens": body.get("max_output_tokens"), "output": _output(turn),
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "previous_response_id": body.get("previous_response_id"),
        "reasoning": {"effort": None, "summary": None}, "store": stored,
        "temperature": body.get("temperature", 1.0), "text": {"format": _format(body)},
        "tool_choice": body.get("tool_choice", "auto"), "tools": body.get("tools") or [],
        "top_p": body.get("top_p", 1.0), "truncation": "disabled", "usage": usage,
    }  # fmt: skip


def _output(turn: Turn) -> list[Fields]:
    if turn.calls:
        return _calls(turn)
    status = "incomplete" if turn.finish == "length" else "completed"
    return [
        {"id": "msg_scripted", "type": "message", "role": "assistant", "status": status,
         "content": [_part(turn.text)]}
    ]  # fmt: skip


def _part(text: str) -> Fields:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _calls(turn: Turn) -> list[Fields]:
    return [
        {"id": f"fc_{place}", "type": "function_call", "call_id": call["id"],
         "status": "completed", **call["function"]}
        for place, call in enumerate(turn.calls)
    ]  # fmt: skip


def _events(response: Fields, turn: Turn) -> Iterator[Fields]:
    """Yield the events of a response, in their order."""
    begun = response | {
        "status": "in_progress", "incomplete_details": None, "output": [], "usage": None,
    }  # fmt: skip
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for place, item in enumerate(response["output"]):
        empty: Fields = {"arguments": ""} if turn.calls else {"content": []}
        opening = item | {"status": "in_progress"} | empty
        yield {"type": "response.output_item.added", "output_index": place, "item": opening}
        at = {"item_id": item["id"], "output_index": place}
        yield from _pieces_of_a_call(item, at) if turn.calls else _pieces_of_a_text(turn, at)
        yield {"type": "response.output_item.done", "output_index": place, "item": item}
    yield {"type": f"response.{response['status']}", "response": response}


def _pieces_of_a_text(turn: Turn, at: Fields) -> Iterator[Fields]:
    at = at | {"content_index": 0}
    yield {"type": "response.content_part.added", **at, "part": _part("")}
    for token in turn.tokens:
        yield {"type": "response.output_text.delta", **at, "delta": token, "logprobs": []}
    yield {"type": "response.output_text.done", **at, "text": turn.text, "logprobs": []}
    yield {"type": "response.content_part.done", **at, "part": _part(turn.text)}


def _pieces_of_a_call(item: Fields, at: Fields) -> Iterator[Fields]:
    arguments = item["arguments"]
    for start in range(0, len(arguments), _PIECE):
        piece = arguments[start : start + _PIECE]
        yield {"type": "response.function_call_arguments.delta", **at, "delta": piece}
    whole: Fields = {"name": item["name"], "arguments": arguments}
    yield {"type": "response.function_call_arguments.done", **at, **whole}


async def _numbered(events: Iterator[Fields]) -> AsyncIterator[bytes]:
    for number, event in enumerate(events):
        yield event_of(event | {"sequence_number": number})
