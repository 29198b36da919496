"""Waiting for what another process or thread does, as long as a busy machine may need."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep

# Only a test that fails waits so long.
PATIENCE_S = 60.0


def until(condition: Callable[[], object]) -> bool:
    """Return whether something has come true, as soon as it has."""
    give_up_s = monotonic() + PATIENCE_S
    while not (came := condition()) and monotonic() < give_up_s:
        sleep(0.02)
    return bool(came)
