"""Which of the usual ports on this machine answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ..endpoint import PRESETS, resolve
from .models import list_models

ANSWER_S = 2.0


@dataclass(frozen=True)
class FoundServer:
    """A server that answered on its usual port, and how many models it lists."""

    name: str
    base_url: str
    models: int


async def find_servers() -> list[FoundServer]:
    """The presets on this machine that answer HTTP; nothing beyond loopback is asked."""
    local = {
        name: endpoint
        for name, base_url in PRESETS.items()
        if (endpoint := resolve(base_url, timeout_s=ANSWER_S)).url and endpoint.loopback
    }
    lists = await asyncio.gather(
        *(list_models(endpoint, limit_s=ANSWER_S) for endpoint in local.values())
    )
    return [
        FoundServer(name, endpoint.base_url, len(models.names))
        for (name, endpoint), models in zip(local.items(), lists, strict=True)
        if models.recording.status is not None
    ]
