"""Which jobs are asked again, how often, and after how long. No server is asked, no time passes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from helpers.checks.batch.asking import Attempt
from helpers.checks.batch.crew import AWAY_TRIES, LATE_TRIES, RESTING, TRIES, Crew, GaveUp
from helpers.checks.batch.row import Row
from helpers.checks.prompt_file.job import Job
from helpers.endpoint import Endpoint, resolve
from helpers.finding import Finding

FAILED = Finding("server-error", "fail", "It failed.")


def asked(
    jobs: int, says: Callable[[str, int], dict[str, Any]], **how: Any
) -> tuple[Counter[str], list[float], list[Attempt]]:
    """Return how often each job was asked, how long jobs rested, and what came in the end.

    says:  what is to come of a job and its number of times before, {} for an answer
    """
    times: Counter[str] = Counter()
    rests: list[float] = []
    came: list[Attempt] = []

    async def ask(_: Endpoint, job: Job, tries: int) -> Attempt:
        await asyncio.sleep(0)
        said = says(job.custom_id, times[job.custom_id])
        times[job.custom_id] += 1
        row = Row(job.custom_id, tries=tries)
        return Attempt(row, b"", **({"finding": FAILED, **said} if said else {}))

    async def done(one: Attempt) -> None:
        came.append(one)

    async def work() -> None:
        crew = Crew(resolve("http://127.0.0.1:9/v1"), ask=ask, **how)
        loop = asyncio.get_running_loop()
        later = loop.call_later

        def at_once(wait_s: float, call: Any, *args: Any) -> asyncio.TimerHandle:
            rests.append(wait_s)
            return later(0.0, call, *args)

        crew._call_later = at_once
        await crew.work(numbered(jobs), done)

    asyncio.run(work())
    return times, rests, came


async def numbered(count: int) -> AsyncIterator[Job]:
    """Yield so many jobs, "0" the first."""
    for number in range(count):
        yield Job(str(number), "/v1/chat/completions", {})


def test_what_failed_is_asked_again_after_growing_pauses() -> None:
    """Twice as long each time; as long as the server says, where that is longer."""
    times, rests, came = asked(1, lambda *_: {"passing": True})
    assert ({"0": TRIES}, TRIES, TRIES - 1) == (times, came[0].row.tries, len(rests))
    assert rests[1] > 1.1 * rests[0] > 0.3
    times, rests, _ = asked(1, lambda _, before: {} if before else {"passing": True, "wait_s": 9.0})
    assert ({"0": 2}, [9.0]) == (times, rests)
    times, rests, _ = asked(1, lambda *_: {"passing": True, "wait_s": 3600.0})
    assert ({"0": 1}, []) == (times, rests)


def test_what_took_too_long_is_asked_once_more() -> None:
    """And no more where nothing was answered for as long as it is waited for."""
    says = {"passing": True, "late": True}
    assert {"0": LATE_TRIES} == asked(1, lambda *_: says)[0]
    with pytest.raises(GaveUp):
        asked(1, lambda *_: says, patience_s=-1.0)


def test_while_many_rest_few_others_are_asked() -> None:
    """Of a server that always fails, not all are asked before the first is given up."""
    first: list[str] = []

    def says(job: str, before: int) -> dict[str, Any]:
        first.append(job)
        assert (
            before
            or len({*first}) - sum(n == TRIES for n in Counter(first).values()) <= RESTING + 4
        )
        return {"passing": True}

    times, _, came = asked(40, says, most=4)
    assert ({TRIES}, 40) == ({*times.values()}, len(came))


def test_one_that_is_always_too_much_does_not_keep_the_others() -> None:
    """Each of them is answered, and it is given up in the end."""
    times, _, came = asked(
        30, lambda job, _: {"busy": True, "wait_s": 0.0001} if job == "0" else {}, most=2
    )
    assert (True, 30) == (AWAY_TRIES <= times["0"] <= AWAY_TRIES + 2, len(came))
    assert ["0"] == [one.row.custom_id for one in came if one.finding]
    assert {1} == {times[str(n)] for n in range(1, 30)}
