"""Modes of how many answers are written at the same time, and how fast each of them is."""

from __future__ import annotations

import asyncio

from ...events import in_time
from ...http1 import Reply, Request
from ...upstream import Ask
from ..registry import mode

SLOTS = 8
FIRST_S = 0.08
PER_S = 200.0

_slots = asyncio.Semaphore(SLOTS)


@mode(
    "eight-at-once",
    f"Answers at most {SLOTS} at a time, {PER_S:g} chunks a second each; all others wait.",
    legal=True,
    unpaced=True,
)
async def _eight_at_once(request: Request, ask: Ask) -> Reply:
    if request.method != "POST":
        return await ask(request)
    await _slots.acquire()
    request.cleanup.callback(_slots.release)
    reply = await ask(request)
    # Counted from when the engine has read the prompt, so that a longer one shows as taking longer.
    return await in_time(reply, asyncio.get_running_loop().time() + FIRST_S, PER_S)
