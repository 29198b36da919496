"""What a batch costs per prompt: `python -m helpers.selftest.bench.batching URL PROMPTS ROUNDS`.

It runs in its own process, so that the CPU time is the batch's alone, against a server that
answers at once. Everything counts: the prompt read from its file, the request, the answer judged,
its line synced to disk.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from time import process_time

import psutil

from ...checks.batch.batch import Batch
from ...checks.prompt_file.source import Source
from ...endpoint import resolve
from ...server.stamped import spawned
from .reading import Cost, cost

TOKENS, WARM = 50, 100


@dataclass(frozen=True)
class Batched:
    """The cost of a prompt, and the process's memory at the end, in bytes."""

    prompts: int
    each: Cost
    rss: int


def measure(source: str, *, prompts: int, rounds: int) -> Batched:
    """What batches of this many prompts cost."""
    arguments = (f"{source}/whole/{TOKENS}/v1", str(prompts), str(rounds))
    with spawned(f"{__package__}.batching", *arguments) as output:
        found = json.loads(output.read())
    return Batched(found["prompts"], Cost(**found["each"]), found["rss"])


async def _measured(url: str, prompts: int, rounds: int, folder: Path) -> Batched:
    # The first requests of a process build its client and fill its pool.
    await _ran(url, WARM, folder / "warm")
    spent = []
    for number in range(rounds):
        gc.collect()
        before_s = process_time()
        await _ran(url, prompts, folder / str(number))
        spent.append(process_time() - before_s)
    rss = int(psutil.Process().memory_info().rss)
    return Batched(prompts, cost(spent, prompts), rss)


async def _ran(url: str, prompts: int, folder: Path) -> None:
    folder.mkdir()
    path = folder / "prompts.jsonl"
    path.write_text("".join(
        json.dumps({"id": str(number), "prompt": f"write a poem about tree {number}"}) + "\n"
        for number in range(prompts)
    ))  # fmt: skip
    batch = Batch(Source(path), resolve(url, model="bench"), folder / "answers.jsonl")
    await batch.run()
    if len(batch.rows) != prompts:
        raise RuntimeError(f"Expected {prompts} answers; got {len(batch.rows)}: {batch.trouble}")


if __name__ == "__main__":
    _url, *_numbers = sys.argv[1:]
    _prompts, _rounds = map(int, _numbers)
    with tempfile.TemporaryDirectory() as _folder:
        _found = asyncio.run(_measured(_url, _prompts, _rounds, Path(_folder)))
    print(json.dumps(asdict(_found)))
