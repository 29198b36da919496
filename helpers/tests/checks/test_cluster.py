"""A batch that workers ask: one of them is lost, and each prompt has one answer all the same."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from helpers.checks import cluster
from helpers.checks.batch.batch import Batch
from helpers.checks.batch.judging import judge_batch
from helpers.checks.batch.plan import Plan
from helpers.checks.batch.source import Source
from helpers.endpoint import resolve
from helpers.tests.support.prompt_server import answer, prompts_answered

PROMPTS, AT_ONCE = 60, 8


def ran(folder: Path, url: str, watch: Any = lambda _: None, **plan: Any) -> Batch:
    """Return a batch that has run."""
    path = folder / "in.jsonl"
    lines = (json.dumps({"id": str(n), "prompt": str(n)}) for n in range(PROMPTS))
    path.write_text("\n".join(lines), "utf-8")

    async def whole() -> Batch:
        batch = Batch(Source(path), resolve(url), folder / "out.jsonl", Plan(most=AT_ONCE, **plan))
        await batch.run(lambda: watch(batch))
        return batch

    return asyncio.run(whole())


@pytest.mark.slow
def test_the_prompts_of_a_lost_worker_are_asked_by_another(tmp_path: Path) -> None:
    """One of two is killed in the middle; the loss is told, and nothing is there twice."""
    asking: dict[int, int] = {}

    def says(_: str, __: int) -> Any:
        sleep(0.1)
        return answer()

    def kill_one(batch: Batch) -> None:
        if batch.asked >= PROMPTS // 3 and not asking and batch.cluster:
            asking.update(dict.fromkeys(batch.cluster.pids[:1], 1))
            os.kill(*asking, signal.SIGKILL)

    with prompts_answered(says) as asked:
        batch = ran(tmp_path, asked.url, kill_one, scheduler="local", workers=2)
    assert ["batch-answered", "batch-lost-worker"] == [one.name for one in judge_batch(batch)]
    ids = [json.loads(line)["custom_id"] for line in batch.output.read_text().splitlines()]
    assert sorted(map(str, range(PROMPTS))) == sorted(ids)
    assert sum(asked.times.values()) <= PROMPTS + AT_ONCE


def test_a_scheduler_that_is_not_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is asked, and nothing of the endpoint's is red."""
    monkeypatch.setattr(cluster, "CONNECT_S", 0.3)
    with prompts_answered() as asked:
        batch = ran(tmp_path, asked.url, scheduler="tcp://127.0.0.1:9")
    [finding] = judge_batch(batch)
    assert ("no-workers", "call") == (finding.name, finding.blame)
    assert not asked.times
