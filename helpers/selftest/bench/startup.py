"""The time before the first byte is sent: `python -m helpers.selftest.bench.startup URL`.

It runs in its own process, which imports what a notebook imports and asks for the first time.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from importlib import import_module
from time import perf_counter

from ...server.stamped import spawned
from ...wire.timing import percentile


@dataclass(frozen=True)
class Startup:
    """Medians of several starts, in seconds.

    import_s:  of everything that a notebook uses
    first_s:   from then until the first request is sent, including building its client
    """

    import_s: float
    first_s: float
    starts: int


def measure(source: str, *, starts: int) -> Startup:
    """How long it takes to start."""
    found = []
    for _ in range(starts):
        with spawned(f"{__package__}.startup", f"{source}/burst/1/v1") as output:
            found.append(json.loads(output.read()))
    import_s, first_s = (
        percentile([one[name] for one in found], 50) or 0.0 for name in ("import", "first")
    )
    return Startup(import_s, first_s, starts)


async def _first_s(url: str) -> float:
    from ...client.chat import ask
    from ...endpoint import resolve
    from ...wire.request import chat

    began = perf_counter()
    sent = (await ask(resolve(url, model="bench"), chat("hi"))).recording.sent
    return (sent or 0.0) - began


if __name__ == "__main__":
    _began = perf_counter()
    # By name, because the kit is above this module; this is what a notebook's first line imports.
    import_module(f"{(__package__ or '').partition('.')[0]}.kit")
    _imported_s = perf_counter() - _began
    print(json.dumps({"import": _imported_s, "first": asyncio.run(_first_s(sys.argv[1]))}))
