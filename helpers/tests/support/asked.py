"""Exchanges: with an endpoint that is there, and of recordings that are built by hand."""

from __future__ import annotations

import asyncio
from typing import Any

from helpers.client.chat import ask
from helpers.client.exchange import Exchange
from helpers.endpoint import resolve
from helpers.server.builtin import opened
from helpers.wire.recording import Recording
from helpers.wire.request import Api, chat, request_of

POEM = "write a poem about a tree"


def asked(
    base_url: str,
    *,
    model: str = "m",
    max_tokens: int | None = 48,
    stream: bool = True,
    api: Api = "chat",
    timeout_s: float = 20,
    **how: Any,
) -> Exchange:
    """Return an exchange with an endpoint."""

    async def run() -> Exchange:
        endpoint = await opened(resolve(base_url, model=model, timeout_s=timeout_s))
        request = chat(POEM, stream=stream, max_tokens=max_tokens, api=api)
        return await ask(endpoint, request, **how)

    return asyncio.run(run())


def told(base_url: str, **how: Any) -> Exchange:
    """An exchange that no pause of ours makes unclear; a busy machine is asked up to five times."""
    for _ in range(5):
        exchange = asked(base_url, **how)
        if "own-lag" not in (finding.name for finding in exchange.findings):
            break
    return exchange


def exchange_of(
    recording: Recording, base_url: str = "http://127.0.0.1:9/v1", **how: Any
) -> Exchange:
    """Return an exchange in which a recording came."""
    exchange = Exchange(resolve(base_url, model="oak", **how), request_of(recording))
    exchange.use(recording)
    return exchange
