"""Two requests side by side: each change once, and the first byte at which the prompts part."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.checks.watch.comparing import compare, shared
from helpers.checks.watch.findings import judge_watched
from helpers.checks.watch.watched import Figures, WatchedExchange, brief
from helpers.endpoint import resolve
from helpers.finding import Finding
from helpers.wire.request import chat

ENDPOINT = resolve("http://127.0.0.1:9/v1")
SYSTEM = {"role": "system", "content": "You know trees."}


def asked(
    *messages: dict[str, Any], cached: int | None = None, **parameters: Any
) -> WatchedExchange:
    """Return an exchange that asked so."""
    model = parameters.pop("model", "oak")
    request = chat(tuple(messages), model=model, stream=False, **parameters)
    return WatchedExchange(
        ENDPOINT, request, figures=Figures(prompt_tokens=30, cached_tokens=cached)
    )


def user(text: str) -> dict[str, Any]:
    """Return a person's message."""
    return {"role": "user", "content": text}


def rows(before: WatchedExchange, after: WatchedExchange) -> dict[str, tuple[str, str]]:
    """Return what changed, by its name."""
    return {change.what: (change.before, change.after) for change in compare(before, after)}


def test_a_conversation_that_goes_on_shares_all_that_was() -> None:
    """The prefix ends where the new turn begins, and the cache is told beside it."""
    first = asked(SYSTEM, user("an oak"), cached=0)
    later = asked(SYSTEM, user("an oak"), user("an elm"), cached=24)
    found = rows(first, later)
    assert ("2", "3") == found["messages"]
    assert ("0", "24") == found["of them cached"]
    [(where, (before, after))] = [row for row in found.items() if row[0].startswith("prompt from")]
    whole = (
        '{"role": "system", "content": "You know trees."}\n{"role": "user", "content": "an oak"}'
    )
    assert f"prompt from byte {len(whole)} on" == where
    assert "ends here" == before
    assert "an elm" in after


def test_a_clock_at_the_beginning_spoils_the_prefix() -> None:
    """The place is named by message and shown with what stands around it."""
    morning = asked({"role": "system", "content": "It is 08:15. " + "x" * 500}, user("an oak"))
    evening = asked({"role": "system", "content": "It is 20:15. " + "x" * 500}, user("an oak"))
    found = rows(morning, evening)
    assert "It is 08:15" in found["message 1 (system)"][0]
    before = '{"role": "system", "content": "It is '
    assert f"prompt from byte {len(before)} on" in found
    assert len(found["message 1 (system)"][1]) < 100


def test_bytes_are_counted_not_characters() -> None:
    """A tree in Chinese takes three."""
    found = rows(asked(user("木木a")), asked(user("木木b")))
    before = '{"role": "user", "content": "'
    assert f"prompt from byte {len(before) + 6} on" in found


def test_parameters_tools_and_model_are_told_once() -> None:
    """Of the same number of tools it is said that they are others."""
    one, other = [{"type": "function", "function": {"name": name}} for name in ("oak", "elm")]
    found = rows(
        asked(user("a"), temperature=0.2, tools=[one]),
        asked(user("a"), model="elm", tools=[other], seed=3),
    )
    assert ("oak", "elm") == found["model"]
    assert ("0.2", "–") == found["temperature"]
    assert ("–", "3") == found["seed"]
    assert ("1", "1 (others)") == found["tools"]


def test_the_same_prompt_is_said_to_be_the_same() -> None:
    """Whichever order a client writes a message's fields in."""
    turned = {"content": "a", "role": "user"}
    assert "prompt" in rows(asked(user("a")), asked(turned))


@given(st.text(), st.text(), st.text())
@pytest.mark.slow
def test_the_shared_part_is_the_longest(same: str, one: str, other: str) -> None:
    """What both begin with, and not a character more."""
    left, right = same + one, same + other
    at = shared(left, right)
    assert len(same) <= at <= min(len(left), len(right))
    assert left[:at] == right[:at]
    assert left[at : at + 1] != right[at : at + 1] or at == len(left) == len(right)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([1, 2], "2"), ({"type": "json_schema", "x": 1}, "json_schema"), ({"a": 1, "b": 2}, "a, b"),
        ("x" * 99, "x" * 39 + "…"), (True, "true"), (0.5, "0.5"), (None, "null"),
    ],
)  # fmt: skip
def test_a_parameter_is_brief(value: Any, words: str) -> None:
    """A table has a column for all of them."""
    assert words == brief(value)


def test_nothing_that_passed_is_a_wrong_call() -> None:
    """Green needs an answer that was judged."""
    [found] = judge_watched([])
    assert ("nothing-judged", "fail", "call") == (found.name, found.level, found.blame)


def test_one_bad_answer_among_good_ones_is_red() -> None:
    """Its finding names the request."""
    good, bad = asked(user("a")), asked(user("b"))
    good.number, bad.number = 1, 2
    good._findings = (Finding("answered", "pass", "The answer came."),)
    bad._findings = (Finding("cut", "fail", "It was cut."),)
    first, second = judge_watched([good, bad])
    assert ("watched", "pass") == (first.name, first.level)
    assert ("cut", "fail", "request 2") == (second.name, second.level, second.about)
