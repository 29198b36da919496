"""What an update of the live timeline costs, in a real kernel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_client.blocking.client import BlockingKernelClient

from ...show.timeline.live import UPDATE_S
from .kernel import SLACK_S, run
from .reading import Cost, cost


@dataclass(frozen=True)
class Drawn:
    """One update of a timeline with as many marks as it can hold.

    sent_bytes:  of its messages, as sent over IOPub
    cpu:         of one update, not of one chunk
    """

    chunks: int
    sent_bytes: int
    cpu: Cost

    @property
    def share(self) -> float:
        """The share of a core that a running stream's updates take, at three a second."""
        return self.cpu.median_us / 1e6 / UPDATE_S


def measure(
    kernel: BlockingKernelClient, chunks: Sequence[int], *, rounds: int
) -> tuple[Drawn, ...]:
    """What an update costs once this many chunks have come."""
    # The first drawing of a kernel fills its caches.
    _drawn(kernel, 10, 1)
    return tuple(_drawn(kernel, count, rounds) for count in chunks)


def _drawn(kernel: BlockingKernelClient, chunks: int, rounds: int) -> Drawn:
    found, messages = run(kernel, f"spent = cell.drawn({chunks}, {rounds})", "spent", SLACK_S)
    sizes = [size for size, message in messages if message["msg_type"] == "update_display_data"]
    return Drawn(chunks, sum(sizes) // rounds, cost(json.loads(found), 1))
