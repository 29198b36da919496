"""Other tools are held against the stamps of the server that they asked."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.selftest.bench import others
from helpers.selftest.bench.table import rows
from helpers.selftest.bench.tools import TOOLS, Reported
from helpers.server import stamped
from helpers.tests.support.bench import FIGURES

# Asks three times, and reports a first token 100 ms and a token 2 ms later than it came.
TOOL = """
import http.client, json, sys, time
from urllib.parse import urlsplit
backend = next(word for word in sys.argv if "target=" in word)
url = urlsplit(backend.split("target=")[1].split(",")[0])
ttft, gaps = [], []
for _ in range(3):
    connection = http.client.HTTPConnection(url.netloc)
    sent = time.perf_counter()
    connection.request("POST", url.path + "/v1/chat/completions", "{}")
    body = connection.getresponse()
    first = body.readline() and time.perf_counter()
    last = [time.perf_counter() for line in body if b"sent_s" in line][-1]
    ttft.append((first - sent) * 1000 + 100)
    gaps.append((last - first) / 24 * 1000 + 2)
def told(values):
    middle = sorted(values)[1]
    return {"successful": {"mean": sum(values) / 3, "median": middle, "count": 3,
                           "percentiles": {"p99": max(values)}}}
report = {"benchmarks": [{"metrics": {
    "time_to_first_token_ms": told(ttft), "inter_token_latency_ms": told(gaps)}}]}
open("report.json", "w").write(json.dumps(report))
"""


def install(folder: Path, name: str, source: str) -> None:
    """Put a program of that name into a folder."""
    program = folder / name
    program.write_text(f"#!{sys.executable}\n{source}", encoding="utf-8")
    program.chmod(0o755)


def test_a_report_is_held_against_the_stamps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One tool is 100 ms late, another one ends without a report: its own words are told."""
    (programs := tmp_path / "bin").mkdir()
    install(programs, "guidellm", TOOL)
    install(programs, "aiperf", "print('no tokenizer here')")
    about = tmp_path / "lib" / "python3" / "site-packages" / "guidellm-0.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Name: guidellm\nVersion: 0.0\n", encoding="utf-8")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(others, "_own_turn", lambda *_: Reported(2, 1, 1, 1, 1))
    with stamped.running() as source:
        _, guidellm, aiperf = others.measure(source)
    assert ("guidellm", "0.0", "") == (guidellm.name, guidellm.version, guidellm.trouble)
    assert guidellm.above is not None
    assert (guidellm.above.n, guidellm.above.ttft_mean_s >= 0.1) == (3, True)
    assert guidellm.above.tpot_mean_s == pytest.approx(0.002, abs=0.005)
    assert (aiperf.above, aiperf.trouble) == (None, "no tokenizer here")


def test_what_was_compared_stands_in_the_table() -> None:
    """A tool with its errors, one without a report, and where none was compared the way to it."""
    told = {row[0]: row[1:3] for row in rows(FIGURES)}
    assert told["this kit 1.0, error of TTFT"] == (
        "1.00 ms, mean",
        "p99 2.00 ms (n 160), 16 streams",
    )
    assert told["aiperf, at 16 streams"] == ("no report", "no tokenizer")
    alone = {row[0]: row[2] for row in rows(replace(FIGURES, others=()))}
    assert "guidellm, aiperf and vllm" in alone["other tools"]


def test_each_tool_s_own_report_is_read(tmp_path: Path) -> None:
    """Its names, its milliseconds."""
    (tmp_path / "report").mkdir()
    ttft, gap = {"avg": 101.0, "p50": 100.5, "p99": 120.0, "count": 160}, {"avg": 20.0}
    aiperf = {"time_to_first_token": ttft, "inter_token_latency": gap}
    vllm = {
        "completed": 160, "mean_ttft_ms": 101.0, "median_ttft_ms": 100.5, "p99_ttft_ms": 120.0,
        "mean_tpot_ms": 20.0,
    }  # fmt: skip
    path = tmp_path / "report" / "profile_export_aiperf.json"
    path.write_text(json.dumps(aiperf), encoding="utf-8")
    (tmp_path / "report.json").write_text(json.dumps(vllm), encoding="utf-8")
    found = [tool.report(tmp_path) for tool in TOOLS if tool.name != "guidellm"]
    assert found == [Reported(160, 0.101, 0.1005, 0.12, 0.02)] * 2
