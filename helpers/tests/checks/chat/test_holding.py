"""Whether a system prompt holds: told by letters alone, and only where it was followed at first."""

from __future__ import annotations

import asyncio

import pytest

from helpers.checks.chat.holding import WORD, _judged, system_prompt_holds
from helpers.client.exchange import Exchange
from helpers.endpoint import resolve
from helpers.tests.support.prompt_server import Answer, answer, failure, prompts_answered
from helpers.tests.support.turns import answered
from helpers.wire.request import chat

OLD = "It grows."


def told(first: Answer, last: Answer) -> tuple[int, str, str]:
    """Return how many were asked, and the finding's level and words, for these two answers."""

    def says(prompt: str, before: int) -> Answer:
        ends = "Name a tree." == prompt
        return (last if before else first) if ends else answer(OLD, prompt_tokens=40)

    with prompts_answered(says) as server:
        asked = Exchange(resolve(server.url), chat("x", model="oak", stream=False))
        tried = asyncio.run(system_prompt_holds(asked, turns=4))
        assert all(WORD in one["messages"][0]["content"] for one in server.bodies)
        return len(server.bodies), tried.finding.level, tried.finding.says + tried.finding.do


@pytest.mark.parametrize(
    ("first", "last", "count", "level", "words"),
    [
        (answer(f"{WORD}: an oak"), answer(f"**{WORD}** an elm"), 4, "pass", "after 4 turns"),
        (answer("an oak"), answer("an oak"), 1, "unclear", "does not follow it at all"),
        (answer(f"{WORD} oak"), answer("elm", prompt_tokens=60), 4, "remark", "the model did that"),
        (answer(f"{WORD} oak"), answer("elm", prompt_tokens=40), 4, "remark", "cut off silently"),
        (answer(f"{WORD} oak"), failure(400), 4, "unclear", "turn 4 was not answered"),
    ],
)
def test_what_the_last_turn_shows(
    first: Answer, last: Answer, count: int, level: str, words: str
) -> None:
    """A weak model is no broken server: nothing of it is red."""
    asked, found, said = told(first, last)
    assert (count, level) == (asked, found)
    assert words in said


def test_the_built_in_model_shows_nothing_and_clouds_no_verdict() -> None:
    """It is known to follow no instruction."""
    came = answered((), {"content": "an oak"})
    came.endpoint = resolve("demo")
    found = _judged([came], 1, 2)
    assert found
    assert (found.level, "built-in" in found.says) == ("pass", True)
