"""Modes of tool calls: canned ones, streamed correctly and incorrectly."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ...http1 import Reply, Request
from ...replies import answer
from ...upstream import Ask
from ..registry import chat_mode

Call = dict[str, Any]

NAME = "get_weather"
ARGUMENTS = {"city": "Berlin", "unit": "celsius", "days": 3, "note": "for a walk in the trees"}
PIECE = 5


def _pieces(index: int = 0, name: str = NAME) -> list[Call]:
    """A call in pieces: its id, type and name first, then its arguments bit by bit."""
    text = json.dumps(ARGUMENTS)
    parts = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
    first = {"index": index, "id": f"call_{index}_demo", "type": "function"}
    rest = [{"index": index, "function": {"arguments": part}} for part in parts]
    return [first | {"function": {"name": name, "arguments": ""}}, *rest]


def _calling(request: Request, pieces: Iterable[Call], *, arguments: object = None) -> Reply:
    """An answer that is a tool call: these pieces if streamed, otherwise a whole call."""
    function = {"name": NAME, "arguments": arguments or json.dumps(ARGUMENTS)}
    call = {"id": "call_0_demo", "type": "function", "function": function}
    message = {"content": None, "tool_calls": [call]}
    deltas = [{"tool_calls": [piece]} for piece in pieces]
    return answer(request, deltas, message=message, finish="tool_calls")


@chat_mode("tool-call-only", "Answers with a tool call and no text.", legal=True, writes=True)
async def _tool_call_only(request: Request, ask: Ask) -> Reply:
    return _calling(request, _pieces())


@chat_mode("tool-whole", "Sends a whole tool call in one delta.", legal=True, writes=True)
async def _tool_whole(request: Request, ask: Ask) -> Reply:
    first, *_ = _pieces()
    function = {"name": NAME, "arguments": json.dumps(ARGUMENTS)}
    return _calling(request, [first | {"function": function}])


@chat_mode("tool-two", "Sends two tool calls, numbered 0 and 1.", legal=True, writes=True)
async def _tool_two(request: Request, ask: Ask) -> Reply:
    return _calling(request, [*_pieces(), *_pieces(1, "get_time")])


@chat_mode(
    "tool-no-index",
    "Sends the pieces of a tool call without its index.",
    also=("tool-call-without-index",),
    writes=True,
)
async def _tool_no_index(request: Request, ask: Ask) -> Reply:
    pieces = ({key: piece[key] for key in piece if key != "index"} for piece in _pieces())
    return _calling(request, pieces)


@chat_mode(
    "tool-same-index",
    "Sends two tool calls under the same index.",
    also=("tool-call-index-again",),
    writes=True,
)
async def _tool_same_index(request: Request, ask: Ask) -> Reply:
    second = (piece | {"index": 0} for piece in _pieces(1, "get_time"))
    return _calling(request, [*_pieces(), *second])


@chat_mode(
    "tool-same-index-whole",
    "Sends two whole tool calls, each in a delta of its own, under the same index.",
    expects="tool-call-only",
    also=("tool-call-index-again",),
    writes=True,
)
async def _tool_same_index_whole(request: Request, ask: Ask) -> Reply:
    function = {"arguments": json.dumps(ARGUMENTS)}
    calls = [
        {"index": 0, "id": f"call_{place}_demo", "type": "function",
         "function": {"name": name} | function}
        for place, name in enumerate((NAME, "get_time"))
    ]  # fmt: skip
    return _calling(request, calls)


@chat_mode(
    "tool-name-repeated",
    "Repeats the name of a tool in every piece of its call.",
    also=("tool-call-name-again",),
    writes=True,
)
async def _tool_name_repeated(request: Request, ask: Ask) -> Reply:
    named = ({**piece, "function": {"name": NAME} | piece["function"]} for piece in _pieces())
    return _calling(request, named)


@chat_mode(
    "tool-arguments-object",
    "Sends a tool call's arguments as an object, not as a string.",
    expects="tool-call-only",
    also=("arguments-not-a-string",),
    writes=True,
)
async def _tool_arguments_object(request: Request, ask: Ask) -> Reply:
    first, *_ = _pieces()
    function = {"name": NAME, "arguments": ARGUMENTS}
    return _calling(request, [first | {"function": function}], arguments=ARGUMENTS)


@chat_mode(
    "tool-id-late",
    "Sends a tool call's id with its last piece.",
    also=("tool-call-id-late",),
    writes=True,
)
async def _tool_id_late(request: Request, ask: Ask) -> Reply:
    first, *middle, last = _pieces()
    identity = {"id": first.pop("id")}
    return _calling(request, [first, *middle, last | identity])
