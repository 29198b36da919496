"""What is asked beside a conversation, against the real engine."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from helpers.checks.chat.trying import stop_and_go_on
from helpers.client.exchange import Exchange
from helpers.endpoint import resolve
from helpers.server.builtin import opened
from helpers.wire.request import chat


@pytest.mark.slow
@pytest.mark.parametrize("api", ["responses", "messages"])
def test_a_beginning_is_sent_as_the_api_has_it(api: Any) -> None:
    """A server that goes on refuses what it cannot read: that would be our own doing."""

    async def tried() -> Any:
        endpoint = await opened(resolve("demo", model="endpointscope-tiny"))
        request = chat("write a poem about a tree", model=endpoint.model, api=api, max_tokens=60)
        return await stop_and_go_on(Exchange(endpoint, request))

    found = asyncio.run(tried()).finding
    assert ("stop-and-continue", "pass") == (found.name, found.level), str(found)
