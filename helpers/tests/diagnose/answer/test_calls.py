"""Tool calls that no program can run, and those that are only odd to look at."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpers.tests.support.judged import FIRST, paced, remarked
from helpers.tests.support.recordings import recorded
from helpers.tests.support.streams import DONE, event
from helpers.wire.reading import read
from helpers.wire.recording import Recording

GOOD = {"id": "c", "function": {"name": "plant", "arguments": '{"kind": "oak"}'}}

# How the templates of Qwen, DeepSeek, Kimi, Llama, Mistral, Phi, Cohere, gpt-oss, Claude, MiniMax,
# Gemma, Seed, InternLM, LongCat, LFM and Apertus begin a call.
IN_TEXT = [
    "<tool_call>\n<function=plant>",
    "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>plant",
    '<｜DSML｜function_calls>\n<｜DSML｜invoke name="plant">',
    "<|tool_calls_section_begin|><|tool_call_begin|>functions.plant:0",
    '<|python_tag|>plant.call(kind="oak")', '[TOOL_CALLS]plant[ARGS]{"kind": "oak"}',
    '<|tool_call|>[{"name": "plant"}]', '<|START_ACTION|>[{"tool_name": "plant"}]',
    "<|channel|>commentary to=functions.plant <|message|>{}", '<invoke name="plant">',
    '<minimax:tool_call>\n<invoke name="plant">', '<tool_calls>\n{"name": "plant"}',
    "<start_function_call>call:plant{}", "<|tool_call>call:plant{}<tool_call|>",
    "<seed:tool_call>plant", '<|action_start|><|plugin|>\n{"name": "plant"}',
    '<longcat_tool_call>{"name": "plant"}', "<|tool_call_start|>[plant()]",
    '<|tools_prefix|>[{"plant": {}}]', "```tool_code\nprint(plant())\n```",
]  # fmt: skip
TWICE = json.dumps('{"kind": "oak"}')


def called(
    call: dict[str, Any], finish: str = "tool_calls", message: Any = None, **asked: Any
) -> Recording:
    """Return a whole answer that calls a tool, or holds another message."""
    message = message or {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    body = {"model": "oak", "choices": [choice], "usage": {"completion_tokens": 1}}
    return recorded(
        [(0.1, json.dumps(body).encode())], headers=(("Content-Type", "application/json"),),
        request_body=json.dumps({"model": "oak", **asked}).encode(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("function", "found"),
    [
        ({"arguments": "{}"}, {"tool-call-without-name": "fail"}),
        ({"name": "plant", "arguments": '{"kind": "o'}, {"tool-arguments-not-json": "remark"}),
        ({"name": "plant", "arguments": TWICE}, {"tool-arguments-twice": "remark"}),
        ({"name": "plant", "arguments": ""}, {}),
        (GOOD["function"], {}),
    ],
)
def test_what_keeps_a_call_from_being_run_is_named(
    function: dict[str, str], found: dict[str, str]
) -> None:
    """No arguments at all are those of a tool that takes none."""
    assert found == remarked(called({"id": "c", "function": function}))


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ({"tool_calls": GOOD}, {"tool-calls-not-a-list": "fail"}),
        ({"tool_calls": [{"id": "c", **GOOD["function"]}]}, {"tool-call-flat": "fail"}),
    ],
)
def test_a_call_in_another_form_is_read_and_named(
    message: dict[str, Any], found: dict[str, str]
) -> None:
    """What it calls is not lost, and programs do not see it."""
    recording = called({}, message={"role": "assistant", "content": None, **message})
    assert found == remarked(recording)
    assert [("c", "plant")] == [call[:2] for call in read(recording).answer.tool_calls]


def test_the_old_form_of_a_call_is_legal() -> None:
    """It has neither an index nor an id."""
    pieces = ({"name": "plant", "arguments": ""}, {"arguments": "{}"})
    parts = [event({"function_call": piece}) for piece in pieces]
    streamed = paced([FIRST, *parts, event({}, "function_call"), DONE])
    old = {"role": "assistant", "content": None, "function_call": GOOD["function"]}
    assert {} == remarked(streamed) == remarked(called({}, "function_call", old))


def test_the_old_form_for_tools_is_named() -> None:
    """Who offers tools reads tool_calls."""
    message = {"role": "assistant", "content": None, "function_call": GOOD["function"]}
    tools = [{"type": "function", "function": {"name": "plant"}}]
    found = remarked(called({}, "function_call", message, tools=tools))
    assert {"old-function-call": "fail"} == found
    both = called({}, "function_call", message, tools=tools, functions=[tools[0]["function"]])
    assert {} == remarked(both)


def test_calls_without_ids_under_one_index_stay_apart() -> None:
    """Another name after whole arguments is another call; pieces of one name are one."""
    calls = [{"index": 0, "function": {"name": name, "arguments": '{"a": 1}'}} for name in "pq"]
    parts = [event({"tool_calls": [one]}) for one in calls]
    streamed = paced([FIRST, *parts, event({}, "tool_calls"), DONE])
    assert ["p", "q"] == [call.name for call in read(streamed).answer.tool_calls]
    assert remarked(streamed)["tool-call-index-again"] == "fail"


@pytest.mark.parametrize(
    ("pieces", "came"),
    [
        (["p{", "p}", "p"], ["{}"]),
        (['p{"a"', "p: 1}", "p"], ['{"a": 1}']),
        (['p{"a": 1}', "p"], ['{"a": 1}']),
        (["p", '{"a": 1}', "p", '{"a": 2}'], ['{"a": 1}', '{"a": 2}']),
        (['p{"a": 1}', "p", 'p{"a": 2}'], ['{"a": 1}', '{"a": 2}']),
    ],
)
def test_a_name_that_only_comes_again_begins_no_call(pieces: list[str], came: list[str]) -> None:
    """Some servers repeat it with each piece, and with the finish reason."""
    functions = [
        {"name": "p"} | ({"arguments": piece[1:]} if piece[1:] else {})
        if piece[0] == "p" else {"arguments": piece}
        for piece in pieces
    ]  # fmt: skip
    parts = [event({"tool_calls": [{"index": 0, "function": one}]}) for one in functions]
    answer = read(paced([FIRST, *parts, event({}, "tool_calls"), DONE])).answer
    assert came == [call.arguments for call in answer.tool_calls]


def test_an_id_that_changes_is_remarked() -> None:
    """The first one counts."""
    pieces = [{"index": 0, "id": f"c{at}", "function": {"arguments": "{}"[at]}} for at in (0, 1)]
    pieces[0]["function"]["name"] = "plant"
    parts = [event({"tool_calls": [piece]}) for piece in pieces]
    streamed = paced([FIRST, *parts, event({}, "tool_calls"), DONE])
    assert {"tool-call-id-changes": "remark"} == remarked(streamed)


def test_half_a_call_is_not_judged() -> None:
    """Where the tokens ran out, and where a tool takes any text."""
    call = {"id": "c", "function": {"name": "plant", "arguments": '{"kind": "o'}}
    assert {"length": "remark"} == remarked(called(call, "length"))
    assert {} == remarked(called(call, tools=[{"type": "custom", "custom": {"name": "plant"}}]))


@pytest.mark.parametrize("tools", [5, "plant", {"function": 5}, [5, {"function": 5}]], ids=str)
def test_tools_of_any_kind_are_no_error(tools: Any) -> None:
    """A recorded request may hold anything."""
    assert {} == remarked(called(GOOD, tools=tools))


def test_calls_that_the_end_does_not_fit_are_remarked() -> None:
    """A call in the text counts only where tools were sent."""
    text = '<tool_call>{"name": "plant"}</tool_call>'
    for content, asked, found in (
        ("An oak.", [GOOD], {"tool-calls-missing": "remark"}),
        (text, [GOOD], {"tool-call-in-text": "fail"}),
        (text, [], {"tool-calls-missing": "remark"}),
    ):
        message = {"role": "assistant", "content": content}
        recording = called(GOOD, message=message, tools=asked)
        assert found == remarked(recording)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        *((text, "fail") for text in IN_TEXT),
        ('{"name": "plant", "parameters": {"kind": "oak"}}', "remark"),
        ('[plant(kind="oak")]', "remark"),
        ("Hermes writes `<tool_call>plant</tool_call>` for this.", "remark"),
        ("For example:\n```\n<tool_call>plant</tool_call>\n```", "remark"),
        ("I call `plant`.\n<tool_call>plant</tool_call>", "fail"),
        ('<tool_call>{"name": "fell"}</tool_call>', "remark"),
        ('{"name": "Oak", "kind": "plant"}', ""),
        ("I would call plant(kind) for this.", ""),
        ('<form action="plant"><toolbar>plant</toolbar></form>', ""),
    ],
)
def test_a_call_stands_in_the_text_in_any_templates_words(text: str, level: str) -> None:
    """A template's call of an offered tool is the server's; bare JSON may be a weak model's."""
    message = {"role": "assistant", "content": text}
    tools = [{"type": "function", "function": {"name": "plant"}}]
    recording = called(GOOD, "stop", message, tools=tools)
    assert level == remarked(recording).get("tool-call-in-text", "")
    if level == "fail":
        forbidden = called(GOOD, "stop", message, tools=tools, tool_choice="none")
        besides = called(GOOD, message=message | {"tool_calls": [GOOD]}, tools=tools)
        cut = called(GOOD, "length", message, tools=tools)
        for recording in (forbidden, besides, cut):
            assert "remark" == remarked(recording)["tool-call-in-text"]


def test_a_tool_that_was_not_offered_is_remarked() -> None:
    """Kimi's parser may leave functions. in front of the name."""
    tools = [{"type": "function", "function": {"name": "functions.plant"}}]
    assert {"tool-call-unknown": "remark"} == remarked(called(GOOD, tools=tools))
    assert {} == remarked(called(GOOD, tools=[{"type": "function", "function": {"name": "plant"}}]))


def test_two_calls_of_one_id_are_remarked() -> None:
    """Programs answer a call by its id."""
    again = {"role": "assistant", "content": None, "tool_calls": [GOOD, GOOD]}
    assert {"tool-call-id-again": "remark"} == remarked(called(GOOD, message=again))
