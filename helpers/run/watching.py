"""The command: a pass-through in a terminal, with a line for each request."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import TextIO
from urllib.parse import urlsplit

from ..checks.watch.program import ignored, prepared, variables
from ..checks.watch.watched import WatchedExchange
from ..checks.watch.watcher import Watcher
from ..endpoint import resolve
from ..escaping import for_terminal
from ..finding import SYMBOLS, Finding, Level
from ..places import near
from ..server.builtin import opened
from ..server.replay import WATCHED
from ..show.watch.rows import facts
from ..show.watch.start import started
from ..wording import counted
from .plan import Refused

# Requests in progress when the watch ends may still complete.
SETTLE_S, SHORT_S = 10.0, 0.5
MOST_FINDINGS = 6
LONGEST = 400
_INDENT = " " * 12
Handler = Callable[[int, FrameType | None], object]
_COLOURS: dict[Level, str] = {"fail": "31", "unclear": "35", "remark": "34", "pass": "32"}


def run(
    to: str,
    command: Sequence[str],
    *,
    port: int = 0,
    keep: int = 200,
    bodies: bool = True,
    origins: Sequence[str] = (),
) -> int:
    """Pass requests on until Ctrl+C, or until the program that was started ends.

    returns:  the program's own exit code; 0 without one
    raises:   CallError for an invalid address or a port in use; Refused for a program that cannot
              be started
    """
    endpoint = asyncio.run(opened(resolve(to)))
    lines = Lines(sys.stderr if command else sys.stdout)
    watcher = started(
        endpoint, port=port, keep=keep, bodies=bodies, origins=origins, folder=WATCHED
    )
    watcher.on_seen, watcher.on_refused = lines.seen, lines.refused
    base_url = watcher.base_url
    if command:
        lines.begun(watcher, keep, command)
        code = _program(command, watcher)
    else:
        code = _until_stopped(lambda: lines.begun(watcher, keep, command))
    watcher.settle(SETTLE_S if command else SHORT_S)
    lines.ended(watcher, ignored(command, base_url) if command else "No request came.")
    watcher.stop()
    return code


class Lines:
    """What a person reads while programs run: a line per request, with its oddities below."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._coloured = stream.isatty() and "NO_COLOR" not in os.environ
        self._announced: set[str] = set()
        self._words: Counter[str] = Counter()

    def begun(self, watcher: Watcher, keep: int, command: Sequence[str]) -> None:
        """Print where it listens, what it passes on to, and what is kept."""
        proxy = urlsplit(watcher.proxy).netloc.rpartition("@")[2]
        by = f", through the proxy {proxy}" if proxy else ""
        listens = f"{watcher.base_url} passes requests on to {watcher.endpoint.name}{by}."
        put = "" if command else " Put it into your program's base URL; Ctrl+C ends this."
        self._say(f"{listens}{put}")
        self._say(f"The newest {keep} are kept in {near(WATCHED)}, without keys.")
        if command and (more := prepared(command, watcher.base_url)[1]):
            self._say(more)
        self._say("")

    def seen(self, watched: WatchedExchange) -> None:
        """Print what has passed."""
        self._words[watched.word if watched.findings else "not judged"] += 1
        level: Level = watched.findings[0].level if watched.findings else "pass"
        mark = SYMBOLS[level] if watched.findings else "·"
        when, summary = watched.recording.started_at[11:19], " · ".join(facts(watched))
        lines = [self._painted(f"{when}  {mark} {watched.word:<10}  {summary}", level)]
        news = [found for found in watched.findings if self._is_news(found)]
        for found in news[:MOST_FINDINGS]:
            words = f"{SYMBOLS[found.level]} {found.name}: {found.says} {found.do}"
            lines.append(self._painted(f"{_INDENT}{words}", found.level))
        if len(news) > MOST_FINDINGS:
            lines.append(f"{_INDENT}… and {len(news) - MOST_FINDINGS} more")
        if news and watched.file:
            lines.append(f"{_INDENT}replay:{watched.file.name}")
        self._say("\n".join(lines))

    def refused(self, words: str) -> None:
        """Print what was not passed on."""
        self._say(self._painted(f"{_INDENT}! not passed on: {words}", "unclear"))

    def ended(self, watcher: Watcher, nothing: str) -> None:
        """Print a summary, or what it means that nothing came."""
        if watcher.begun:
            words = ", ".join(f"{count} {word}" for word, count in self._words.most_common())
            self._say(f"\n{counted(watcher.begun, 'request')}: {words}.")
        else:
            self._say(nothing)
        if watcher.passed_unseen:
            self._say(f"{watcher.passed_unseen} of them passed too fast to be judged.")

    def _is_news(self, finding: Finding) -> bool:
        """Whether a finding is worth a line: failures always are, other findings the first time."""
        if finding.level == "pass" or (finding.level != "fail" and finding.name in self._announced):
            return False
        self._announced.add(finding.name)
        return True

    def _painted(self, text: str, level: Level) -> str:
        inert = for_terminal(" ".join(text.split("\n")))[:LONGEST]
        return f"\x1b[{_COLOURS[level]}m{inert}\x1b[0m" if self._coloured else inert

    def _say(self, text: str) -> None:
        # The reader may be gone, but the traffic must continue.
        with contextlib.suppress(OSError, ValueError):
            print(text, file=self._stream, flush=True)


def _program(command: Sequence[str], watcher: Watcher) -> int:
    """Run a program whose requests come through here; returns its exit code.

    raises:  Refused if the program cannot be started
    """
    environ = {**os.environ, **variables(watcher.base_url, os.environ)}
    try:
        process = subprocess.Popen(prepared(command, watcher.base_url)[0], env=environ)
    except OSError as error:
        raise Refused(f"{command[0]} cannot be started: {error.strerror}.") from None
    # Ctrl+C reaches the program too, which decides what it means.
    with _handled(signal.SIGINT, lambda *_: None), _handled(signal.SIGTERM, _passed(process)):
        code = process.wait()
    return code if code >= 0 else 128 - code


def _until_stopped(say_how: Callable[[], None]) -> int:
    """Wait for Ctrl+C, or until the parent process ends.

    say_how:  called once it can be stopped
    """
    stopped, parent = threading.Event(), os.getppid()
    with (
        _handled(signal.SIGINT, lambda *_: stopped.set()),
        _handled(signal.SIGTERM, lambda *_: stopped.set()),
    ):
        say_how()
        while os.getppid() == parent and not stopped.wait(1):
            pass
    return 0


def _passed(process: subprocess.Popen[bytes]) -> Handler:
    return lambda *_: process.terminate()


@contextlib.contextmanager
def _handled(number: signal.Signals, handler: Handler) -> Iterator[None]:
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)
