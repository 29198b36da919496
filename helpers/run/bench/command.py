"""The command: `python3 -m helpers bench`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from helpers.engine import builtin
from helpers.run.bench import display, engine, reading, source
from helpers.run.bench.figures import Figures, table

_PACKAGES = ("openai", "aiohttp", "jiter", "ipykernel", "markdown-it-py")


@dataclass(frozen=True)
class Size:
    """How much is measured: tokens per answer, chunks per burst, rounds and turns."""

    live: tuple[int, ...]
    printed: tuple[int, ...]
    chunks: int
    rounds: int
    paced: int
    turns: int


FULL = Size((500, 2_000, 10_000), (500, 2_000), 10_000, rounds=9, paced=500, turns=3)
QUICK = Size((100, 200), (100, 200), 500, rounds=2, paced=50, turns=1)


def main(argv: Sequence[str]) -> int:
    """Measure, print the table and return 0; a goal that was missed is told, not an exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 -m helpers bench", allow_abbrev=False,
        description="Measure what this kit itself costs; about a minute, on a quiet machine.",
    )  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep every figure there, too")
    parser.add_argument("--quick", action="store_true", help="seconds, too short to rely on")
    arguments = parser.parse_args(argv)
    if arguments.json and not arguments.json.parent.is_dir():
        parser.error(f"Expected a folder that exists for --json; came {arguments.json.parent}.")
    found = measured(QUICK if arguments.quick else FULL)
    print(table(found))
    if arguments.json:
        text = json.dumps({"quick": arguments.quick, "machine": _machine()} | found.data, indent=1)
        arguments.json.write_text(text + "\n", encoding="utf-8")
    return 0


def measured(size: Size) -> Figures:
    """Return every figure, measured one after the other so that none disturbs another."""
    try:
        with source.running() as url:
            _say("reading: bursts by three readers in turns")
            read = reading.measure(url, chunks=size.chunks, rounds=size.rounds)
            _say("engine: start, proxy, pace")
            served = engine.measure(url, chunks=size.paced, turns=size.turns)
            seconds = sum((*size.live, *size.printed)) / source.PER_S
            _say(f"display: {source.PER_S} tokens a second for {seconds:.0f} s")
            shown = display.measure(url, live=size.live, printed=size.printed)
    finally:
        builtin.close()
    return Figures(shown, read, served)


def _say(what: str) -> None:
    print(f"{what} …", file=sys.stderr, flush=True)


def _machine() -> dict[str, object]:
    packages = {name: version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), "cpus": os.cpu_count(), "packages": packages}
