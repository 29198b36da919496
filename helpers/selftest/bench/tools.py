"""The tools that are compared: how each is run, and what it reports."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

STREAMS, REQUESTS = 16, 160
PROMPT = "write a poem about a tree"

# aiperf and vLLM load a tokenizer for their own token count, and would otherwise download one.
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
    """A report on a load, in seconds: the number of answers, TTFT and the time per token."""

    n: int
    ttft_mean_s: float
    ttft_p50_s: float
    ttft_p99_s: float
    tpot_mean_s: float


class Tool(NamedTuple):
    """How one tool is run, and what it reports.

    name:       of its program and of its package
    arguments:  for an address, in a folder with `prompts.jsonl` and `tokenizer`
    report:     reads its figures from that folder
    """

    name: str
    arguments: Callable[[str, Path], Sequence[str]]
    report: Callable[[Path], Reported]


def prepare(folder: Path) -> None:
    """Put the prompts and a tokenizer into the folder that a tool runs in."""
    lines = [json.dumps({"prompt": PROMPT, "text": PROMPT})] * REQUESTS
    (folder / "prompts.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "tokenizer").mkdir()
    for name, value in _TOKENIZER.items():
        (folder / "tokenizer" / name).write_text(json.dumps(value), encoding="utf-8")


def _guidellm(url: str, _: Path) -> list[str]:
    return [
        "run", "--backend", f"kind=openai_http,target={url},model=stamped,validate_backend=false",
        "--profile", f"kind=concurrent,streams={STREAMS}",
        "--constraint", f"kind=max_requests,count={REQUESTS}",
        "--data", "kind=json_file,path=prompts.jsonl",
        "--output", "kind=json,path=report.json", "--disable-progress",
    ]  # fmt: skip


def _guidellm_report(folder: Path) -> Reported:
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    metrics = report["benchmarks"][0]["metrics"]
    ttft, gap = (
        metrics[name]["successful"] for name in ("time_to_first_token_ms", "inter_token_latency_ms")
    )
    return Reported(
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


def _aiperf_report(folder: Path) -> Reported:
    text = (folder / "report" / "profile_export_aiperf.json").read_text(encoding="utf-8")
    report = json.loads(text)
    ttft, gap = report["time_to_first_token"], report["inter_token_latency"]
    return Reported(
        int(ttft["count"]), ttft["avg"] / 1000, ttft["p50"] / 1000, ttft["p99"] / 1000,
        gap["avg"] / 1000,
    )  # fmt: skip


def _vllm(url: str, folder: Path) -> list[str]:
    return [
        "bench", "serve", "--backend", "openai-chat", "--base-url", url,
        "--endpoint", "/v1/chat/completions", "--model", "stamped",
        "--dataset-name", "custom", "--dataset-path", "prompts.jsonl", "--skip-chat-template",
        "--tokenizer", str(folder / "tokenizer"), "--num-prompts", str(REQUESTS),
        "--max-concurrency", str(STREAMS), "--percentile-metrics", "ttft,tpot",
        "--metric-percentiles", "99", "--disable-tqdm",
        "--save-result", "--result-dir", ".", "--result-filename", "report.json",
    ]  # fmt: skip


def _vllm_report(folder: Path) -> Reported:
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    figures = ("mean_ttft_ms", "median_ttft_ms", "p99_ttft_ms", "mean_tpot_ms")
    return Reported(int(report["completed"]), *(report[name] / 1000 for name in figures))


TOOLS = (
    Tool("guidellm", _guidellm, _guidellm_report),
    Tool("aiperf", _aiperf, _aiperf_report),
    Tool("vllm", _vllm, _vllm_report),
)
