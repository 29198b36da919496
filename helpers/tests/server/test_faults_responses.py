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


@pytest.mark.slow
@pytest.mark.parametrize("api", ["responses", "messages"])
def test_a_mode_does_the_same_to_each_api(api: Api) -> None:
    """One mode, one word, whichever API was asked."""

    async def all_at_once() -> list[Exchange]:
        return await asyncio.gather(*(answered(name, api) for name in BOTH))

    different = {}
    for name, exchange in zip(BOTH, asyncio.run(all_at_once()), strict=True):
        said = {exchange.word.replace(" ", "-"), exchange.findings[0].name}
        if REGISTRY[name].expects not in said:
            different[name] = said
    assert len(BOTH) > 10
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
