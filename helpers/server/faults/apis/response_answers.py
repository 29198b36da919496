"""Modes of a Response's contents, and of what requests may ask of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ...events import Chunk
from ...http1 import Reply, Request
from ...replies import error_reply, page_reply
from ...upstream import Ask
from ..registry import Change, chat_mode, full_edited
from ..requests.parameters import changed, ignores, refuses, turns_down

Edit = Callable[[Chunk], object]
_mode = partial(chat_mode, apis=("responses",), group="response_answers")
_allowed = partial(_mode, legal=True)


def _full(name: str, says: str) -> Callable[[Edit], Edit]:
    """Register a mode that edits a full Response in place and leaves streams alone."""

    def register(edit: Edit) -> Edit:
        async def change(request: Request, ask: Ask) -> Reply:
            reply = await ask(request)
            return reply if reply.is_event_stream else await full_edited(reply, edit)

        _allowed(f"responses-full-{name}", says)(change)
        return edit

    return register


@_full("no-id", "Leaves the id out of full Responses.")
def _no_id(answer: Chunk) -> None:
    answer.pop("id", None)


@_full("no-date", "Leaves created_at out of full Responses.")
def _no_date(answer: Chunk) -> None:
    answer.pop("created_at", None)


@_full("no-output", "Completes full Responses without any output.")
def _no_output(answer: Chunk) -> None:
    answer["output"] = []


@_full("uncounted", "Counts no tokens in full Responses.")
def _uncounted(answer: Chunk) -> None:
    answer["usage"] = None


@_full("chat-counts", "Counts tokens in full Responses by the names that a chat has for them.")
def _chat_counts(answer: Chunk) -> None:
    usage = answer["usage"]
    answer["usage"] = {
        "prompt_tokens": usage["input_tokens"], "completion_tokens": usage["output_tokens"],
        "total_tokens": usage["total_tokens"],
    }  # fmt: skip


@_full("no-reason", "Does not say why a full Response is incomplete.")
def _no_reason(answer: Chunk) -> None:
    answer["incomplete_details"] = None


@_full("all-completed", "Calls full Responses completed whose tokens ran out.")
def _all_completed(answer: Chunk) -> None:
    answer |= {"status": "completed", "incomplete_details": None}


@_full("chat-calls", "Puts a call into full Responses as a chat has it, its function inside.")
def _chat_calls(answer: Chunk) -> None:
    for item in answer["output"]:
        if item.get("type") == "function_call":
            item["function"] = {name: item.pop(name) for name in ("name", "arguments")}


def _input(body: dict[str, Any]) -> list[Any]:
    given = body.get("input")
    return given if isinstance(given, list) else []


def _failed() -> Reply:
    return page_reply(500, "Internal Server Error", "It failed.")


def _no_such_path() -> Reply:
    return error_reply(404, "Invalid URL (POST /v1/responses)")


def _not_with_this_model() -> Reply:
    return error_reply(400, "This model does not support the Responses API.")


def _any(body: dict[str, Any]) -> bool:
    return True


def _many_turns(body: dict[str, Any]) -> bool:
    return len(_input(body)) > 2


def _no_input(body: dict[str, Any]) -> bool:
    return "input" not in body


def _earlier(body: dict[str, Any]) -> bool:
    return "previous_response_id" in body


_mode("responses-not-there", "Has no path for Responses.", expects="not-found")(
    turns_down(_any, _no_such_path)
)
_mode("responses-refused", "Refuses every Response with 400.", expects="refused-request")(
    turns_down(_any, _not_with_this_model)
)
_ASKED: dict[str, tuple[str, Change]] = {
    "refuses-turns": (
        "Refuses a Response with 400 where earlier turns are sent.",
        turns_down(_many_turns, lambda: error_reply(400, "'input' must be a single message.")),
    ),
    "fails-at-turns": (
        "Answers 500 where earlier turns are sent for a Response.",
        turns_down(_many_turns, _failed),
    ),
    "ignores-tools": ("Accepts a Response's tools and ignores them.", ignores("tools")),
    "refuses-tools": ("Refuses a Response with tools.", refuses("tools")),
    "ignores-previous": (
        "Accepts previous_response_id and begins anew.", ignores("previous_response_id"),
    ),
    "refuses-previous": (
        "Refuses to continue an earlier Response.", refuses("previous_response_id"),
    ),
    "fails-at-previous": (
        "Answers 500 to any request that continues an earlier Response.",
        turns_down(_earlier, _failed),
    ),
    "fails-without-input": (
        "Answers 500 to a request for a Response without input.", turns_down(_no_input, _failed),
    ),
}  # fmt: skip
for _name, (_says, _change) in _ASKED.items():
    _allowed(f"responses-{_name}", _says)(_change)


@_allowed("responses-never-refuses", "Answers a request for a Response without input.")
async def _never_refuses(request: Request, ask: Ask) -> Reply:
    if not _no_input(request.json):
        return await ask(request)
    return await ask(changed(request, model="endpointscope-tiny", input="Hello"))
