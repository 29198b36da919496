"""What turns show: answered, taken back, cached, cut; and what may not be concluded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpers.checks.chat.calls import Called
from helpers.checks.chat.judging import judge
from helpers.checks.chat.trying import _how_it_was_cut, _how_it_went_on, context_of
from helpers.checks.chat.turns import Conversation, Step
from helpers.client.models import ModelList
from helpers.tests.support.recordings import reading_of, recorded
from helpers.tests.support.turns import answered, refused, say, usage
from helpers.wire.answer import ToolCall


def talked(*usages: dict[str, Any], **first: Any) -> Conversation:
    """Return a conversation whose turns were counted so."""
    chat = Conversation()
    for number, counts in enumerate(usages):
        say(chat, f"tree {number}", *first.get("deltas", ()), usage=counts)
    return chat


def levels(chat: Conversation) -> dict[str, str]:
    """Return the level of each finding, by its name."""
    return {found.name: found.level for found in judge(chat)}


def test_two_turns_that_were_answered_hold_up() -> None:
    """Green, with what goes back and what was cached beside it."""
    chat = talked(usage(10), usage(40, cached=20), usage(80, cached=60))
    found = judge(chat)
    assert ("conversation", "pass") == (found[0].name, found[0].level)
    assert {"own-message": "pass", "prefix-cache": "pass"}.items() <= levels(chat).items()


def test_what_is_wrong_with_a_turn_that_holds_is_told() -> None:
    """A conversation gets over most of it, and not over a key that is given away."""
    chat, broken = Conversation(), {"content": [{"type": "text", "text": "an oak"}]}
    say(chat, "tree", broken, {"content": "\ud83d elm"})
    say(chat, "tree", echoed=True)
    told = levels(chat)
    assert "pass" == told["conversation"]
    assert ("remark", "remark") == (told["content-parts"], told["lone-surrogate"])
    assert "fail" == told["key-echoed"]


def test_one_turn_is_not_judged() -> None:
    """Nor is none."""
    assert "one-turn" == judge(talked(usage(10)))[0].name
    assert "nothing-said" == judge(Conversation())[0].name


def test_a_turn_without_an_answer_is_red_and_named() -> None:
    """The finding is that of the request, with the number of its turn."""
    chat = talked(usage(10))
    step = Step("say", "a hill")
    chat.take(step, refused(chat.to_send(step), "out of order", 500))
    first = judge(chat)[0]
    assert ("fail", "turn 2") == (first.level, first.about)
    assert 1 == sum(found.level == "fail" for found in judge(chat))


def test_a_context_that_ends_and_says_so_is_no_failure() -> None:
    """A refusal for its length is the honest answer."""
    chat = talked(usage(10), usage(900))
    step = Step("say", "a hill")
    said = "request exceeds the available context size (1024 tokens)"
    chat.take(step, refused(chat.to_send(step), said))
    assert "fail" not in levels(chat).values()
    assert "remark" == levels(chat)["context-end"]


def test_a_prompt_that_no_longer_grows_is_unclear() -> None:
    """It may be cut; a count alone does not show it."""
    assert "unclear" == levels(talked(usage(500), usage(500)))["context-cut"]
    assert "context-cut" not in levels(talked(usage(500), usage(540)))
    found = levels(talked(usage(18), usage(18)))
    assert ("unclear", False) == (found["history-unread"], "context-cut" in found)


@pytest.mark.parametrize(
    ("prompts", "cached", "level"),
    [((2000, 4000), 0, "remark"), ((20, 40), 0, "unclear"), ((20, 40), None, "unclear")],
)
def test_a_cache_is_judged_where_there_is_something_to_cache(
    prompts: tuple[int, int], cached: int | None, level: str
) -> None:
    """Short prompts are not kept by anybody, and not every server counts."""
    chat = talked(*(usage(prompt, cached=cached) for prompt in prompts))
    assert level == levels(chat)["prefix-cache"]


def test_a_cache_is_judged_by_turns_that_follow_one_another() -> None:
    """What else was asked in between is what the cache holds now; more than all is no count."""
    chat = talked(usage(2000, cached=0))
    chat.interrupt()
    say(chat, "a hill", usage=usage(4000, cached=0))
    assert "unclear" == levels(chat)["prefix-cache"]
    say(chat, "a lake", usage=usage(6000, cached=4000))
    assert "pass" == levels(chat)["prefix-cache"]
    say(chat, "a moor", usage=usage(7000, cached=9000))
    found = levels(chat)
    assert ("remark", False) == (found["cached-more-than-prompt"], "prefix-cache" in found)


@pytest.mark.parametrize(
    ("first", "then", "named", "level"),
    [
        ({}, "maximum context length is 9", "one-turn", "unclear"),
        (None, "maximum context length is 9", "prompt-too-long", "fail"),
        ({"deltas": ({"reasoning": "hm"},), "finish": "length"}, "", "turn-unanswered", "unclear"),
    ],
)
def test_turns_without_an_answer_are_not_called_one_turn(
    first: dict[str, Any] | None, then: str, named: str, level: str
) -> None:
    """What stands in the way comes first."""
    chat = Conversation()
    if first is not None:
        say(chat, "a tree", *first.get("deltas", ()), finish=first.get("finish", "stop"))
    if then:
        step = Step("say", "a hill")
        chat.take(step, refused(chat.to_send(step), then))
    assert (named, level) == (judge(chat)[0].name, judge(chat)[0].level)


def test_a_tool_result_that_is_refused_is_the_cause() -> None:
    """The server called the function itself."""
    function = {"name": "get_weather", "arguments": "{}"}
    piece = {"index": 0, "id": "c1", "type": "function", "function": function}
    chat = talked(usage(10))
    say(chat, "weather?", {"tool_calls": [piece]}, finish="tool_calls")
    chat.note_calls([Called(ToolCall("c1", "get_weather", "{}"), "ran", "sunny")])
    step = Step("results")
    chat.take(step, refused(chat.to_send(step), "Invalid role: 'tool'"))
    assert ("tool-result-refused", "fail") == (judge(chat)[0].name, judge(chat)[0].level)
    assert ["assistant", "tool"] == [message["role"] for message in chat.messages[-2:]]


def test_keys_are_not_blamed_where_the_text_alone_is_refused_too() -> None:
    """They go back again, and no remark accuses them."""
    chat = talked(usage(10), usage(40), deltas=({"content": "oak", "reasoning": "hm"},))
    step = Step("say", "b")
    assert chat.give_way(refused(chat.to_send(step), "no", 500))
    again = refused(chat.to_send(step), "no", 500)
    chat.settle(again)
    chat.take(step, again)
    assert ("reasoning" in chat.messages[-1], False) == (True, "own-keys-refused" in levels(chat))


def test_keys_that_were_refused_are_a_remark() -> None:
    """It holds up without them, and what to send is said."""
    chat = talked(usage(10), deltas=({"content": "oak", "reasoning": "hm"},))
    assert chat.give_way(refused(chat.to_send(Step("say", "b")), "reasoning is not permitted"))
    say(chat, "b", usage=usage(40))
    found = {one.name: one for one in judge(chat)}
    assert "remark" == found["own-keys-refused"].level
    assert "reasoning" in found["own-keys-refused"].evidence
    assert "fail" not in levels(chat).values()


def test_a_stopped_answer_is_no_failure() -> None:
    """It was ended from this side."""
    chat = talked(usage(10))
    say(chat, "a hill", {"content": "a du"}, finish=None, end="closed")
    assert "conversation" == judge(chat)[0].name


@pytest.mark.parametrize(
    ("more", "level"),
    [
        ("and counts the dew", "pass"),
        ("The tree wakes before the sun", "remark"),
        ("", "unclear"),
        ("An oak counts the dew", "unclear"),
    ],
)
def test_going_on_is_told_from_beginning_anew(more: str, level: str) -> None:
    """By the answer's own beginning."""
    begun = "The tree wakes before the sun "
    assert level == _how_it_went_on(begun, answered((), {"content": more})).level


def test_cut_needs_a_lost_beginning_and_a_found_end() -> None:
    """A model that says neither is no ground for an accusation."""
    cut = answered((), {"content": "COBALT"}, usage=usage(1000))
    assert "fail" == _how_it_was_cut(cut).level
    assert "unclear" == _how_it_was_cut(answered((), {"content": "I do not know"})).level


@pytest.mark.parametrize(
    ("entry", "size"),
    [({"max_model_len": 8192}, 8192), ({"meta": {"n_ctx": 1024}}, 1024), ({}, None),
     ({"context_length": "many"}, None)],
)  # fmt: skip
def test_the_list_of_models_tells_the_context(entry: dict[str, Any], size: int | None) -> None:
    """In whichever place; None where it doesn't."""
    body = json.dumps({"data": [{"id": "oak"} | entry]}).encode()
    reading = reading_of(recorded([(0.1, body)], headers=()))
    assert size == context_of(ModelList(("oak",), "oak", (), reading), "oak")
