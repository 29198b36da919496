"""Other tools that measure, if installed, against the same server: their errors next to ours.

`python -m helpers.selftest.bench.others URL` is this kit's turn. Each tool runs in its own process,
as its users run it, and its report is compared with what the server knows about the same answers.
An error at p99 is the reported p99 minus the true one: that is how far it misleads a reader of the
report.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, astuple, dataclass
from http.client import HTTPConnection
from importlib.metadata import distributions
from pathlib import Path
from statistics import fmean
from urllib.parse import urlsplit

from ...checks.load.budget import Budget
from ...checks.load.loading import Load
from ...checks.load.prompts import Prompts
from ...checks.load.shape import Shape
from ...endpoint import resolve
from ...environment.installation import scripts_in
from ...product import VERSION
from ...server.children import AT_HOME, end_all, environment
from ...server.stamped import spawned
from ...wire.request import chat
from ...wire.timing import percentile
from .tools import PROMPT, REQUESTS, STREAMS, TOOLS, Reported, Tool, prepare

PATH = "paced/25/50/100/0"
SPREAD_S = 0.2
LIMIT_S = 180.0
QUOTED = 300


@dataclass(frozen=True)
class Other:
    """How far a tool's report on a load is from the truth.

    above:    each of its figures minus the true one; n is how many answers it reports
    took_s:   until its process ended, including its start
    cpu_s:    of all its processes
    trouble:  its own last words if it gave no report, in which case `above` is None
    """

    name: str
    version: str
    above: Reported | None
    took_s: float
    cpu_s: float
    trouble: str = ""


def measure(source: str) -> tuple[Other, ...]:
    """How this kit and each installed tool measure 16 streams; () if none is installed."""
    installed = [(tool, program) for tool in TOOLS if (program := _found(tool.name))]
    if not installed:
        return ()
    others = [
        _measured(tool.name, _version_of(tool.name, program), source, _turn(tool, program))
        for tool, program in installed
    ]
    return (_measured("this kit", VERSION, source, _own_turn), *others)


def _version_of(package: str, program: str) -> str:
    """The version of the package that a program came with, "" if none is recorded."""
    prefix = Path(program).resolve().parent.parent
    places = ("lib/python*/site-packages", "Lib/site-packages")
    folders = [str(folder) for place in places for folder in prefix.glob(place)]
    return next((one.version for one in distributions(name=package, path=folders)), "")


def _found(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=str(scripts_in(Path(sys.prefix))))


class _NoReport(Exception):
    """A tool ended without a report; the message is its last words."""


Turn = Callable[[str, Path], Reported]


def _measured(name: str, version: str, source: str, turn: Turn) -> Other:
    above, trouble = None, ""
    with tempfile.TemporaryDirectory() as folder:
        _stamps(source)
        begun_s, spent_s = time.perf_counter(), _children_s()
        try:
            reported = turn(f"{source}/{PATH}", Path(folder))
            above = _above(reported, _stamps(source)[-reported.n :])
        except _NoReport as missing:
            trouble = str(missing)
    return Other(
        name, version, above, time.perf_counter() - begun_s, _children_s() - spent_s, trouble
    )


def _own_turn(url: str, _: Path) -> Reported:
    with spawned(f"{__package__}.others", url) as output:
        return Reported(**json.loads(output.read()))


def _turn(tool: Tool, program: str) -> Turn:
    def turn(url: str, folder: Path) -> Reported:
        prepare(folder)
        output = _run([program, *tool.arguments(url, folder)], folder)
        try:
            return tool.report(folder)
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            words = " ".join(output.split())[-QUOTED:]
            raise _NoReport(words or "It ended without a report, and without a word.") from None

    return turn


def _run(command: list[str], folder: Path) -> str:
    """Run a tool to its end and return its output; all of its processes end at the limit."""
    with subprocess.Popen(
        command, cwd=folder, env=environment(*AT_HOME), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            return process.communicate(timeout=LIMIT_S)[0]
        except subprocess.TimeoutExpired:
            raise _NoReport(f"It did not end within {LIMIT_S:.0f} s.") from None
        finally:
            end_all(process)


def _children_s() -> float:
    """The CPU time of all processes that this one has started and that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _stamps(source: str) -> list[list[float]]:
    """Per answer since the last call: when asked, first chunk, last chunk, number of chunks."""
    connection = HTTPConnection(urlsplit(source).netloc, timeout=LIMIT_S)
    with closing(connection):
        connection.request("GET", "/stamps", headers={"Connection": "close"})
        found: list[list[float]] = json.load(connection.getresponse())
    return found


def _above(reported: Reported, stamps: Sequence[Sequence[float]]) -> Reported:
    """The reported figures, minus those from the stamps."""
    true = _figures(
        [first_s - came_s for came_s, first_s, _, _ in stamps],
        [(last_s - first_s) / (chunks - 1) for _, first_s, last_s, chunks in stamps],
    )
    pairs = zip(astuple(reported), astuple(true), strict=True)
    _, *errors = (value - truth for value, truth in pairs)
    return Reported(reported.n, *errors)


def _figures(ttft_s: Sequence[float], tpot_s: Sequence[float]) -> Reported:
    if len(ttft_s) < 2:
        raise _NoReport(f"The server was asked {len(ttft_s)} times; expected {REQUESTS}.")
    return Reported(
        len(ttft_s),
        fmean(ttft_s),
        percentile(ttft_s, 50) or 0.0,
        percentile(ttft_s, 99) or 0.0,
        fmean(tpot_s),
    )


async def _own(url: str) -> Reported:
    for number in (STREAMS, REQUESTS):
        load = Load(
            resolve(f"{url}/v1", model="stamped"), chat(PROMPT, model="stamped"),
            Prompts((PROMPT,)), Shape(at_once=STREAMS), Budget(requests=number, seconds=LIMIT_S),
            spread_s=SPREAD_S,
        )  # fmt: skip
        run = await load.measure()
    timings = [sample.timing for sample in run.samples]
    return _figures(
        [one.ttft_s for one in timings if one.ttft_s is not None],
        [one.tpot_s for one in timings if one.tpot_s is not None],
    )


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_own(sys.argv[1])))))
