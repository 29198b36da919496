"""What workers do together: a batch and a load, with one of them lost on the way."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from helpers.checks import cluster
from helpers.checks.batch.batch import Batch
from helpers.checks.batch.judging import judge_batch
from helpers.checks.batch.plan import Plan
from helpers.checks.cluster import LOCAL, ClusterError, check_keys
from helpers.checks.load import workers as load_workers
from helpers.checks.load.budget import Budget, Goals
from helpers.checks.load.prompts import Prompts
from helpers.checks.load.shape import Part, Shape, arrivals_s
from helpers.checks.load.workers import Order, SharedLoad, parts_of
from helpers.checks.prompt_file.source import Source
from helpers.endpoint import resolve
from helpers.tests.support.prompt_server import Asked, answer, prompts_answered
from helpers.wire.request import chat

PROMPTS, AT_ONCE = 60, 8


async def ran(folder: Path, url: str, watch: Any = lambda _: None, **plan: Any) -> Batch:
    """Return a batch that has run."""
    path = folder / "in.jsonl"
    lines = (json.dumps({"id": str(n), "prompt": str(n)}) for n in range(PROMPTS))
    path.write_text("\n".join(lines), "utf-8")
    batch = Batch(Source(path), resolve(url), folder / "out.jsonl", Plan(most=AT_ONCE, **plan))
    await batch.run(lambda: watch(batch))
    return batch


@pytest.mark.slow
def test_workers_share_a_load_and_a_batch_and_lose_one_in_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a killed one had measured is missing and told; what it asked, others ask again."""
    monkeypatch.setattr(load_workers, "STOP_S", 60.0)

    async def all_of_it(asked: Asked) -> Batch:
        async with cluster.Cluster("local", slots=AT_ONCE, workers=3) as workers:
            first, second, _ = workers.pids
            with monkeypatch.context() as patched:
                patched.setattr(cluster, "VERSION", "another")
                with pytest.raises(cluster.ClusterError, match=" there and another here"):
                    await workers._know_us()
            await shared_loads(workers, asked, lost=first)
            asked.times.clear()
            return await batch_without(second, workers._own.scheduler_address, asked, tmp_path)

    def says(_: str, __: int) -> Any:
        sleep(0.1)
        return answer()

    with prompts_answered(says) as asked:
        batch = asyncio.run(all_of_it(asked))
    assert ["batch-answered", "batch-lost-worker"] == [one.name for one in judge_batch(batch)]
    ids = [json.loads(line)["custom_id"] for line in batch.output.read_text().splitlines()]
    assert sorted(map(str, range(PROMPTS))) == sorted(ids)
    assert sum(asked.times.values()) <= PROMPTS + AT_ONCE


async def shared_loads(workers: cluster.Cluster, asked: Asked, *, lost: int) -> None:
    """One load that ends by itself, one that is stopped, and one on which a worker is lost."""
    order = Order(
        resolve(asked.url), chat("hi", model="oak"), Prompts(("hi",)), Shape(at_once=5),
        Budget(requests=20, seconds=60),
    )  # fmt: skip
    whole = await SharedLoad(workers, order).measure()
    assert ("requests", 0, 20) == (whole.ended, whole.lost, whole.figures(Goals()).n)
    assert 20 == len({one.number for one in whole.samples})
    endless = SharedLoad(workers, replace(order, budget=Budget(requests=10_000, seconds=60)))
    task = asyncio.ensure_future(endless.measure())
    await heard(asked, 40)
    # While they send, they tell where they stand.
    while not endless.progress.ended:
        await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait({task})
    assert len(endless.run.samples) == endless.progress.ended
    assert (True, "stopped", 0) == (task.cancelled(), endless.run.ended, endless.run.lost)
    assert endless.run.samples
    lossy = SharedLoad(workers, replace(order, budget=Budget(requests=60, seconds=60)))
    task = asyncio.ensure_future(lossy.measure())
    await heard(asked, sum(asked.times.values()) + 5)
    os.kill(lost, signal.SIGKILL)
    run = await task
    # Two of five at once have two fifths of the requests, and the third worker has one.
    assert (1, True) == (run.lost, len(run.samples) in (36, 48))


async def heard(asked: Asked, requests: int) -> None:
    """Wait until the endpoint was asked so often."""
    while sum(asked.times.values()) < requests:
        await asyncio.sleep(0.02)


async def batch_without(worker: int, scheduler: str, asked: Asked, folder: Path) -> Batch:
    """A batch on which this worker is lost."""
    alive = [worker]

    def kill_it(batch: Batch) -> None:
        if batch.asked >= PROMPTS // 3 and alive:
            os.kill(alive.pop(), signal.SIGKILL)

    return await ran(folder, asked.url, kill_it, scheduler=scheduler)


def test_a_load_in_parts_is_as_much_as_the_whole() -> None:
    """Requests, those at once and the rate add up; no part asks what another does."""
    order = Order(
        resolve("demo"), chat("hi"), Prompts(("hi",)), Shape(at_once=5),
        Budget(requests=18, tokens=7),
    )  # fmt: skip
    parts = parts_of(order, 3)
    assert [2, 2, 1] == [one.shape.at_once for one in parts]
    assert (18, 7) == tuple(
        sum(getattr(one.budget, name) for one in parts) for name in ("requests", "tokens")
    )
    assert 3 == len({one.seed for one in parts})
    assert 5 == len(parts_of(order, 99))
    rates = parts_of(replace(order, shape=Shape(per_s=6.0)), 3)
    assert [2.0] * 3 == [one.shape.per_s for one in rates]
    due = [next(arrivals_s(one.shape, Part(place, 3))) for place, one in enumerate(rates)]
    assert [0.0, 1 / 6, 2 / 6] == pytest.approx(due)


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        (None, "Connect call failed"),
        (b"", "no answer within 0 s"),
        # Eight bytes of it, as a length, are more than any memory has.
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "another program listens there"),
    ],
)
def test_a_scheduler_that_is_none_is_said(
    says: bytes | None, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is asked, and nothing of the endpoint's is red."""
    monkeypatch.setattr(cluster, "CONNECT_S", 0.4)
    # One that is forgotten is closed from Python 3.13 on.
    open_ones = []

    async def all_of_it(url: str) -> Batch:
        async def answered(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            open_ones.append(writer)
            writer.write(says or b"")

        server = await asyncio.start_server(answered, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        if says is None:
            server.close()
        return await ran(tmp_path, url, scheduler=f"tcp://127.0.0.1:{port}")

    with prompts_answered() as asked:
        batch = asyncio.run(all_of_it(asked.url))
    [finding] = judge_batch(batch)
    assert ("no-workers", "call") == (finding.name, finding.blame)
    assert sentence in finding.evidence
    assert not asked.times


@pytest.mark.parametrize(
    ("headers", "travels"),
    [({"api-key": "$OAK_KEY"}, True), ({"X-Org": "oak"}, True), ({"api-key": "birch-01"}, False)],
)
def test_a_key_itself_goes_to_no_other_machine(headers: dict[str, str], travels: bool) -> None:
    """A variable's name does, and processes of this machine may have it."""
    endpoint = resolve("http://h/v1", headers=headers)
    check_keys(endpoint, LOCAL)
    with nullcontext() if travels else pytest.raises(ClusterError, match="sent to nobody"):
        check_keys(endpoint, "tcp://10.0.0.5:8786")
