"""The outcome of a model's calls: run, failed, not run, unknown or broken, and who is at fault."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ...client.exchange import Exchange
from ...finding import Finding, Level
from ...wire.answer import ToolCall
from ...wire.parsing import as_object, objects, parsed
from ...wire.request import Api
from .functions import ArgumentsError, Tool
from .own_message import Message

Outcome = Literal["ran", "failed", "not run", "unknown", "broken"]
Allow = Callable[[Tool, ToolCall, dict[str, Any]], Awaitable[bool]]

# A model that keeps calling is stopped after this many rounds.
MOST_ROUNDS = 8
# The diagnosis's name for the same fault in arguments.
NOT_JSON = "tool-arguments-not-json"
# How models write a call into the text, if the server does not parse it for them.
_CALL = re.compile(
    r"<tool_call|<function|\[TOOL_CALLS\]|<\|python_tag\|>|\"(name|function|tool)\"\s*:\s*\""
)
_LONGEST = 20_000
NOT_RUN = "The user did not run this tool."
TOO_MANY = "Not run: this was called too often in a row."


@dataclass(frozen=True)
class Called:
    """A call and its outcome.

    says:  the function's result, or why there is none; this goes back to the model
    """

    call: ToolCall
    outcome: Outcome
    says: str


def results(called: Sequence[Called], api: Api) -> tuple[Message, ...]:
    """The results of calls, as the next request sends them; Messages puts them in one message."""
    if api == "messages":
        blocks = [
            {"type": "tool_result", "tool_use_id": one.call.id, "content": one.says,
             **({} if one.outcome == "ran" else {"is_error": True})}
            for one in called
        ]  # fmt: skip
        return ({"role": "user", "content": blocks},) if blocks else ()
    if api == "responses":
        return tuple(
            {"type": "function_call_output", "call_id": one.call.id, "output": one.says}
            for one in called
        )
    return tuple(
        {"role": "tool", "tool_call_id": one.call.id, "content": one.says} for one in called
    )


async def answer(call: ToolCall, tools: Mapping[str, Tool], allow: Allow) -> Called:
    """The outcome of a call.

    allow:  whether a function that is not marked harmless may run; asked only for a good call
    """
    tool = tools.get(call.name)
    if tool is None:
        offered = ", ".join(tools) or "none"
        return Called(call, "unknown", f"There is no tool {call.name[:80]!r}; offered: {offered}.")
    try:
        values = tool.arguments(call.arguments)
    except ArgumentsError as error:
        return Called(call, "broken", f"These arguments cannot be used: {error}")
    if not (tool.auto or await allow(tool, call, values)):
        return Called(call, "not run", NOT_RUN)
    try:
        return Called(call, "ran", await tool.run(values))
    except Exception as error:
        return Called(call, "failed", f"{type(error).__name__}: {error}"[:500])


def judge_calls(exchange: Exchange, called: Sequence[Called]) -> list[Finding]:
    """The findings on calls that went wrong, and whose fault it is."""
    judged = [found for one in called if (found := _judged(exchange, one))]
    return [*judged, *_ids(exchange.answer.tool_calls), *_in_the_text(exchange)]


def _judged(exchange: Exchange, one: Called) -> Finding | None:
    name = one.call.name[:80] or "without a name"
    if one.outcome == "unknown":
        return Finding(
            "tool-unknown", "remark", "The model called a tool that was not offered.",
            f"{name}: {one.says}",
            "The model did that. Fewer tools with plainer names help, or tool_choice.",
        )  # fmt: skip
    if one.outcome == "broken":
        if any(found.name == NOT_JSON for found in exchange.findings):
            return None
        return Finding(
            "tool-arguments", "remark", "The arguments of a call cannot be used.",
            f"{name}({one.call.arguments[:200]}): {one.says}", _whose(exchange, one.call),
        )  # fmt: skip
    if one.outcome == "failed":
        return Finding(
            "tool-failed", "remark", "Your function raised an error, and the model was told.",
            f"{name}: {one.says}", "Fix the function, or let the model continue from there.",
        )  # fmt: skip
    if one.outcome == "not run":
        level: Level = "remark" if one.says == TOO_MANY else "pass"
        do = f"After {MOST_ROUNDS} rounds the loop ends. Say what to do next."
        return Finding("tool-not-run", level, f"{name} was called and not run.", one.says, do)
    return None


def _whose(exchange: Exchange, call: ToolCall) -> str:
    if exchange.answer.finish_reason == "length":
        return "Yours: the token limit cut the call. Raise max tokens."
    arguments = parsed(call.arguments)
    if isinstance(arguments, str) and isinstance(parsed(arguments), dict):
        return "The server did that: it encodes the object twice, as a string in a string."
    return "The model did that: the server does not hold it to the schema. strict may help."


def _ids(calls: Sequence[ToolCall]) -> Iterator[Finding]:
    """Whether each call has an id that tells it from the others when its result goes back."""
    ids = [call.id for call in calls]
    if calls and (not all(ids) or len({*ids}) < len(ids)):
        lacks = "A call came without an id." if not all(ids) else "Two calls share one id."
        evidence = ", ".join(f"{call.name[:40]}: {call.id[:40] or 'none'}" for call in calls[:5])
        do = (
            "A result refers to its call by id: strict servers refuse it otherwise. Give each "
            "call an id of its own."
        )
        yield Finding("tool-call-id", "remark", lacks, evidence, do, verdict="deviates")


def _in_the_text(exchange: Exchange) -> Iterator[Finding]:
    """Whether a call is in the text, where no program looks for it."""
    text = exchange.text[:_LONGEST]
    if exchange.answer.tool_calls or not _CALL.search(text):
        return
    if name := next((name for name in _offered(exchange) if name in text), ""):
        yield Finding(
            "tool-call-in-text", "remark", "A call came as text: the server did not read it.",
            f"{name}: “{' '.join(text.split())[:80]}”",
            "Start the server with the parser for this model's calls (vLLM: "
            "--enable-auto-tool-choice and --tool-call-parser; llama.cpp: --jinja).",
            verdict="ignored",
        )  # fmt: skip


def _offered(exchange: Exchange) -> Iterator[str]:
    """Yield the names of the tools that a request offers."""
    for tool in objects(exchange.request.parameters.get("tools")):
        name = as_object(tool.get("function", tool)).get("name")
        if isinstance(name, str) and name:
            yield name
