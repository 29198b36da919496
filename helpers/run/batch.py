"""The command: a file of prompts in, a file of answers out, and a progress line."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any, TextIO

from ..checks.batch.batch import Batch
from ..checks.batch.judging import QUESTION, judge_batch
from ..checks.batch.plan import allowed
from ..checks.prompt_file.shipped import PROMPT, SHIPPED
from ..checks.prompt_file.source import Source
from ..endpoint import resolve
from ..escaping import for_terminal
from ..finding import Verdict, conclude
from ..server.builtin import FOR_MANY, opened
from ..show.batch.figures import forecast_says, progress, under_way
from ..show.batch.page import plain
from ..show.batch.start import answers_for
from ..wire.literal import Unreadable, object_of
from .plan import Refused

STOPPED = 130
# A terminal's line is redrawn in place; a log gets a new one now and then.
REDRAW_S, LOG_S = 0.25, 10.0
WIDE = 118


def run(args: argparse.Namespace, *, headers: Mapping[str, str], query: Mapping[str, str]) -> int:
    """Ask every prompt of the file that has no answer yet; returns the exit code.

    raises:  InputError, OutputError, AddressError, Refused if --body is not an object
    """
    endpoint = resolve(
        args.base_url or FOR_MANY, model=args.model or "", api_key_env=args.api_key_env or "",
        timeout_s=args.timeout_s, headers=headers, query=query,
    )  # fmt: skip
    source = Source(
        args.file or SHIPPED, args.prompt or PROMPT, args.api, endpoint.model, _body(args.body)
    )  # fmt: skip
    plan = allowed(
        retry_errors=args.retry_errors, limit=args.limit, budget=args.budget,
        prices={"in": args.price_in, "out": args.price_out}, most=args.at_once,
        scheduler=args.scheduler,
    )  # fmt: skip

    async def work() -> Batch:
        output = args.output or answers_for(args.file or "", endpoint)
        batch = Batch(source, await opened(endpoint), output, plan)
        with _stopped_by_signals(batch), Progress(batch, sys.stderr) as progress:
            await batch.run(progress.step)
        return batch

    batch = asyncio.run(work())
    verdict = conclude(
        QUESTION, judge_batch(batch), base_url=batch.endpoint.base_url, model=batch.endpoint.model
    )
    print(f"{plain(batch)}\n\n{for_terminal(repr(verdict))}")
    return _code(batch, verdict)


class Progress:
    """A line that shows how far a batch is."""

    def __init__(self, batch: Batch, stream: TextIO) -> None:
        self._batch, self._stream = batch, stream
        self._every_s = REDRAW_S if stream.isatty() else LOG_S
        self._told_s = perf_counter()
        self._forecast_told = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._stream.isatty():
            self._write("\r\x1b[K")

    def step(self) -> None:
        """Show it, unless it was shown a moment ago."""
        batch = self._batch
        if batch.forecast and not self._forecast_told:
            self._forecast_told = True
            self._say(forecast_says(batch.forecast), stays=True)
        now = perf_counter()
        if now - self._told_s >= self._every_s:
            self._told_s = now
            self._say(" · ".join(filter(None, (*progress(batch), under_way(batch)))))

    def _say(self, words: str, *, stays: bool = False) -> None:
        inert = for_terminal(words)[:WIDE]
        if not self._stream.isatty():
            self._write(f"{inert}\n")
        else:
            self._write(f"\r\x1b[K{inert}" + "\n" * stays)

    def _write(self, text: str) -> None:
        # The reader may be gone, but the answers must continue.
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()


@contextlib.contextmanager
def _stopped_by_signals(batch: Batch) -> Iterator[None]:
    """Make Ctrl+C and SIGTERM stop a batch in good order; a second one ends the process."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)

    def stop() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)
        batch.stop()

    # Windows' loop has no signal handlers: there Ctrl+C ends the process, and no answer is lost.
    with contextlib.suppress(NotImplementedError):
        for number in numbers:
            loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            for number in numbers:
                loop.remove_signal_handler(number)


def _body(text: str) -> dict[str, Any]:
    try:
        return object_of(text)
    except Unreadable as error:
        raise Refused(
            f"--body expects an object, such as '{{\"temperature\": 0}}'; got {error}."
        ) from None


def _code(batch: Batch, verdict: Verdict) -> int:
    if batch.state == "stopped" and not batch.trouble:
        return STOPPED
    if verdict.failures:
        return 2 if verdict.failures[0].blame == "call" else 1
    return 0 if verdict.decided else 2
