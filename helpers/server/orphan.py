"""A process of ours notices that its parent has died."""

from __future__ import annotations

import asyncio
import os


async def until_orphaned() -> None:
    """Return when the parent has died and another process has taken its place.

    A fork of the kernel inherits its end of the pipe and may keep it open after the kernel's death.
    """
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(1)
