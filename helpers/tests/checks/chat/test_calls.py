"""Python functions as tools: their schema, what a model fills it with, and what comes of a call."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Literal

import pytest

from helpers.checks.chat.calls import Called, answer, judge_calls, results
from helpers.checks.chat.functions import ArgumentsError, Tool, ToolError, tool_of
from helpers.checks.chat.turns import Conversation, Step
from helpers.tests.support.turns import answered, say
from helpers.wire.answer import ToolCall


def get_weather(city: str, unit: Literal["C", "F"] = "C", days: int = 1) -> dict[str, Any]:
    """The weather of a city."""
    if city == "nowhere":
        raise LookupError("no such city")
    return {"city": city, "degrees": 18, "unit": unit, "days": days}


def call(name: str = "get_weather", **arguments: Any) -> ToolCall:
    """Return a call as a model makes it."""
    return ToolCall("c1", name, json.dumps(arguments))


def came(made: ToolCall, *, auto: bool = False, allowed: bool = True) -> Called:
    """Return what comes of a call."""

    async def allow(*_: Any) -> bool:
        return allowed

    return asyncio.run(answer(made, {"get_weather": tool_of(get_weather, auto=auto)}, allow))


def test_hints_and_docstring_become_the_schema() -> None:
    """Defaults are not required, nothing else is allowed, and no titles cost tokens."""
    told = tool_of(get_weather).as_sent("chat")["function"]
    assert ("get_weather", "The weather of a city.") == (told["name"], told["description"])
    assert {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "unit": {"type": "string", "enum": ["C", "F"], "default": "C"},
            "days": {"type": "integer", "default": 1},
        },
        "required": ["city"],
        "additionalProperties": False,
    } == told["parameters"]
    assert "get_weather" == tool_of(get_weather).as_sent("responses")["name"]
    assert {"name", "description", "input_schema"} == {*tool_of(get_weather).as_sent("messages")}


def test_a_messages_request_holds_all_results_in_one_message() -> None:
    """What went wrong is an error there; a turn of the user's begins with none of its own."""
    made = [Called(call(city=city), how, city) for city, how in (("a", "ran"), ("b", "failed"))]
    (said,) = results(made, "messages")
    assert ("user", ["a", "b"]) == (said["role"], [one["content"] for one in said["content"]])
    assert [None, True] == [one.get("is_error") for one in said["content"]]
    assert () == results([], "messages")


def test_what_no_schema_can_be_made_of_is_refused() -> None:
    """With the hints that can."""

    class Odd:
        pass

    def takes(thing: Odd) -> None: ...
    def many(*things: str) -> None: ...

    for function, expected in ((takes, "hints of takes"), (many, "named arguments")):
        with pytest.raises(ToolError, match=expected):
            tool_of(function)
    with pytest.raises(ToolError, match="a function with a name"):
        tool_of(lambda: None)


@pytest.mark.parametrize(
    ("text", "named"),
    [('{"city": 5}', "city"), ('{"unit": "C"}', "city"), ('{"city": "x", "day": 1}', "day"),
     ('{"city": "x", "unit": "K"}', "unit"), ('{"city": "Ber', "the whole"), ("[]", "the whole")],
)  # fmt: skip
def test_arguments_are_validated_field_by_field(text: str, named: str) -> None:
    """Before the function sees them."""
    with pytest.raises(ArgumentsError, match=f"^{named}: "):
        tool_of(get_weather).arguments(text)


def test_a_call_runs_only_when_it_may() -> None:
    """What is marked harmless is not asked for."""
    assert ("ran", {"city": "Rome", "degrees": 18, "unit": "C", "days": 1}) == (
        came(call(city="Rome")).outcome, json.loads(came(call(city="Rome")).says),
    )  # fmt: skip
    assert "not run" == came(call(city="Rome"), allowed=False).outcome
    assert "ran" == came(call(city="Rome"), auto=True, allowed=False).outcome


def test_an_async_function_is_awaited() -> None:
    """In the kernel's own loop."""

    async def wait(s: float) -> str:
        """Wait."""
        return f"{s} waited"

    tool: Tool = tool_of(wait)
    assert "0.5 waited" == asyncio.run(tool.run(tool.arguments('{"s": 0.5}')))


@pytest.mark.parametrize(
    ("made", "finish", "outcome", "name", "whose"),
    [
        (call("get_time"), "tool_calls", "unknown", "tool-unknown", "The model did that"),
        (call(town="Rome"), "tool_calls", "broken", "tool-arguments", "The model did that"),
        (ToolCall("c", "get_weather", '{"ci'), "length", "broken", "tool-arguments", "Yours"),
        (call(city="nowhere"), "tool_calls", "failed", "tool-failed", "Fix the function"),
    ],
)
def test_what_went_wrong_is_named_with_whose_fault_it_is(
    made: ToolCall, finish: str, outcome: str, name: str, whose: str
) -> None:
    """And the model is told in any case."""
    one = came(made)
    assert outcome == one.outcome
    assert one.says == results([one], "chat")[0]["content"]
    (found,) = judge_calls(answered((), {"content": "x"}, finish=finish), [one])
    assert (name, "remark") == (found.name, found.level)
    assert whose in found.do


@pytest.mark.parametrize(
    ("delta", "name"),
    [
        ({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}},
                         {"index": 1, "id": "a", "function": {"name": "f", "arguments": "{}"}}]},
         "tool-call-id"),
        ({"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{}"}}]},
         "tool-call-id"),
        ({"content": '<tool_call>{"name": "get_weather"}</tool_call>'}, "tool-call-in-text"),
        ({"content": '<tool_call>{"name": "get_time"}</tool_call>'}, ""),
        ({"content": "get_weather is a function"}, ""),
    ],
)  # fmt: skip
def test_calls_that_no_program_can_answer_are_named(delta: dict[str, Any], name: str) -> None:
    """Without an id of their own, or as text; text that only speaks of a tool is text."""
    offered = [{"type": "function", "function": {"name": "get_weather"}}]
    exchange = answered((), delta)
    exchange.request = exchange.request.without(tools=offered)
    assert name == "".join(found.name for found in judge_calls(exchange, []))


def test_arguments_that_were_encoded_twice_are_the_servers_doing() -> None:
    """A string in which the object stands."""
    one = came(ToolCall("c", "get_weather", json.dumps('{"city": "Rome"}')))
    (found,) = judge_calls(answered((), {"content": "x"}), [one])
    assert "twice" in found.do


def test_calls_go_back_with_their_results() -> None:
    """A call that was not answered would make the next request invalid."""
    function = {"name": "get_weather", "arguments": '{"city": "Rome"}'}
    piece = {"index": 0, "id": "c1", "type": "function", "function": function}
    chat = Conversation()
    say(chat, "weather?", {"tool_calls": [piece]}, finish="tool_calls")
    chat.note_calls([came(call(city="Rome"))])
    sent = chat.to_send(Step("results"))
    assert ["user", "assistant", "tool"] == [message["role"] for message in sent]
    chat.take(Step("results"), answered(sent, {"content": "sunny"}))
    (turn,) = chat.turns
    assert (2, "sunny") == (len(turn.rounds), turn.text)
    roles = [message["role"] for message in chat.to_send(Step("say", "and in Oslo?"))]
    assert ["user", "assistant", "tool", "assistant", "user"] == roles
    assert 1 == len(chat.to_send(Step("again")))
