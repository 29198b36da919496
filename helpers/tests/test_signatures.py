"""What a function says to whoever gives it another kind of thing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest

import helpers as es
from helpers import cells
from helpers.address import CallError
from helpers.checks.batch.text import Text
from helpers.signatures import checked, fits


@checked
def plant(
    name: str, *more: int, at: Path | str = "", rows: Sequence[str] = (), **facts: Any
) -> tuple[Any, ...]:
    """Return what was given."""
    return (name, *more, at, rows, facts)


def test_what_fits_is_passed_on() -> None:
    """With its defaults and whatever else may be named."""
    assert ("oak", 1, 2, "", ("a",), {"b": 3}) == plant("oak", 1, 2, rows=("a",), b=3)
    assert ("oak", Path("x"), ["a"], {}) == plant("oak", at=Path("x"), rows=["a"])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: plant(3),
            "Expected name to be text in quotation marks; came a value of type int.",
        ),
        (lambda: plant(None), "; came None."),
        (
            lambda: plant("oak", "1"),
            "more to be a whole number; came a value of type str.",
        ),
        (lambda: plant("oak", True), "whole number; came a value of type bool."),
        (lambda: plant("oak", at=3), "Expected at to be a file's name or text in quotation marks"),
        (lambda: plant("oak", rows="ab"), "rows to be several in a list: text in quotation marks"),
        (lambda: plant("oak", rows=[1]), "rows to be several in a list: text in quotation marks"),
        (lambda: plant(), "Expected plant(name, more=…, at=…, rows=…); came nothing for 'name'."),
    ],
)
def test_another_kind_is_told_what_is_wanted(call: Any, said: str) -> None:
    """What was expected, what came, what to do."""
    with pytest.raises(CallError) as wrong:
        call()
    assert said in str(wrong.value)
    assert wrong.value.do


FITS = [
    (1, float, True), (1.5, int, False), (None, str | None, True), (None, str, False),
    ("ab", Iterable[str], False), ({"a": 1}, Mapping[str, int], True), ({}, Sequence[str], False),
    ("chat", Literal["chat", "messages"], True), (3, Literal["chat"], False), ((), Any, True),
    ("chats", Literal["chat"], False), ([1], tuple[int, ...], True),
    ({1: "a"}, Mapping[str, str], False),
]  # fmt: skip


@pytest.mark.parametrize(("value", "hint", "fit"), FITS, ids=str)
def test_a_kind_is_read_off_its_hint(value: Any, hint: Any, fit: bool) -> None:
    """What is not known fits."""
    assert fit == fits(value, hint)


class Strange:
    """Something that answers nothing that is asked of it."""

    def __repr__(self) -> str:
        raise RuntimeError

    def __bool__(self) -> bool:
        raise RuntimeError


STRANGE: tuple[Any, ...] = (3, None, b"\xff", {"a": 1}, Strange(), Strange)
ONE = ("export", "again", "load", "exchanges", "table", "batch", "replay", "clients", "save")
OF_A_CELL = (
    "moments", "play", "program", "curl", "raw", "rhythm", "case", "report_changes", "look_deeper",
    "verdict_line", "judge_answers", "judge_streaming", "ask_for_more", "judge_clients", "costs",
    "with_a_tool", "judge_watched", "judge_replay", "read_by_openai", "parameters_table",
)  # fmt: skip


async def awaited(function: Any, given: Any) -> None:
    """Call a function as a cell does."""
    await function(given)


def test_a_value_without_words_or_truth_is_told_by_its_kind() -> None:
    """Neither its repr nor its bool is asked for."""
    for named in ({"timeout_s": Strange()}, {"headers": Strange()}, {"query": Strange()}):
        with pytest.raises(CallError, match="type Strange"):
            es.resolve("localhost:1", **named)
    with pytest.raises(CallError, match="asked to be"):
        cells.conclude("Does it answer?", [], "a")  # type: ignore[arg-type]
    with pytest.raises(CallError, match="a file of prompts"):
        Text(Path("x" * 5000))


@pytest.mark.parametrize("strange", STRANGE, ids=lambda one: type(one).__name__)
def test_every_function_says_what_it_wants(strange: Any) -> None:
    """Whoever types another thing is told by a sentence, never by what broke inside."""
    functions = [getattr(es, name) for name in ONE] + [getattr(cells, name) for name in OF_A_CELL]
    for function in functions:
        if function in (cells.costs, cells.judge_answers) and strange is None:
            continue
        with pytest.raises(CallError, match=r"Expected .*; came "):
            asyncio.run(awaited(function, strange))
