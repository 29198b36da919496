"""The command: `python3 -m helpers bench`."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from ...server import builtin, stamped
from . import (
    batching,
    display,
    drawing,
    engine,
    hop,
    judging,
    kernel,
    others,
    reading,
    startup,
    under_load,
)
from .figures import Figures
from .hop import HopLoad
from .kept import data
from .table import table

_PACKAGES = ("openai", "aiohttp", "jiter", "ipykernel", "markdown-it-py")


@dataclass(frozen=True)
class Size:
    """How much is measured: tokens per answer, chunks per stream, rounds and turns.

    speeds:  of the replay, as multiples of the recorded one
    streams: at once; each gets as many answers, of as many chunks, as `answers` says
    others:  whether other installed tools are measured too, a minute each
    starts:  of a new process
    batch:   prompts in one, and how often it is run
    """

    live: tuple[int, ...]
    printed: tuple[int, ...]
    chunks: int
    judged: tuple[int, ...]
    drawn: tuple[int, ...]
    loads: tuple[HopLoad, ...]
    speeds: tuple[int, ...]
    rounds: int
    turns: int
    streams: tuple[int, ...]
    answers: tuple[int, int]
    starts: int
    batch: tuple[int, int]
    others: bool = False


FULL = Size(
    live=(500, 2_000, 10_000), printed=(500, 2_000), chunks=10_000,
    judged=(1_000, 10_000), drawn=(100, 1_000, 10_000),
    loads=(HopLoad(1, chunks=250, per_s=100), HopLoad(32, chunks=75, per_s=30)),
    speeds=(1, 10), rounds=9, turns=3, streams=(1, 16, 64, 256), answers=(3, 50), starts=3,
    batch=(2_000, 3), others=True,
)  # fmt: skip
QUICK = Size(
    live=(100,), printed=(100,), chunks=500,
    judged=(50, 500), drawn=(10, 100),
    loads=(HopLoad(1, chunks=50, per_s=100), HopLoad(4, chunks=15, per_s=30)),
    speeds=(10,), rounds=2, turns=1, streams=(16,), answers=(1, 10), starts=1,
    batch=(50, 1),
)  # fmt: skip

# As much as fits while someone waits for a notebook; bursts and streams are as long as in FULL.
BRIEF = Size(
    live=(100, 500), printed=(500,), chunks=10_000,
    judged=(1_000, 10_000), drawn=(100, 1_000),
    loads=(HopLoad(1, chunks=50, per_s=100), HopLoad(16, chunks=25, per_s=30)),
    speeds=(10,), rounds=2, turns=1, streams=(1, 16, 64, 256), answers=(2, 25), starts=1,
    batch=(1_000, 1),
)  # fmt: skip


def run(*, quick: bool, file: Path | None) -> int:
    """Measure, print the table and return 0; a missed goal is reported, but is not an exit code.

    file:  also gets every figure
    """
    found = measured(QUICK if quick else FULL, _say)
    print(table(found))
    if file:
        text = json.dumps({"quick": quick, "machine": _machine()} | data(found), indent=1)
        file.write_text(text + "\n", encoding="utf-8")
    return 0


def measured(size: Size, say: Callable[[str], None]) -> Figures:
    """Every figure, measured one after the other so that none disturbs another.

    say:  called with what is measured next; an exception from it ends the run
    """
    before = psutil.getloadavg()[0]
    try:
        with stamped.running() as url:
            say("reading: bursts by three readers in turns")
            read = reading.measure(url, chunks=size.chunks, rounds=size.rounds)
            say("judging: recorded streams")
            judged = judging.measure(size.judged, rounds=size.rounds)
            say(f"load: {', '.join(map(str, size.streams))} at once, stamped when sent")
            rounds, chunks = size.answers
            loads = under_load.measure(url, size.streams, chunks=chunks, rounds=rounds)
            say("start: imports and the first request")
            started = startup.measure(url, starts=size.starts)
            prompts, times = size.batch
            say(f"batch: {prompts:,} prompts that are answered at once")
            batched = batching.measure(url, prompts=prompts, rounds=times)
            say("other tools: those that are installed, and this kit")
            compared = others.measure(url) if size.others else ()
            say("engine: start, pace, replay")
            served = engine.measure(speeds=size.speeds, turns=size.turns)
            say("proxy and watch: streams directly and through each, in turns")
            hops = hop.measure(url, size.loads, turns=size.turns)
            say("drawing: updates of the live timeline")
            with kernel.running() as client:
                drawn = drawing.measure(client, size.drawn, rounds=size.rounds)
                seconds = sum((*size.live, *size.printed, *size.printed)) / stamped.PER_S
                say(f"display: {stamped.PER_S} tokens a second for {seconds:.0f} s")
                shown = display.measure(client, url, live=size.live, printed=size.printed)
    finally:
        builtin.close()
    now = psutil.getloadavg()[0]
    return Figures(
        shown, read, judged, drawn, served, hops, loads, started, batched, compared, (before, now)
    )  # fmt: skip


def _say(what: str) -> None:
    print(f"{what} …", file=sys.stderr, flush=True)


def _machine() -> dict[str, object]:
    packages = {name: version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), "cpus": os.cpu_count(), "packages": packages}
