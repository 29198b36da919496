"""The command: `python3 -m helpers bench`."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from ...server import builtin, stamped
from . import display, drawing, engine, hop, judging, reading
from .figures import Figures
from .hop import Load
from .table import table

_PACKAGES = ("openai", "aiohttp", "jiter", "ipykernel", "markdown-it-py")


@dataclass(frozen=True)
class Size:
    """How much is measured: tokens per answer, chunks per stream, rounds and turns.

    speeds:  of the replay, times the recorded one
    """

    live: tuple[int, ...]
    printed: tuple[int, ...]
    chunks: int
    judged: tuple[int, ...]
    drawn: tuple[int, ...]
    loads: tuple[Load, ...]
    speeds: tuple[int, ...]
    rounds: int
    turns: int


FULL = Size(
    live=(500, 2_000, 10_000), printed=(500, 2_000), chunks=10_000,
    judged=(1_000, 10_000), drawn=(100, 1_000, 10_000),
    loads=(Load(1, chunks=250, per_s=100), Load(32, chunks=75, per_s=30)),
    speeds=(1, 10), rounds=9, turns=3,
)  # fmt: skip
QUICK = Size(
    live=(100, 200), printed=(100, 200), chunks=500,
    judged=(50, 500), drawn=(10, 100),
    loads=(Load(1, chunks=50, per_s=100), Load(4, chunks=15, per_s=30)),
    speeds=(10,), rounds=2, turns=1,
)  # fmt: skip


def run(*, quick: bool, file: Path | None) -> int:
    """Measure, print the table and return 0; a goal that was missed is told, not an exit code.

    file:  where every figure is kept as well
    """
    found = measured(QUICK if quick else FULL)
    print(table(found))
    if file:
        text = json.dumps({"quick": quick, "machine": _machine()} | found.data, indent=1)
        file.write_text(text + "\n", encoding="utf-8")
    return 0


def measured(size: Size) -> Figures:
    """Return every figure, measured one after the other so that none disturbs another."""
    before = psutil.getloadavg()[0]
    try:
        with stamped.running() as url:
            _say("reading: bursts by three readers in turns")
            read = reading.measure(url, chunks=size.chunks, rounds=size.rounds)
            _say("judging: recorded streams")
            judged = judging.measure(size.judged, rounds=size.rounds)
            _say("drawing: updates of the live timeline")
            drawn = drawing.measure(size.drawn, rounds=size.rounds)
            _say("engine: start, pace, replay")
            served = engine.measure(speeds=size.speeds, turns=size.turns)
            _say("proxy and watch: streams directly and through each, in turns")
            hops = hop.measure(url, size.loads, turns=size.turns)
            seconds = sum((*size.live, *size.printed)) / stamped.PER_S
            _say(f"display: {stamped.PER_S} tokens a second for {seconds:.0f} s")
            shown = display.measure(url, live=size.live, printed=size.printed)
    finally:
        builtin.close()
    return Figures(shown, read, judged, drawn, served, hops, (before, psutil.getloadavg()[0]))


def _say(what: str) -> None:
    print(f"{what} …", file=sys.stderr, flush=True)


def _machine() -> dict[str, object]:
    packages = {name: version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), "cpus": os.cpu_count(), "packages": packages}
