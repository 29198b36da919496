"""The plan's requests to the Responses API."""

from __future__ import annotations

from typing import Any

from ....wire.request import Request, chat
from ..shots import Shots
from . import prompts
from .step import TOKENS, TOKENS_TO_THINK, Asking, lack, raw, step


def asked(asking: Asking, messages: list[prompts.Message] | None = None, **changed: Any) -> Request:
    """A request for a response, which the server need not store."""
    asked = tuple(messages or prompts.poem(asking.prompt))
    given = {"max_tokens": _room(asking, TOKENS), "store": False, **asking.extra, **changed}
    return chat(asked, model=asking.model, **{"stream": False, **given}, api="responses")


def _room(asking: Asking, tokens: int) -> int:
    return TOKENS_TO_THINK if asking.thinks else tokens


def _tool(*cities: str) -> prompts.Message:
    """The tool in the Responses API's form, which has the function's fields at the top level."""
    function: prompts.Message = prompts.tool(*cities)["function"]
    return {"type": "function", **function}


@step("response", after=("chat",))
def _response(asking: Asking, shots: Shots) -> Request:
    return asked(asking)


@step("response-stream", after=("response",), tokens=60 + TOKENS)
def _response_stream(asking: Asking, shots: Shots) -> Request:
    shots.answered("response")
    # With room to end by itself: only a completed response must finish everything it began.
    return asked(asking, stream=True, max_tokens=_room(asking, 2 * TOKENS))


@step("response-turns", after=("response",), tokens=70)
def _response_turns(asking: Asking, shots: Shots) -> Request:
    shots.answered("response")
    more = [{"role": "assistant", "content": "A tree."}, {"role": "user", "content": "And now?"}]
    return asked(asking, [*prompts.poem(asking.prompt), *more])


@step("response-tools", after=("response",), tokens=120)
def _response_tools(asking: Asking, shots: Shots) -> Request:
    shots.answered("response")
    return asked(asking, prompts.weather(), tools=[_tool()], tool_choice="required")


@step("response-tools-stream", after=("response-tools",), tokens=120)
def _response_tools_stream(asking: Asking, shots: Shots) -> Request:
    if not shots["response-tools"].answer.tool_calls:
        raise lack("no tool call came, so none can be streamed")
    return asked(
        asking, prompts.weather(), tools=[_tool()], tool_choice="required", stream=True
    )  # fmt: skip


@step("response-kept", after=("response",))
def _response_kept(asking: Asking, shots: Shots) -> Request:
    shots.answered("response")
    return asked(asking, store=True)


@step("response-next", after=("response-kept",), tokens=100)
def _response_next(asking: Asking, shots: Shots) -> Request:
    kept = shots.answered("response-kept").answer.id
    if not kept:
        raise lack("the response has no id to go on from")
    return asked(asking, prompts.messages("And now?"), store=True, previous_response_id=kept)


@step("response-empty", after=("response",), tokens=0)
def _response_empty(asking: Asking, shots: Shots) -> Request:
    shots.answered("response")
    return raw(asking, "responses")
