"""Outside a notebook, an output is words in a terminal: each once, and inert."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from helpers.show import output
from helpers.show.output import Output
from helpers.show.stream.live import Live


@pytest.fixture
def at_end(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """Plain Python, and what it would call as it ends."""
    calls: list[Callable[[], None]] = []
    monkeypatch.setattr(output, "get_ipython", lambda: None)
    monkeypatch.setattr(output.atexit, "register", calls.append)
    return calls


def test_an_answer_is_printed_as_it_comes_and_obeyed_by_nothing(at_end: Any, capsys: Any) -> None:
    """No dictionary and no word twice; what would steer the terminal can be seen."""
    live = Live()
    for piece in ("Oak ", "\x1b]8;;http://x\x07", "stands\u202e\r", "over\n:", ":error::x"):
        live.write(piece)
        live._due_s = 0.0
    live.close("■ stopped by you")
    shown = "Oak ␛]8;;http://x␇stands�␍over\n: :error::x\n■ stopped by you\n"
    assert capsys.readouterr().out == shown


def test_what_changes_is_printed_once_and_last(at_end: Any, capsys: Any) -> None:
    """A meter is printed as it is in the end; a page says only what was not said above it."""
    meter, page = Output({"text/plain": ""}), Output({"text/plain": "1 · you: hi"})
    for share in ("1 of 3", "2 of 3", "3 of 3"):
        meter.update({"text/plain": share})
    Output({"text/plain": "Hello!"}, kind="text")
    page.update({"text/plain": "1 · you: hi\n\nHello!\n\n3 tokens"})
    for end in at_end:
        end()
    told = ["1 · you: hi", "1 of 3", "Hello!", "3 of 3", "3 tokens"]
    assert capsys.readouterr().out.splitlines() == told
