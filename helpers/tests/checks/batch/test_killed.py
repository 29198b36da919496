"""A batch whose process is killed at any moment goes on, and asks next to nothing twice."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from helpers.checks.batch.batch import Batch
from helpers.checks.batch.plan import Plan
from helpers.checks.batch.row import row_of
from helpers.checks.prompt_file.source import Source
from helpers.endpoint import resolve
from helpers.tests.support.prompt_server import answer, prompts_answered
from helpers.tests.support.waiting import until

AT_ONCE, PROMPTS = 8, 300
KILLS = 10


def whole(file: Path, url: str, output: Path) -> None:
    """Run a batch to its end; exit code 0 when every prompt has an answer."""
    batch = Batch(Source(file), resolve(url), output, Plan(most=AT_ONCE))
    asyncio.run(batch.run())
    os._exit(0 if batch.state == "done" and not batch.left else 1)


@contextmanager
def running(file: Path, url: str, output: Path) -> Iterator[BaseProcess]:
    """Run a batch in a process of its own until the block ends.

    By a fork, since to import the client takes longer than the whole batch.
    """
    process = multiprocessing.get_context("fork").Process(target=whole, args=(file, url, output))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def answered(output: Path) -> set[str]:
    """Return the ids that stand in an output, but for a last line that was cut off."""
    data = output.read_bytes() if output.exists() else b""
    rows = [row_of(json.loads(line)) for line in data[: data.rfind(b"\n") + 1].splitlines()]
    return {row.custom_id for row in rows if row is not None}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_stands_in_the_output_is_never_asked_again(tmp_path: Path) -> None:
    """Killed ten times at random moments: each id once in the end, whole lines only."""
    file, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = (json.dumps({"id": str(n), "prompt": str(n)}) for n in range(PROMPTS))
    file.write_text("\n".join(lines), "utf-8")
    rng = random.Random(7)
    stood: set[str] = set()
    twice: set[str] = set()

    def says(prompt: str, _: int) -> Any:
        twice.update({prompt} & stood)
        return answer("An oak. " * 50)

    with prompts_answered(says) as asked:
        for _ in range(KILLS):
            enough = len(stood) + rng.randrange(1, PROMPTS // (KILLS + 1))
            with running(file, asked.url, output):
                assert until(lambda e=enough: len(answered(output)) >= e)
            stood = answered(output)
        with running(file, asked.url, output) as process:
            process.join()
            assert 0 == process.exitcode
    ids = [json.loads(line)["custom_id"] for line in output.read_text("utf-8").splitlines()]
    assert sorted(map(str, range(PROMPTS))) == sorted(ids)
    assert not twice
    # What was under way when it was killed, and nothing else, was asked twice.
    assert sum(asked.times.values()) <= PROMPTS + KILLS * AT_ONCE
    print(f"asked twice: {sum(asked.times.values()) - PROMPTS} of {PROMPTS} in {KILLS} kills")
