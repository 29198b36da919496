"""Which of the APIs exist, by requests that no model has to answer."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from ...diagnose.layers import serving
from .known import Clock, Known, Steps
from .probing import CHAT, EMPTY, kind_at, nowhere, probe

PATHS = (CHAT, "/responses", "/completions", "/embeddings", "/messages")


async def surfaces(known: Known) -> Steps:
    """One step that names the APIs that exist and those that don't."""
    clock = Clock()
    base = urlsplit(known.base).path
    asked = [nowhere(base), *(f"{base}{path}" for path in PATHS)]
    lost, *answers = await asyncio.gather(
        *(probe(known, path, method="POST", request=EMPTY) for path in asked)
    )
    kinds = [kind_at(one, lost) for one in answers]
    # The chat has answered, so it exists, whatever it does with a request without a body.
    answered = any(one and not one.failure for one in (known.full, known.streamed))
    there = tuple(
        path
        for path, kind in zip(PATHS, kinds, strict=True)
        if kind == "exists" or (path == CHAT and answered)
    )
    absent = tuple(path for path in PATHS if path not in there)
    known.surfaces = there
    yield clock.step("surfaces", serving.surfaces(there, absent))
