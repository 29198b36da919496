"""Several notebooks at a time, shown in a terminal one after the other."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import TextIO, TypeVar, cast

_AGAIN_S = 0.2

T = TypeVar("T")


class HeldOutput(io.TextIOBase):
    """A place in the queue for a terminal; text written before its turn is held until then."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._held: list[str] = []
        self._come = False
        self._lock = threading.Lock()

    def take(self) -> None:
        """Write the held text and, from now on, whatever comes."""
        with self._lock:
            self._out.write("".join(self._held))
            self._out.flush()
            self._come = True

    def write(self, text: str) -> int:
        """Write text, or hold it until its turn."""
        with self._lock:
            if self._come:
                return self._out.write(text)
            self._held.append(text)
            return len(text)

    def flush(self) -> None:
        """Flush what was written, if its turn has come."""
        if self._come:
            self._out.flush()

    def isatty(self) -> bool:
        """Whether the output is a terminal."""
        return self._out.isatty()


def in_turn(
    jobs: Sequence[Callable[[TextIO], T]],
    out: TextIO,
    *,
    at_once: int,
    begin: Sequence[int],
    stop: Callable[[], None],
) -> list[T]:
    """The results of the jobs, in order; each job's output appears when its turn has come.

    begin:   the jobs' numbers, in the order in which they start
    stop:    ends the running jobs, after one of them or Ctrl+C has broken off the whole
    raises:  KeyboardInterrupt, and whatever a job raises
    """
    turns = [HeldOutput(out) for _ in jobs]
    begun, ended, broken_off = set[int](), set[int](), threading.Event()

    def run(number: int) -> T:
        begun.add(number)
        try:
            if broken_off.is_set():
                raise CancelledError
            return jobs[number](cast(TextIO, turns[number]))
        finally:
            ended.add(number)

    with ThreadPoolExecutor(at_once) as pool:
        try:
            started = {number: pool.submit(run, number) for number in begin}
            return [_result(turn, started[number]) for number, turn in enumerate(turns)]
        except BaseException:
            broken_off.set()
            # A job that is only just starting cannot be stopped yet, so try again.
            while begun != ended:
                stop()
                time.sleep(_AGAIN_S)
            raise


def _result(turn: HeldOutput, job: Future[T]) -> T:
    turn.take()
    return job.result()
