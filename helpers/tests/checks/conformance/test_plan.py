"""The plan: few requests, in an order in which each finds what it is made from."""

from __future__ import annotations

import json

import pytest

from helpers.checks.conformance.catalogue import ChoiceError, checks, profiles
from helpers.checks.conformance.check import GROUPS, PROFILES
from helpers.checks.conformance.plan.chat import letters_only, stop_word
from helpers.checks.conformance.plan.step import STEPS, Asking, cost, steps_for
from helpers.checks.conformance.report import KINDS, PARAMETERS
from helpers.checks.conformance.shots import Shots
from helpers.tests.support.judged import JSON, whole

CORE = [one for one in checks() if one.core]


def test_the_core_is_cheap() -> None:
    """At most 35 requests and 2,000 tokens where no model thinks."""
    requests, tokens, deep = cost(steps_for({label for one in CORE for label in one.needs}))
    assert requests <= 35
    assert tokens < 2000
    assert 0 == deep


def test_each_step_stands_behind_those_it_is_made_from() -> None:
    """Long prompts come last; nothing is asked before what it needs."""
    order = [one.label for one in steps_for(STEPS, deep=True)]
    assert sorted(order) == sorted(STEPS)
    for one in STEPS.values():
        assert all(order.index(label) < order.index(one.label) for label in one.after)
    assert STEPS[order[-1]].deep


def test_long_prompts_are_left_out_unless_asked_for() -> None:
    """They cost tens of thousands of tokens."""
    assert not any(one.deep for one in steps_for(STEPS))


def test_a_check_says_all_that_a_reader_needs() -> None:
    """What it needs is in the plan; group, verdicts, reason, remedy and source are there."""
    for one in checks():
        assert {*one.needs, *one.also} <= set(STEPS), one.name
        assert one.group in GROUPS, one.name
        assert "pass" in one.gives, one.name
        assert "unclear" not in one.gives, one.name
        assert all((one.expected, one.why, one.do, one.source)), one.name
        assert len(one.expected) < 100, one.name


def test_names_are_known_wherever_they_stand() -> None:
    """Parameters and kinds of program refer to checks and profiles that exist."""
    names = {one.name for one in checks()}
    assert set(PARAMETERS.values()) <= names
    assert set(KINDS) == set(PROFILES)
    assert 90 < len(names)
    # Each kind of program stands or falls with a check of its own.
    assert set(PROFILES) == {one.profile for one in checks() if one.key}


def test_what_is_skipped_may_be_a_check_a_group_or_a_profile() -> None:
    """A name that nothing has is a wrong call, with a guess."""
    left = {one.name for one in checks(["tools", "usage", "param-n"])}
    assert not left & {"tools-forced", "usage-sum", "param-n"}
    assert "param-seed" in left
    with pytest.raises(ChoiceError, match="Did you mean tools"):
        checks(["tool"])
    with pytest.raises(ChoiceError, match="There are chat, streaming"):
        profiles("chat+zzz")
    assert PROFILES == profiles("all")
    assert ("chat", "tools") == profiles("chat + tools")


def test_a_refused_parameter_is_left_out_or_renamed() -> None:
    """Only what the refusal names changes, and the report says so."""
    asking = Asking("a poem", "oak")
    assert not asking.refused(401, "temperature")
    assert not asking.refused(400, "no such thing")
    assert asking.refused(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.")
    assert asking.refused(400, "'temperature' does not support 0")
    assert {"max_completion_tokens": 32, "seed": 42} == asking.common
    assert 2 == len(asking.notes)
    assert 16 == asking.chat(limit=16).parameters["max_completion_tokens"]


def test_a_model_that_thinks_gets_room() -> None:
    """And then the small limits are not sent, which it could not answer within."""
    asking = Asking("a poem", "oak")
    asking.thought(seen=False)
    assert 512 == asking.chat(limit=16).parameters["max_tokens"]
    assert "low" == asking.chat().parameters["reasoning_effort"]
    assert asking.notes[0].startswith("No text came in 32 tokens:")


@pytest.mark.parametrize("words", ["not supported: reasoningEffort", "Bad request"])
def test_an_effort_that_is_refused_is_not_sent_again(words: str) -> None:
    """Grok 4 thinks and refuses it, in a spelling of its own; without it all was answered."""
    asking = Asking("a poem", "oak")
    asking.thought()
    assert asking.refused(400, words)
    assert {"max_tokens": 512, "temperature": 0, "seed": 42} == asking.common
    assert not asking.refused(400, words)


def test_a_stop_word_comes_once_and_not_from_the_prompt() -> None:
    """In the middle, long enough, all letters."""
    assert "stands" == stop_word("The old oak tree stands on a hill", "Write of a tree")
    assert "" == stop_word("A tree.", "")
    letters = letters_only("The old oak tree stands")
    assert 4 == len(letters)
    assert letters not in "The old oak tree stands"
    assert set(letters) <= set("The old oak tree stands")


def test_a_step_without_its_basis_is_not_asked() -> None:
    """The tool's answer needs a call; the reason is told."""
    with pytest.raises(Exception, match="no tool call came"):
        STEPS["tools-answer"].ask(Asking("a poem", "oak"), Shots())


def test_an_index_may_be_written_as_a_fraction() -> None:
    """JSON has one kind of number: 1.0 is 1."""
    choices = [{"index": at, "message": {"content": "leaf"}, "finish_reason": "stop"}
               for at in (0.0, 1.0)]  # fmt: skip
    said = json.dumps({"choices": choices}).encode()
    shots = Shots([whole(said, headers=JSON, label=label) for label in ("chat", "n")])
    judge = next(one.judge for one in checks() if one.name == "param-n")
    assert "pass" == judge(shots).verdict


@pytest.mark.parametrize(
    ("api", "body"),
    [
        ("Dify", b'data: {"event": "message", "task_id": "1", "answer": "leaf"}\n\n'),
        ("Ollama", b'{"message": {"content": "leaf"}, "done": false}\n' * 3),
    ],
)
def test_another_api_is_named_before_its_form(api: str, body: bytes) -> None:
    """That a stream of it came unasked is of no use to anyone."""
    asked = b'{"model": "oak", "messages": []}'
    shots = Shots([whole(body, headers=JSON, label="chat", request_body=asked)])
    found = next(one.judge for one in checks() if one.name == "chat-basic")(shots)
    assert ("deviates", f"{api}'s own API answered, not the chat API") == (
        found.verdict,
        found.came,
    )
