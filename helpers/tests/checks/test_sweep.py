"""A grid of questions: what it holds, what it costs, and how it goes on after a stop."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from helpers.checks.sweep.asking import GIVES_UP_AFTER, Sweep
from helpers.checks.sweep.figures import axes, records
from helpers.checks.sweep.grid import GridError, Question, questions
from helpers.checks.sweep.saved import Saved, fingerprint
from helpers.endpoint import resolve
from helpers.tests.support.prompt_server import answer, failure, prompts_answered

KEY = "sk-oak-0123456789abcdef0123"

FAST = [resolve("demo:fast", model="m")]
NOBODY = resolve("http://127.0.0.1:9/v1", model="m")


def grid(prompts: Any = "hi", endpoints: Any = None, **how: Any) -> list[Question]:
    """Return the questions of a grid."""
    return questions(prompts, endpoints or FAST, **{"max_tokens": 3} | how)


def swept(asked: list[Question]) -> Sweep:
    """Return a sweep that was asked one question after the other."""
    sweep = Sweep([[one] for one in asked])
    asyncio.run(sweep.ask())
    return sweep


def test_every_combination_is_a_question() -> None:
    """What has one value sets nothing apart."""
    found = grid(["an oak", "an elm"], temperature=[0, 0.7], model=["a", "b"], repeats=2)
    assert 16 == len(found)
    assert {"model": "a", "prompt": "an oak", "temperature": 0, "repeat": 1} == found[0].varied
    assert ("a", 0) == (found[0].request.model, found[0].request.parameters["temperature"])
    assert {} == grid()[0].varied


def test_a_models_questions_stand_together() -> None:
    """A server that loads one model at a time would load it anew for each."""
    models = [one.request.model for one in grid(model=["a", "b"], repeats=2, temperature=[0, 1])]
    assert ["a"] * 4 + ["b"] * 4 == models


@pytest.mark.parametrize(
    ("stop", "sent"),
    [(["a", "b"], [["a", "b"]]), ([["a"], ["b", "c"]], [["a"], ["b", "c"]]), ([["a"], None], None)],
)
def test_a_list_varies_unless_the_parameter_is_one(stop: Any, sent: Any) -> None:
    """A stop list is one value; a list of them, and None for not sent, are several."""
    found = [one.request.parameters.get("stop") for one in grid(stop=stop)]
    assert (sent or [["a"], None]) == found


@pytest.mark.parametrize(
    "values",
    [[{"form": "poem", "thing": "oak"}, {"form": "song", "thing": "elm"}],
     {"form": ["poem", "song"], "thing": ["oak", "elm"]}],
)  # fmt: skip
def test_gaps_are_filled_from_each_row(values: Any) -> None:
    """A prompt without a gap is asked once; braces in a value stay as they are."""
    found = grid(["a {{form}} on {{ thing }}", "hi"], values=values)
    assert ["a poem on oak", "a song on elm", "hi"] == [one.request.prompt for one in found]
    assert ("poem", "oak") == (found[0].varied["form"], found[0].varied["thing"])
    braces = grid("{{x}}", values=[{"x": "{{y}}"}])
    assert "{{y}}" == braces[0].request.prompt
    assert "{{x}}" == grid("{{x}}")[0].request.prompt


def test_a_conversation_has_gaps_too() -> None:
    """In each of its messages."""
    said = [{"role": "system", "content": "be {{how}}"}, {"role": "user", "content": "hi"}]
    found = grid(said, values=[{"how": "brief"}, {"how": "kind"}])
    assert ["be brief", "be kind"] == [one.request.messages[0]["content"] for one in found]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"prompts": "{{thing}}", "values": [{"form": 1}]}, "a value for {{thing}} in each row"),
        ({"repeats": 10**9}, "a grid of 1 to 200 requests; got one of 1,000,000,000"),
        ({"temperature": []}, "got one of 0"),
        ({"repeats": "3"}, "Type repeats=3."),
        ({"prompts": 5}, "words, or a list of them"),
        ({"prompts": "{{a}} {{b}}", "values": {"a": [1, 2], "b": [1]}}, "2 of a, 1 of b"),
    ],
)
def test_a_grid_that_cannot_be_asked_is_refused_before_it_is_made(
    how: dict[str, Any], told: str
) -> None:
    """With what to change."""
    with pytest.raises(GridError, match="Expected") as refused:
        grid(**how)
    assert told in str(refused.value)


def test_it_says_beforehand_what_it_will_ask() -> None:
    """Requests, and at most how many tokens where each is limited."""
    assert "4 requests, at most 12 tokens" == Sweep([grid(repeats=4)]).announcement
    assert "1 request" == Sweep([grid(max_tokens=None)]).announcement


def test_what_came_is_a_record_for_each_question() -> None:
    """What sets it apart beside text, times and tokens."""
    sweep = swept(grid(["an oak", "an elm"], temperature=[0, 1]))
    rows = records(sweep)
    assert [("an oak", 0), ("an oak", 1), ("an elm", 0), ("an elm", 1)] == [
        (row["prompt"], row["temperature"]) for row in rows
    ]
    assert all(row["text"] and row["completion_tokens"] == 3 for row in rows)
    assert {"prompt": ["an oak", "an elm"], "temperature": [0, 1]} == axes(sweep)


def test_it_goes_on_where_it_was_stopped() -> None:
    """What was answered stays; what was cut is asked again."""

    async def stopped_and_resumed() -> tuple[Sweep, list[int], list[Any]]:
        sweep = Sweep([[one] for one in grid(repeats=3, max_tokens=8)])

        def stop(number: int, _: Any) -> None:
            if number == 1:
                task.cancel()

        task = asyncio.ensure_future(sweep.ask(stop))
        await asyncio.wait({task})
        missing, first = sweep.missing, sweep.exchanges[0]
        await sweep.ask()
        return sweep, missing, [first]

    sweep, missing, first = asyncio.run(stopped_and_resumed())
    assert [1, 2] == missing
    assert [] == sweep.missing
    assert first[0] is sweep.exchanges[0]


def test_who_fails_again_and_again_is_left_alone() -> None:
    """The others are asked all the same, and the rest says why it was not."""
    sweep = swept(grid(endpoints=[NOBODY, *FAST], repeats=5))
    words = [row["word"] for row in records(sweep)]
    assert ["refused"] * GIVES_UP_AFTER + ["not asked: 3 failed in a row"] * 2 == words[:5]
    assert all(sweep.exchanges[number].text for number in range(5, 10))


def test_a_refused_parameter_is_told() -> None:
    """It was asked without: the row must not pass for an answer at that value."""
    sweep = swept(grid(endpoints=[resolve("demo:refuses-stop+fast", model="m")], stop="a"))
    assert "stop" == records(sweep)[0]["refused"]


def test_a_killed_sweep_goes_on_from_what_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was answered is not asked again; what failed, and half a file, is."""
    monkeypatch.setenv("OAK", KEY)
    with prompts_answered(lambda p, n: failure(400) if (p, n) == ("b", 0) else answer(p)) as server:
        oak = [resolve(server.url, model="m", api_key_env="OAK")]

        def run(limit: int) -> Sweep:
            asked = grid(["a", "b", "c"], oak, repeats=2, stream=False)[:limit]
            sweep = Sweep([[one] for one in asked], Saved(tmp_path))
            asyncio.run(sweep.ask())
            return sweep

        run(4)
        assert {"a": 2, "b": 1, "c": 1} == server.times
        next(tmp_path.glob("*.har")).write_text("{")
        whole = run(6)
        assert ([], 6) == (whole.missing, len(run(6).answered))
        assert 4 + 4 == sum(server.times.values())
        assert ["a", "b", "c"] * 2 == [row["text"] for row in records(whole)]
        assert {server.url} == {row["base_url"] for row in records(whole)}
    assert not any(KEY in file.read_text() for file in tmp_path.glob("*"))


def test_a_question_is_told_from_another() -> None:
    """By its parameters, its address and which time it is asked."""
    asked = grid(temperature=[0, 1], repeats=2) + grid(endpoints=[NOBODY])
    assert len(asked) == len({fingerprint([one]) for one in asked})
    assert fingerprint(grid()) == fingerprint(grid())
