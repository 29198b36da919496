"""Waiting until an endpoint answers."""

from __future__ import annotations

import asyncio

from ..client.keys import key_state
from ..client.models import list_models
from ..endpoint import Endpoint

_PAUSE_S = 0.5


def wait(endpoint: Endpoint, limit_s: float) -> str:
    """Return "" as soon as the endpoint's /models answers, or why it did not in time.

    Any status below 500 counts: whether it is the right one is for the notebook to judge. So does a
    key that cannot be sent.
    """
    if not key_state(endpoint).usable:
        return ""
    return asyncio.run(_wait(endpoint, limit_s))


async def _wait(endpoint: Endpoint, limit_s: float) -> str:
    came = "no answer"
    loop = asyncio.get_running_loop()
    end = loop.time() + limit_s
    while (left_s := end - loop.time()) > 0:
        listed = await list_models(endpoint, limit_s=left_s)
        status = listed.recording.status
        if status is not None and status < 500:
            return ""
        came = f"status {status}" if status else listed.failure.came if listed.failure else came
        await asyncio.sleep(min(_PAUSE_S, left_s))
    return (
        f"Nothing answers at {endpoint.base_url} after {limit_s:g} s of waiting ({came}). "
        "Start the server, or give its address with --base-url."
    )
