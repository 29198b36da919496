"""Several jobs at a time, told one after the other, and ended together."""

from __future__ import annotations

import io
import os
import signal
import threading
from typing import TextIO

import pytest

from helpers.run.turns import in_turn
from helpers.tests.support.waiting import PATIENCE_S


def test_what_ends_first_waits_for_its_turn() -> None:
    """The second begins first and ends first; a reader never sees the two mixed."""
    ended = threading.Event()

    def first(out: TextIO) -> str:
        assert ended.wait(PATIENCE_S)
        out.write("one\n")
        return "1"

    def second(out: TextIO) -> str:
        out.write("two\n")
        ended.set()
        return "2"

    screen = io.StringIO()
    found = in_turn([first, second], screen, at_once=2, begin=[1, 0], stop=lambda: None)
    assert (["1", "2"], "one\ntwo\n") == (found, screen.getvalue())


def test_one_at_a_time_keeps_them_apart() -> None:
    """Two that ask one server would be judged by each other's requests."""
    running: list[int] = []

    def job(_: TextIO) -> int:
        running.append(1)
        most = len(running)
        running.pop()
        return most

    assert [1, 1, 1] == in_turn([job] * 3, io.StringIO(), at_once=1, begin=range(3), stop=int)


def test_ctrl_c_ends_what_runs_and_begins_nothing() -> None:
    """It comes as KeyboardInterrupt, once everything has ended."""
    stopped = threading.Event()

    def interrupted(_: TextIO) -> bool:
        os.kill(os.getpid(), signal.SIGINT)
        return stopped.wait(PATIENCE_S)

    def never(_: TextIO) -> bool:
        raise AssertionError("it began")

    with pytest.raises(KeyboardInterrupt):
        in_turn(
            [interrupted, never], io.StringIO(), at_once=1, begin=range(2), stop=stopped.set
        )  # fmt: skip
    assert stopped.is_set()


def test_what_one_raises_ends_the_others() -> None:
    """A disk that is full is full for all of them."""
    runs, stopped = threading.Event(), threading.Event()

    def full(_: TextIO) -> bool:
        assert runs.wait(PATIENCE_S)
        raise OSError(28, "No space left on device")

    def other(_: TextIO) -> bool:
        runs.set()
        return stopped.wait(PATIENCE_S)

    with pytest.raises(OSError, match="No space left"):
        in_turn([full, other], io.StringIO(), at_once=2, begin=range(2), stop=stopped.set)
    assert stopped.is_set()
