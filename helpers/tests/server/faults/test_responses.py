"""The modes of delivery and truncation, asked of the other APIs: the same words as of a chat."""

from __future__ import annotations

import asyncio

import pytest

from helpers.client.chat import ask
from helpers.client.exchange import Exchange
from helpers.endpoint import resolve
from helpers.server.builtin import opened
from helpers.server.faults.catalogue import modes
from helpers.server.faults.registry import REGISTRY
from helpers.tests.support.asked import POEM, asked
from helpers.wire.request import Api, chat

BOTH = sorted(name for name in modes() if {"chat", "responses"} <= set(REGISTRY[name].apis))


async def answered(name: str, api: Api) -> Exchange:
    """Return what came of a request in a mode."""
    endpoint = await opened(resolve(f"demo:{name}", model="m", timeout_s=20))
    return await ask(endpoint, chat(POEM, max_tokens=48, api=api))


async def words(names: list[str], api: Api, at_once: int) -> dict[str, set[str]]:
    """What is said of each mode: the word of its answer and the first finding's name."""
    turn = asyncio.Semaphore(at_once)

    async def one(name: str) -> set[str]:
        async with turn:
            exchange = await answered(name, api)
        return {exchange.word.replace(" ", "-"), exchange.findings[0].name}

    return dict(zip(names, await asyncio.gather(*map(one, names)), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("api", ["responses", "messages"])
def test_a_mode_does_the_same_to_each_api(api: Api) -> None:
    """One mode, one word, whichever API was asked."""
    wanted, told, different = list(BOTH), 0, {}
    # What our own pause made unclear is asked again, by itself in the end.
    for at_once in (len(BOTH), 4, 1):
        said = asyncio.run(words(wanted, api, at_once))
        wanted = [name for name in wanted if "own-lag" in said[name]]
        different |= {
            name: one for name, one in said.items()
            if name not in wanted and REGISTRY[name].expects not in one
        }  # fmt: skip
        told += len(said) - len(wanted)
    assert told > 10
    assert {} == different


def test_a_response_comes_at_reading_speed() -> None:
    """As a chat does, so that both can be watched."""
    timing = asked("demo", api="responses", max_tokens=12).timing
    assert 12 == len(timing.chunk_s)
    assert (timing.output_s or 0.0) > 0.2


@pytest.mark.slow
def test_a_mode_of_responses_leaves_a_chat_alone() -> None:
    """One thing is wrong per mode."""
    assert "streamed" == asked("demo:responses-no-completed").word
