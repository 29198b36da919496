"""Loads on real sockets, against a server whose chunks are stamped and whose slots are known."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from helpers.checks.load.budget import Budget, Goals
from helpers.checks.load.capacity import bisected
from helpers.checks.load.loading import Load, Run
from helpers.checks.load.meter import undisturbed
from helpers.checks.load.own_error import error_of
from helpers.checks.load.plan import plan_of
from helpers.checks.load.prompts import LoadError, Prompts, made_up, read_prompts
from helpers.checks.load.shape import Shape
from helpers.checks.load.speed import Speed
from helpers.endpoint import resolve
from helpers.server import stamped
from helpers.server.builtin import opened
from helpers.tests.support.capture_server import recording_server
from helpers.wire.request import chat

HI = Prompts(("hi",))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a stamped server."""
    with stamped.running() as url:
        yield url


def load(url: str, shape: Shape, prompts: Prompts = HI, **how: Any) -> Load:
    """Return a load in the making."""
    keep = how.pop("keep", False)
    asked = chat("hi", model="stamped", max_tokens=4)
    return Load(resolve(url), asked, prompts, shape, Budget(**how), keep=keep)


def measured(url: str, shape: Shape, prompts: Prompts = HI, **how: Any) -> Run:
    """Return what came of a load."""

    async def one() -> Run:
        return await load(url, shape, prompts, **how).measure()

    return asyncio.run(one())


@pytest.mark.slow
def test_so_many_at_once_are_asked_and_no_more(address: str) -> None:
    """Each asks again on the same connection until the budget is used up."""
    run = measured(f"{address}/paced/5/500/20/v1", Shape(at_once=3), requests=12)
    found = run.figures(Goals())
    assert (12, "requests") == (found.n, run.ended)
    assert found.together in (1, 2, 3)
    assert 3 == sum(one.reused is False for one in run.samples)
    assert {5} == {one.timing.tokens for one in run.samples}


@pytest.mark.slow
def test_a_rate_is_sent_whatever_comes_back(address: str) -> None:
    """Ten a tenth of a second apart, although each answer takes longer than that."""
    run = measured(f"{address}/paced/5/20/20/v1", Shape(per_s=20), requests=8)
    assert [number / 20 for number in range(8)] == pytest.approx([
        one.due_s for one in sorted(run.samples)
    ])  # fmt: skip
    assert all(one.sent_s >= one.due_s for one in run.samples)
    assert run.figures(Goals()).together > 1


@pytest.mark.slow
def test_time_and_failures_end_a_load_early(address: str) -> None:
    """Long before its requests are used up."""
    run = measured(f"{address}/paced/5/500/20/v1", Shape(at_once=1), seconds=0.2, requests=9999)
    assert "seconds" == run.ended
    run = measured("http://127.0.0.1:9/v1", Shape(at_once=2), requests=9999)
    assert ("errors", {"refused"}) == (run.ended, {*run.figures(Goals()).failed})


@pytest.mark.slow
def test_stop_ends_it_and_keeps_what_came(address: str) -> None:
    """What was under way is counted, and is no failure."""

    async def stopped() -> Run:
        made = load(f"{address}/paced/50/10/50/v1", Shape(at_once=4), requests=99)
        short = load(f"{address}/paced/2/500/v1", Shape(at_once=1), requests=1)
        await short.measure()
        task = asyncio.ensure_future(made.measure())
        while made._begun < 4:
            await asyncio.sleep(0.01)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return made.run

    run = asyncio.run(stopped())
    assert ("stopped", 4, 0) == (run.ended, run.unfinished, len(run.samples))


@pytest.mark.slow
def test_a_load_leaves_the_collector_as_it_was() -> None:
    """Loads may overlap, and the one that began first may end first."""
    usual = gc.get_threshold()
    first, second = undisturbed(), undisturbed()
    for load in (first, second):
        load.__enter__()
        assert gc.get_threshold() != usual
    for load in (first, second):
        load.__exit__(None, None, None)
        assert gc.get_threshold() == usual


def test_our_own_error_is_told_by_the_stamps(address: str) -> None:
    """What was kept gives one error a request, and one a gap; the truth is never after us."""
    run = measured(f"{address}/paced/6/100/30/v1", Shape(at_once=2), requests=4, keep=True)
    error = error_of(run.exchanges, 2, run.client)
    assert error is not None
    assert (4, 20, 24) == (error.ttft.of.n, error.gap.of.n, error.delay.of.n)
    assert 0 < (error.ttft.of.p50 or 0)
    assert 0 < (error.delay.of.p50 or 0)


@pytest.mark.slow
def test_the_capacity_is_found_between_two_loads(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three at once are served in time, so four are asked after six, and then three.

    What keeps the limits is said here: on a busy machine one alone may wait too long.
    """
    asked: list[Run] = []

    def keeps(_: Speed, run: Run) -> bool:
        asked.append(run)
        return run.shape.at_once <= 3

    monkeypatch.setattr(Speed, "keeps", keeps)
    plan = plan_of(at_once=[1, 2, 6], requests=6, seconds_each=60, own_error=False)
    speed = Speed(resolve(f"{address}/paced/2/5/100/v1"), plan, HI)
    asyncio.run(speed.measure())
    assert (3, 4) == speed.capacity["at once"]
    assert [1, 2, 6, 4, 3] == [run.shape.at_once for run in speed.runs]
    # What a load is compared with are the others that are kept, itself not among them.
    assert all(one is kept for one, kept in zip(asked, speed.runs, strict=True))


def test_halving_ends_at_neighbours() -> None:
    """Five is good and six is not; without an answer it stays as it was."""

    async def kept(load: float) -> bool | None:
        return load <= 5

    async def silent(load: float) -> bool | None:
        return None

    assert (5, 6) == asyncio.run(bisected(4, 8, kept, whole=True))
    assert (4, 8) == asyncio.run(bisected(4, 8, silent, whole=True))


def test_a_dead_port_is_told_by_its_name() -> None:
    """The first request alone finds it, and no load follows."""
    speed = Speed(resolve("http://127.0.0.1:9/v1", model="m"), plan_of(at_once=[4]), HI)
    asyncio.run(speed.measure())
    assert (False, []) == (speed.answered, speed.runs)
    assert "refused" == speed.first.findings[0].name if speed.first else ""


def test_what_was_said_goes_back_and_the_beginning_is_shared() -> None:
    """Two turns: the second holds the first answer, and both the same system message."""
    prompts = Prompts(("hi",), turns=2, prefix_words=5)
    with recording_server() as server:
        measured(server.url, Shape(at_once=1), prompts, requests=2)
        first, second = (body["messages"] for _, _, body in server.seen)
    assert ["system", "user"] == [one["role"] for one in first]
    assert ["system", "user", "assistant", "user"] == [one["role"] for one in second]
    assert first == second[:2]


def test_made_up_prompts_differ_from_their_first_word_on() -> None:
    """Unless the server's cache is to be seen; of the length that was asked for."""
    fresh, same = Prompts((), words=50), Prompts((), words=50, nonce=False)
    one, other = (fresh.opening(number)[0]["content"] for number in (1, 2))
    assert one[:12] != other[:12]
    assert same.opening(1) == same.opening(2)
    assert 50 == len(made_up(50, seed=1).split())


def test_prompts_are_read_from_a_file(tmp_path: Path) -> None:
    """JSON lines, whole conversations, a table, plain words; an empty file is a wrong call."""
    path = tmp_path / "prompts.jsonl"
    path.write_text('{"prompt": "a hill"}\n{"messages": [{"role": "system"}, {"role": "user"}]}\n')
    assert ["a hill", [{"role": "system"}, {"role": "user"}]] == read_prompts(str(path))
    path.write_text('{"messages": []}')
    with pytest.raises(LoadError, match="messages"):
        read_prompts(str(path))
    table = tmp_path / "trees.csv"
    table.write_text("name\noak\nbirch\n", encoding="utf-16")
    assert ["the oak", "the birch"] == read_prompts(str(table), "the {{name}}")
    words = tmp_path / "words.txt"
    words.write_text("a tree\n\na hill", encoding="utf-8-sig")
    assert ["a tree", "a hill"] == read_prompts(str(words), "a prompt that is not asked")
    path.write_text("")
    with pytest.raises(LoadError, match="on each line"):
        read_prompts(str(path))


def test_the_built_in_engine_tells_its_own_times() -> None:
    """llama.cpp's timings come with its last chunk."""

    async def one() -> Run:
        endpoint = await opened(resolve("demo:fast", model="endpointscope-tiny"))
        asked = chat("a tree", model=endpoint.model, max_tokens=4)
        return await Load(endpoint, asked, HI, Shape(at_once=1), Budget(requests=1)).measure()

    server = dict(asyncio.run(one()).samples[0].server)
    assert server["predicted_n"] > 0
    assert "prompt_ms" in server
