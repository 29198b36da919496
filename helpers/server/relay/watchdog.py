"""A timer for whatever begins and does not end in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

# From a head's first byte to its last. Between requests, a connection may stay open forever.
HEAD_S = 30.0


class Watchdog:
    """Calls back if something that has begun takes too long; what ends at once costs no timer.

    late:  called once, HEAD_S after the beginning
    """

    def __init__(self, late: Callable[[], None]) -> None:
        self._late = late
        self._timer: asyncio.TimerHandle | None = None

    def note(self, *, begun: bool) -> None:
        """Note whether something has begun and not ended."""
        if begun and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HEAD_S, self._late)
        elif self._timer and not begun:
            self._timer.cancel()
            self._timer = None
