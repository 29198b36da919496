"""Other tools that measure, where they are installed, on the same server: their errors beside ours.

`python -m helpers.selftest.bench.others URL` is this kit's turn. Each tool runs in a process of its
own, as its users run it, and what it reports is held against what the server knows of the same
answers. The figure of an error at p99 is one reported p99 less the true one: by so much somebody
who reads the report is misled.
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
from pathlib import Path
from statistics import fmean
from typing import NamedTuple
from urllib.parse import urlsplit

from ...checks.load.budget import Budget
from ...checks.load.loading import Load
from ...checks.load.prompts import Prompts
from ...checks.load.shape import Shape
from ...endpoint import resolve
from ...installation import scripts_in
from ...product import VERSION
from ...server.ending import end_all
from ...server.stamped import spawned
from ...wire.request import chat
from ...wire.timing import percentile

STREAMS, REQUESTS = 16, 160
PATH = "paced/25/50/100/0"
PROMPT = "write a poem about a tree"
SPREAD_S = 0.2
LIMIT_S = 180.0
QUOTED = 300

# aiperf loads a tokenizer, which its own count of tokens would need, and fetches one otherwise.
_TOKENIZER = {
    "tokenizer.json": {
        "version": "1.0", "pre_tokenizer": {"type": "Whitespace"}, "added_tokens": [],
        "model": {"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"},
    },
    "tokenizer_config.json": {
        "tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]", "eos_token": "[UNK]",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Reported:
    """What is said of a load, in seconds: of how many answers, TTFT and the time per token."""

    n: int
    ttft_mean_s: float
    ttft_p50_s: float
    ttft_p99_s: float
    tpot_mean_s: float


@dataclass(frozen=True)
class Other:
    """How far a tool's report of a load is from the truth.

    above:    each of its figures, less the true one; n is how many answers it reports
    took_s:   until its process had ended, start included
    cpu_s:    of all its processes
    trouble:  its own last words where it brought no report, and `above` is None
    """

    name: str
    version: str
    above: Reported | None
    took_s: float
    cpu_s: float
    trouble: str = ""


class Tool(NamedTuple):
    """How one tool is run, and what it reports.

    arguments:  for an address, in a folder with `prompts.jsonl` and `tokenizer`
    report:     its version and its figures, from that folder
    """

    name: str
    arguments: Callable[[str, Path], Sequence[str]]
    report: Callable[[Path], tuple[str, Reported]]


def measure(source: str) -> tuple[Other, ...]:
    """What this kit and each installed tool make of 16 streams; () where none is installed."""
    installed = [(tool, program) for tool in TOOLS if (program := _found(tool.name))]
    if not installed:
        return ()
    others = [_measured(tool.name, source, _turn(tool, program)) for tool, program in installed]
    return (_measured("this kit", source, _own_turn), *others)


def _found(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=str(scripts_in(Path(sys.prefix))))


class _NoReport(Exception):
    """A tool ended without one; what it said last."""


Turn = Callable[[str, Path], tuple[str, Reported]]


def _measured(name: str, source: str, turn: Turn) -> Other:
    version, above, trouble = "", None, ""
    with tempfile.TemporaryDirectory() as folder:
        _stamps(source)
        begun_s, spent_s = time.perf_counter(), _children_s()
        try:
            version, reported = turn(f"{source}/{PATH}", Path(folder))
            above = _above(reported, _stamps(source)[-reported.n :])
        except _NoReport as said:
            trouble = str(said)
    return Other(
        name, version, above, time.perf_counter() - begun_s, _children_s() - spent_s, trouble
    )


def _own_turn(url: str, _: Path) -> tuple[str, Reported]:
    with spawned(f"{__package__}.others", url) as said:
        return VERSION, Reported(**json.loads(said.read()))


def _turn(tool: Tool, program: str) -> Turn:
    def turn(url: str, folder: Path) -> tuple[str, Reported]:
        _prepare(folder)
        said = _run([program, *tool.arguments(url, folder)], folder)
        try:
            return tool.report(folder)
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            words = " ".join(said.split())[-QUOTED:]
            raise _NoReport(words or "It ended without a report, and without a word.") from None

    return turn


def _prepare(folder: Path) -> None:
    lines = [json.dumps({"prompt": PROMPT, "text": PROMPT})] * REQUESTS
    (folder / "prompts.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "tokenizer").mkdir()
    for name, value in _TOKENIZER.items():
        (folder / "tokenizer" / name).write_text(json.dumps(value), encoding="utf-8")


def _run(command: list[str], folder: Path) -> str:
    """Run a tool to its end, and return what it said; all of its processes end with the limit."""
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
    ) as process:  # fmt: skip
        try:
            return process.communicate(timeout=LIMIT_S)[0]
        except subprocess.TimeoutExpired:
            raise _NoReport(f"It did not end within {LIMIT_S:.0f} s.") from None
        finally:
            end_all(process)


def _children_s() -> float:
    """CPU time of all processes that this one has started and that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _stamps(source: str) -> list[list[float]]:
    """Of each answer since the last call: when asked, first chunk, last chunk, how many chunks."""
    connection = HTTPConnection(urlsplit(source).netloc, timeout=LIMIT_S)
    with closing(connection):
        connection.request("GET", "/stamps", headers={"Connection": "close"})
        found: list[list[float]] = json.load(connection.getresponse())
    return found


def _above(reported: Reported, stamps: Sequence[Sequence[float]]) -> Reported:
    """What was reported, less what the stamps say."""
    true = _figures(
        [first_s - came_s for came_s, first_s, _, _ in stamps],
        [(last_s - first_s) / (chunks - 1) for _, first_s, last_s, chunks in stamps],
    )
    pairs = zip(astuple(reported), astuple(true), strict=True)
    _, *errors = (said - truth for said, truth in pairs)
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


def _guidellm(url: str, _: Path) -> list[str]:
    return [
        "run", "--backend", f"kind=openai_http,target={url},model=stamped,validate_backend=false",
        "--profile", f"kind=concurrent,streams={STREAMS}",
        "--constraint", f"kind=max_requests,count={REQUESTS}",
        "--data", "kind=json_file,path=prompts.jsonl",
        "--output", "kind=json,path=report.json", "--disable-progress",
    ]  # fmt: skip


def _guidellm_report(folder: Path) -> tuple[str, Reported]:
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    metrics = report["benchmarks"][0]["metrics"]
    ttft, gap = (
        metrics[name]["successful"] for name in ("time_to_first_token_ms", "inter_token_latency_ms")
    )
    return report["metadata"]["guidellm_version"], Reported(
        int(ttft["count"]), ttft["mean"] / 1000, ttft["median"] / 1000,
        ttft["percentiles"]["p99"] / 1000, gap["mean"] / 1000,
    )  # fmt: skip


def _aiperf(url: str, folder: Path) -> list[str]:
    return [
        "profile", "--model", "stamped", "--url", url, "--endpoint-type", "chat", "--streaming",
        "--concurrency", str(STREAMS), "--request-count", str(REQUESTS), "--ui", "none",
        "--input-file", "prompts.jsonl", "--custom-dataset-type", "single_turn",
        "--use-server-token-count", "--tokenizer", str(folder / "tokenizer"),
        "--artifact-dir", "report",
    ]  # fmt: skip


def _aiperf_report(folder: Path) -> tuple[str, Reported]:
    text = (folder / "report" / "profile_export_aiperf.json").read_text(encoding="utf-8")
    report = json.loads(text)
    ttft, gap = report["time_to_first_token"], report["inter_token_latency"]
    return report["aiperf_version"], Reported(
        int(ttft["count"]), ttft["avg"] / 1000, ttft["p50"] / 1000, ttft["p99"] / 1000,
        gap["avg"] / 1000,
    )  # fmt: skip


TOOLS = (
    Tool("guidellm", _guidellm, _guidellm_report),
    Tool("aiperf", _aiperf, _aiperf_report),
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
