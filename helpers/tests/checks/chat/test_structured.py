"""An answer of a shape: kept, ignored by the server, or missed by the model."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from helpers.checks.chat.structured import ShapeError, judge_structure, shape_of
from helpers.checks.chat.turns import Conversation, Step
from helpers.tests.support.turns import answered
from helpers.wire.parsing import growing


class Leaf(BaseModel):
    """One leaf."""

    green: bool


class Tree(BaseModel):
    """A tree."""

    name: str = Field(pattern="^[a-z]+$")
    kind: Literal["oak", "elm"] = "oak"
    leaves: list[Leaf] = []


GOOD = '{"name": "old", "kind": "elm", "leaves": [{"green": true}]}'


def judged(text: str, wanted: Any = Tree, **how: Any) -> Any:
    """Return what is said of an answer of that text."""
    return judge_structure(answered((), {"content": text}, **how), shape_of(wanted))


def test_a_model_is_sent_as_strict_mode_wants_it() -> None:
    """Everything required and nothing else allowed, in the objects within it too."""
    sent = shape_of(Tree).as_sent["response_format"]["json_schema"]
    assert ("Tree", True) == (sent["name"], sent["strict"])
    assert ["name", "kind", "leaves"] == sent["schema"]["required"]
    assert sent["schema"]["$defs"]["Leaf"]["additionalProperties"] is False
    assert "default" not in sent["schema"]["properties"]["kind"]


@pytest.mark.parametrize("wanted", [str, 5, {"type": "string"}])
def test_another_thing_is_no_schema(wanted: Any) -> None:
    """The error says what is one."""
    with pytest.raises(ShapeError, match="BaseModel"):
        shape_of(wanted)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Here is a tree.", "not JSON"),
        (f"```json\n{GOOD}\n```", "in a Markdown fence"),
        (f"{GOOD}\nThis is a tree.", "more after it"),
        (f"<think>hm</think>{GOOD}", "thoughts before"),
        ('{"name": "old", "kind": "elm"}', "leaves: missing"),
        ('{"name": 5, "kind": "elm", "leaves": []}', "name: expected string, got integer"),
        ('{"name": "old", "kind": "fir", "leaves": []}', "kind: none of the allowed"),
        ('{"name": "old", "kind": "elm", "leaves": [{"green": "x"}]}', "leaves.0.green"),
        ('{"name": "old", "kind": "elm", "leaves": [], "age": 3}', "age: not asked for"),
        ("[1]", "the whole: expected object"),
    ],
)
def test_another_structure_means_that_the_server_ignored_it(text: str, named: str) -> None:
    """A server that keeps to a schema cannot write it."""
    found = judged(text)
    assert ("schema-ignored", "ignored") == (found.name, found.verdict)
    assert named in found.evidence


def test_what_a_schema_does_not_hold_is_the_models_doing() -> None:
    """The structure is right; the class refuses what stands in it."""
    found = judged(GOOD.replace("old", "OLD"))
    assert "schema-model-failed" == found.name
    assert found.evidence.startswith("name: ")


def test_a_good_answer_is_an_object() -> None:
    """Of the class, or plain for a schema."""
    assert "schema-kept" == judged(GOOD).name
    value = shape_of(Tree).value(GOOD)
    assert Tree(name="old", kind="elm", leaves=[Leaf(green=True)]) == value
    plain = {"type": "object", "properties": {"a": {"type": "number"}}}
    assert "schema-kept" == judged('{"a": 1}', plain).name
    assert shape_of(Tree).value("oak") is None


def test_a_limit_that_cuts_the_object_is_nobodys_fault() -> None:
    """But that of who set it; a stopped answer is not judged."""
    assert "schema-cut" == judged(GOOD[:30], finish="length").name
    assert "although" in judged(GOOD[:30]).says
    assert judged(GOOD[:30], finish=None, end="closed") is None


def test_an_object_grows_while_it_comes() -> None:
    """A string that is not over yet is there already."""
    assert {"name": "ol"} == growing(GOOD[:12])
    assert growing("Here is") is None


def test_another_answer_is_asked_for_in_the_same_shape() -> None:
    """And judged by it."""
    chat, shape = Conversation(), shape_of(Tree)
    step = Step("say", "a tree", shape)
    chat.take(step, answered(chat.to_send(step), {"content": GOOD}))
    assert shape is chat.shape_for(Step("again"))
    assert chat.shape_for(Step("say", "hello")) is None
    assert "old" == chat.turns[0].value.name
    assert "schema-kept" == chat.turns[0].findings[-1].name
