"""What a function says to whoever gives it another kind of thing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import Any, Literal

import pytest

import helpers as es
from helpers import cells
from helpers.checks.prompt_file.text import Text
from helpers.errors import INTERRUPTED, CallError
from helpers.show.chat.chat import Chat
from helpers.show.load.view import SpeedView
from helpers.show.sweep.live import LiveSweep
from helpers.show.watch.view import Watch
from helpers.signatures import checked
from helpers.type_hints import fits, meant


@checked
def plant(
    name: str, *more: int, at: Path | str = "", rows: Sequence[str] = (), **facts: Any
) -> tuple[Any, ...]:
    """Return what was given."""
    return (name, *more, at, rows, facts)


@checked
def grow(tree: str, height: int = 1) -> None:
    """Do nothing."""


@checked
def fell(trees: str | Sequence[str], among: Set[str] = frozenset()) -> None:
    """Do nothing."""


def test_what_fits_is_passed_on() -> None:
    """With its defaults and whatever else may be named."""
    assert ("oak", 1, 2, "", ("a",), {"b": 3}) == plant("oak", 1, 2, rows=("a",), b=3)
    assert ("oak", Path("x"), ["a"], {}) == plant("oak", at=Path("x"), rows=["a"])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: plant(3),
            "Expected name to be text in quotation marks; got a whole number.",
        ),
        (lambda: plant(None), "; got None."),
        (
            lambda: plant("oak", "one"),
            "more to be a whole number; got text.",
        ),
        (lambda: plant("oak", True), "whole number; got True."),
        (lambda: plant("oak", at=3), "Expected at to be a file's name or text in quotation marks"),
        (
            lambda: plant("oak", rows={}),
            "rows to be a list of texts in quotation marks; got a dictionary",
        ),
        (lambda: plant("oak", rows=[1]), "got a list with a whole number in it. Write rows=["),
        (lambda: plant("oak", 1, rows=["a"], name="x"), "got multiple values for argument 'name'"),
        (lambda: grow("oak", hight=3), "Expected height; got hight. Did you mean height?"),
        (lambda: grow("oak", wood=3), "Expected height; got wood. Leave it out."),
        (lambda: grow("oak", api_key="x"), "a key as api_key=…. A key in a cell would be saved"),
        (lambda: plant(), "Expected plant(name, more=…, at=…, rows=…); got nothing for 'name'."),
        (lambda: plant(leaves=3), "got nothing for 'name'."),
        (lambda: fell([1]), "or a list of them; got a list with a whole number in it."),
        (lambda: fell("oak", among=["oak"]), "got a list."),
    ],
)
def test_another_kind_is_told_what_is_wanted(call: Any, said: str) -> None:
    """What was expected, what came, what to do."""
    with pytest.raises(CallError) as wrong:
        call()
    assert said in str(wrong.value)
    assert wrong.value.do


@pytest.mark.parametrize(
    ("method", "given", "said"),
    [
        (Chat.say, (3,), "Expected a prompt in quotation marks"),
        (es.Asked.save, (3,), "Expected path to be text in quotation marks or a file's name; got"),
        (SpeedView.export, (3,), "Expected folder to be text in quotation marks"),
        (LiveSweep.side_by_side, (3,), "Expected across to be text in quotation marks; got"),
        (Watch.compare, (1, 2), "Expected before to be what passed a watch; got a whole number."),
    ],
)
def test_what_a_cell_calls_on_a_result_says_it_as_well(method: Any, given: Any, said: str) -> None:
    """A wrong argument there ended in the middle of this kit, with its traceback."""

    async def call() -> None:
        called = method(None, *given)
        await called

    with pytest.raises(CallError) as wrong:
        asyncio.run(call())
    assert str(wrong.value).startswith(said)


def test_a_wrong_time_and_a_missing_recording_are_not_called_an_address() -> None:
    """The headline names what was wrong."""
    with pytest.raises(CallError) as timeless:
        es.resolve("localhost:1", timeout_s="soon")  # type: ignore[arg-type]
    with pytest.raises(CallError) as missing:
        es.load("no.har")
    assert ("This is not a time", "There is no such recording") == (
        timeless.value.headline, missing.value.headline,
    )  # fmt: skip


def test_a_misspelt_function_is_guessed() -> None:
    """As a misspelt argument is."""
    with pytest.raises(AttributeError, match=r"no attribute 'aks'\. Did you mean ask\?"):
        es.aks  # noqa: B018


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


MEANT = [
    ("false", bool, False), ("on", bool, True), (0, bool, False), (2, bool, 2), ("4", int, 4),
    ("4.5", int, "4.5"), ("30", float, 30.0), ("nan", float, "nan"), ("30s", float, "30s"),
    ("[1, 2]", Sequence[int], [1, 2]), (2, Sequence[int], [2]), ("ab", Sequence[str], ["ab"]),
    ("['a', 'b']", Sequence[str], ["a", "b"]), ("[1]", Sequence[str], ["[1]"]),
    ('{"a": "1"}', Mapping[str, str] | None, {"a": "1"}), ("a=1", Mapping[str, str], "a=1"),
    ("false", str, "false"), ("[1]", str | Sequence[int], "[1]"), (None, bool, None),
]  # fmt: skip


@pytest.mark.parametrize(("value", "hint", "expected"), MEANT, ids=str)
def test_a_text_is_taken_for_what_it_stands_for(value: Any, hint: Any, expected: Any) -> None:
    """As papermill passes it; what is no such value stays as it is, and is refused."""
    found = meant(value, hint)
    assert (type(found), found) == (type(expected), expected)


def test_a_call_gets_what_its_text_stands_for() -> None:
    """In every place of a signature."""
    assert ("oak", 1, "", ["a"], {"b": "2"}) == plant("oak", "1", rows="a", b="2")  # type: ignore[arg-type]


class Strange:
    """Something that answers nothing that is asked of it."""

    def __repr__(self) -> str:
        raise RuntimeError

    def __bool__(self) -> bool:
        raise RuntimeError


async def interrupted() -> Any:
    """Return the error of a call that was interrupted, as ipykernel interrupts a cell."""

    @checked
    async def waiting() -> None:
        await asyncio.Event().wait()

    task = asyncio.ensure_future(waiting())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as raised:
        await task
    return raised.value


def test_an_interrupt_is_shown_in_one_sentence() -> None:
    """It stays what it is, so that whoever waits for it still gets it."""
    assert [INTERRUPTED] == asyncio.run(interrupted())._render_traceback_()


STRANGE: tuple[Any, ...] = (3, None, b"\xff", {"a": 1}, Strange(), Strange)
ONE = ("export", "again", "load", "exchanges", "table", "batch", "replay", "clients", "save")
OF_A_CELL = (
    "moments", "play", "program", "curl", "raw", "rhythm", "case", "report_changes", "look_closer",
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
    with pytest.raises(CallError, match=r"an answer, as es\.ask returns it; got text"):
        cells.conclude("Does it answer?", [], "a")  # type: ignore[arg-type]
    for slip, name in (("sytem", "system"), ("modl", "model")):
        with pytest.raises(CallError, match=f"Did you mean {name}"):
            es.chat("demo", **{slip: "x"})
    with pytest.raises(CallError, match="Did you mean model"):
        asyncio.run(es.conformance("demo", modl="x"))
    with pytest.raises(CallError, match="tools to be a list of Python functions; got a function"):
        es.chat("demo", tools=print)
    with pytest.raises(CallError, match="a file of prompts"):
        Text(Path("x" * 5000))


@pytest.mark.parametrize("strange", STRANGE, ids=lambda one: type(one).__name__)
def test_every_function_says_what_it_wants(strange: Any) -> None:
    """Whoever types another thing is told by a sentence, never by what broke inside."""
    functions = [getattr(es, name) for name in ONE] + [getattr(cells, name) for name in OF_A_CELL]
    for function in functions:
        if function in (cells.costs, cells.judge_answers) and strange is None:
            continue
        with pytest.raises(CallError, match=r"Expected .*; got "):
            asyncio.run(awaited(function, strange))
