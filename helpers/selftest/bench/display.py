"""What showing a stream costs on IOPub, and how long it takes, in a real kernel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

from ...server.stamped import PER_S
from ...wire.timing import Percentiles, percentiles
from .kernel import SLACK_S, run

Moments = Sequence[tuple[float, int]]
"""Pairs of a time in seconds and the number of characters there were by then; both rise."""


@dataclass(frozen=True)
class DisplayCost:
    """One answer shown at 500 tokens a second.

    sent_bytes:  of the messages that show it, as sent over IOPub
    lost:        characters of the answer that no message shows
    delay_s:     from the arrival of a chunk's bytes to the message that shows it
    """

    tokens: int
    messages: int
    sent_bytes: int
    lost: int
    delay_s: Percentiles

    @property
    def bytes_per_token(self) -> float:
        """What a token costs on IOPub."""
        return self.sent_bytes / self.tokens


@dataclass(frozen=True)
class Display:
    """The same answers shown by Live, by a loop that prints each token, and whole each time.

    whole:  one output that is updated with all of the text at every token
    """

    live: tuple[DisplayCost, ...]
    printed: tuple[DisplayCost, ...]
    whole: tuple[DisplayCost, ...]


def measure(
    kernel: BlockingKernelClient, source: str, *, live: Sequence[int], printed: Sequence[int]
) -> Display:
    """What answers of these numbers of tokens cost, one after the other."""
    # The first request of a kernel builds its client.
    _shown(kernel, "live", source, 10)
    return Display(
        live=tuple(_shown(kernel, "live", source, count) for count in live),
        printed=tuple(_shown(kernel, "printed", source, count) for count in printed),
        whole=tuple(_shown(kernel, "whole", source, count) for count in printed),
    )


def delays(arrived: Moments, shown: Moments) -> list[float]:
    """How long after its arrival each chunk was fully shown, except those never shown."""
    found: list[float] = []
    waiting = iter(shown)
    at_s, so_far = 0.0, 0
    for arrived_s, end in arrived:
        while so_far < end:
            moment = next(waiting, None)
            if moment is None:
                return found
            at_s, so_far = moment
        found.append(at_s - arrived_s)
    return found


def moments(messages: Sequence[tuple[int, dict[str, Any]]]) -> list[tuple[float, int]]:
    """How many characters were shown by when, from messages with their sizes."""
    lengths: dict[str, int] = {}
    found = []
    for _, message in messages:
        content = message["content"]
        if message["msg_type"] == "stream":
            lengths["printed"] = lengths.get("printed", 0) + len(content["text"])
        else:
            lengths[content["transient"]["display_id"]] = len(content["data"]["text/plain"])
        found.append((message["header"]["date"].timestamp(), sum(lengths.values())))
    return found


def _shown(kernel: BlockingKernelClient, how: str, source: str, count: int) -> DisplayCost:
    code = f"arrived = await cell.{how}('{source}/paced/{count}/{PER_S}/v1')"
    found, messages = run(kernel, code, "arrived", count / PER_S + SLACK_S)
    arrived = json.loads(found)
    shown = moments(messages)
    return DisplayCost(
        tokens=count,
        messages=len(messages),
        sent_bytes=sum(size for size, _ in messages),
        lost=arrived[-1][1] - shown[-1][1],
        delay_s=percentiles(delays(arrived, shown)),
    )
