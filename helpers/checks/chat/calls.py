"""What came of a model's calls: run, failed, not run, unknown or broken, and whose fault it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ...client.exchange import Exchange
from ...finding import Finding, Level
from ...wire.answer import ToolCall
from ...wire.request import Api
from .functions import ArgumentsError, Tool
from .own_message import Message

Outcome = Literal["ran", "failed", "not run", "unknown", "broken"]
Allow = Callable[[Tool, ToolCall, dict[str, Any]], Awaitable[bool]]

# A model that calls and calls is stopped after so many rounds.
MOST_ROUNDS = 8
NOT_RUN = "The user did not run this tool."
TOO_MANY = "Not run: this was called too often in a row."


@dataclass(frozen=True)
class Called:
    """A call and what came of it.

    says:  the function's result, or why there is none; what goes back to the model
    """

    call: ToolCall
    outcome: Outcome
    says: str


def results(called: Sequence[Called], api: Api) -> tuple[Message, ...]:
    """The answers to calls, as the next request holds them; a Messages request in one message."""
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
    """What comes of a call.

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
    """What there is to say of calls that went wrong, and whose fault it is."""
    return [found for one in called if (found := _judged(exchange, one))]


def _judged(exchange: Exchange, one: Called) -> Finding | None:
    name = one.call.name[:80] or "without a name"
    if one.outcome == "unknown":
        return Finding(
            "tool-unknown", "remark", "The model called a tool that was not offered.",
            f"{name}: {one.says}",
            "That is the model's doing. Fewer tools with plainer names help, or tool_choice.",
        )  # fmt: skip
    if one.outcome == "broken":
        return Finding(
            "tool-arguments", "remark", "The arguments of a call cannot be used.",
            f"{name}({one.call.arguments[:200]}): {one.says}", _whose(exchange),
        )  # fmt: skip
    if one.outcome == "failed":
        return Finding(
            "tool-failed", "remark", "Your function raised an error, and the model was told.",
            f"{name}: {one.says}", "Mend the function, or let the model go on from there.",
        )  # fmt: skip
    if one.outcome == "not run":
        level: Level = "remark" if one.says == TOO_MANY else "pass"
        do = f"After {MOST_ROUNDS} rounds the loop ends. Say what to do next."
        return Finding("tool-not-run", level, f"{name} was called and not run.", one.says, do)
    return None


def _whose(exchange: Exchange) -> str:
    if exchange.answer.finish_reason == "length":
        return "Yours: the limit of tokens cut the call. Raise max tokens."
    if exchange.streamed:
        return (
            "The model's doing, or the server's parser lost a piece: ask with stream=False. Where "
            "the call is whole then, it is the server."
        )
    return "The model's doing: the server does not hold it to the schema. strict may help."
