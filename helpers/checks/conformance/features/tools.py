"""Checks of unstreamed tool calls, and of sending their results back."""

from __future__ import annotations

import re
from typing import Any

from ....finding import Conformance
from ....wire.parsing import objects, parsed
from ....wording import counted
from ..check import (
    Result,
    beside_chat,
    check,
    deviates,
    ignored,
    no_call,
    passed,
    tolerated,
    turned_down,
    unclear,
)
from ..plan.prompts import TOOL
from ..plan.tools import calling
from ..shots import Shot, Shots

CALL = "OpenAI's ChatCompletionMessageToolCall"
FULL = ("tools-named", "tools-required", "tools-auto")
_STREAMS = ("tools-stream", "tools-two")
_IN_TEXT = re.compile(
    r"<tool_call>|<function=|<\|tool_call|\[TOOL_CALLS\]|\{\s*\"name\"\s*:\s*\"" + TOOL + r"\""
)
_OR_REFUSED: tuple[Conformance, ...] = ("pass", "ignored", "refused")


@check(
    "tools-forced", "tools", "feature", f"a tool_choice that names {TOOL} makes the model call it",
    core=True, key=True, needs=("chat", *FULL), gives=(*_OR_REFUSED, "tolerated"),
    source="OpenAI's ChatCompletionToolChoiceOption",
    why="Tools that are accepted and ignored look like a model that will not call.",
    do="llama.cpp: --jinja; vLLM: --enable-auto-tool-choice and a --tool-call-parser.",
)  # fmt: skip
def _tools_forced(shots: Shots) -> Result:
    shots.answered("chat")
    named = shots["tools-named"]
    no = turned_down(named)
    if no and no.verdict != "refused":
        return no
    if not no and (calls := named.answer.tool_calls):
        if calls[0].name == TOOL:
            return passed("it was called", named, named.json_of(_calls(named)[:1]))
        return tolerated(f"another function was called: {calls[0].name!r}"[:120], named)
    if called := calling(shots):
        how = "refused" if no else "ignored"
        choice = shots[called].sent.get("tool_choice")
        return tolerated(f"a named choice is {how}; {choice!r} brings a call", named)
    if no:
        return no
    return no_call(named)


@check(
    "tools-required", "tools", "feature", "tool_choice required makes the model call some tool",
    needs=("chat", "tools-required"), gives=_OR_REFUSED,
    source="OpenAI's ChatCompletionToolChoiceOption",
    why="Agents that must act get text.", do="Name the tool in tool_choice.",
)  # fmt: skip
def _tools_required(shots: Shots) -> Result:
    shot = beside_chat(shots, "tools-required")
    if shot.answer.tool_calls:
        return passed("a call came", shot)
    return no_call(shot)


@check(
    "tools-none", "tools", "feature", "tool_choice none prevents a call",
    needs=("chat", "tools-none"), gives=_OR_REFUSED,
    source="OpenAI's ChatCompletionToolChoiceOption",
    why="A call comes where a program shows text.", do="Do not send the tools.",
)  # fmt: skip
def _tools_none(shots: Shots) -> Result:
    shot = beside_chat(shots, "tools-none")
    if shot.answer.tool_calls:
        return ignored("a call came", shot, shot.json_of(_calls(shot)))
    if not calling(shots):
        return unclear("no call came with any other tool_choice either", shot)
    return passed("no call came", shot)


@check(
    "tools-arguments-string", "tools", "must", "arguments are a string that holds a JSON object",
    core=True, needs=FULL, gives=("pass", "deviates"), source=CALL,
    why="Clients hand the string to a JSON parser.",
    do="Send JSON.stringify of the arguments, not the object and not Python's repr.",
)  # fmt: skip
def _tools_arguments_string(shots: Shots) -> Result:
    shot = called(shots)
    for call in _calls(shot):
        arguments = (call.get("function") or {}).get("arguments")
        if not isinstance(arguments, str):
            return deviates("an object, not a string", shot, shot.json_of(call))
        if shot.spent and parsed(arguments.encode()) is None:
            continue
        if not isinstance(parsed(arguments.encode()), dict):
            return deviates("the string does not hold a JSON object", shot, arguments)
    whole = [call for call in shot.answer.tool_calls if parsed(call.arguments.encode()) is not None]
    if not whole:
        return unclear("the call was cut by the token limit", shot)
    return passed("a string of JSON", shot, shot.json_of(_calls(shot)[:1]))


@check(
    "tools-call-shape", "tools", "must", "a call has an id and type function",
    needs=FULL, gives=("pass", "tolerated"), source=CALL,
    why="The tool's answer refers to the id.", do="Send both.",
)  # fmt: skip
def _tools_call_shape(shots: Shots) -> Result:
    shot = called(shots)
    for call in _calls(shot):
        if not isinstance(call.get("id"), str) or not call["id"]:
            return tolerated("a call without an id", shot, shot.json_of(call))
        if call.get("type") != "function":
            return tolerated(f"type is {call.get('type')!r}"[:80], shot, shot.json_of(call))
    return passed("id and type are there", shot)


@check(
    "tools-finish-reason", "tools", "should", "finish_reason tool_calls after a call",
    needs=("tools-auto",), gives=("pass", "tolerated"), source=CALL,
    why="Some agents look at it before they look for calls.",
    do="Look for tool_calls, not at finish_reason.",
)  # fmt: skip
def _tools_finish_reason(shots: Shots) -> Result:
    shot = shots.answered("tools-auto")
    if not shot.answer.tool_calls:
        return unclear("the model did not call by itself", shot, shot.text)
    reason = shot.answer.finish_reason
    if reason == "tool_calls":
        return passed("tool_calls", shot)
    if reason is None:
        return unclear("no finish reason came", shot)
    return tolerated(f"it is {reason!r}"[:80], shot)


@check(
    "tools-round-trip", "tools", "must", "the tool's answer is accepted, and an answer comes",
    core=True, needs=(*FULL, "tools-answer"), gives=("pass", "deviates"),
    source="OpenAI's ChatCompletionRequestToolMessage",
    why="An agent stops after its first call.",
    do="Look at the chat template; send content \"\" in place of null.",
)  # fmt: skip
def _tools_round_trip(shots: Shots) -> Result:
    shot = shots["tools-answer"]
    status = shot.status or 0
    if status in (429, 502, 503, 504):
        return unclear(f"status {status}", shot, shot.words)
    if status != 200 or shot.error:
        return deviates(f"status {status}", shot, shot.words or shot.error)
    if not (shot.text.strip() or shot.answer.tool_calls or shot.answer.reasoning):
        return unclear("the answer is empty, perhaps the model's doing", shot)
    return passed("answered", shot, shot.text)


@check(
    "tools-not-in-text", "tools", "should", "no call comes as text",
    needs=("chat", *FULL), gives=("pass", "deviates"), source="nothing; programs show the text",
    why="The call is shown to a reader, and nobody runs it.",
    do="Another tool parser for this model (vLLM: --tool-call-parser).",
)  # fmt: skip
def _tools_not_in_text(shots: Shots) -> Result:
    asked = [label for label in (*FULL, *_STREAMS) if label in shots]
    answered = [shots[label] for label in asked if shots[label].status == 200]
    for shot in answered:
        if found := _IN_TEXT.search(shot.text):
            return deviates("a call came as text", shot, shot.text[max(found.start() - 20, 0) :])
    if not any(shot.answer.tool_calls for shot in answered):
        return unclear("no call came at all", answered[0] if answered else None)
    return passed(f"none in {counted(len(answered), 'answer')}")


def called(shots: Shots) -> Shot:
    """The full answer with a call.

    raises:  Lacking if no call came
    """
    if label := calling(shots):
        return shots[label]
    raise shots.lacking("no tool call came")


def _calls(shot: Shot) -> list[dict[str, Any]]:
    return objects(shot.message.get("tool_calls"))
