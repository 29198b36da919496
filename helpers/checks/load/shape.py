"""How the requests of a load are spread over time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

SEED = 7


@dataclass(frozen=True)
class Shape:
    """A fixed number of requests at once, or a fixed rate regardless of the answers.

    at_once:  requests in progress at any moment; 0 for a rate
    per_s:    requests a second; 0 for a fixed number at once
    storm:    whether the first ones all start at the same moment. They then stay in step and
              measure how a server handles a storm; by default they are spread out
    poisson:  whether a rate's requests arrive at random, as people's do, or evenly
    """

    at_once: int = 0
    per_s: float = 0.0
    storm: bool = False
    poisson: bool = False

    @property
    def closed(self) -> bool:
        """Whether each request waits for the answer to the one before."""
        return not self.per_s

    def below(self, other: Shape) -> bool:
        """Whether it is a smaller load of the same kind."""
        return self.closed is other.closed and (self.at_once, self.per_s) < (
            other.at_once, other.per_s,
        )  # fmt: skip

    def __str__(self) -> str:
        if self.closed:
            return f"{self.at_once} at once" + (", all started together" if self.storm else "")
        return f"{self.per_s:g} a second" + (", by chance" if self.poisson else "")


class Part(NamedTuple):
    """One part of a load that several processes send: its number, from 0, and of how many."""

    number: int = 0
    of: int = 1

    @property
    def behind(self) -> float:
        """How far it starts behind the first part, as a fraction of the step between requests."""
        return self.number / self.of


WHOLE = Part()


def divided(shape: Shape, count: int) -> list[Shape]:
    """The same load in this many parts, or fewer if there are not that many requests at once."""
    if not shape.closed:
        return [replace(shape, per_s=shape.per_s / count)] * count
    each, more = divmod(shape.at_once, count)
    sizes = [each + (number < more) for number in range(count)]
    return [replace(shape, at_once=size) for size in sizes if size]


def starts_s(shape: Shape, spread_s: float, part: Part = WHOLE) -> list[float]:
    """When each of the concurrent slots sends its first request.

    spread_s:  how long the starts are spread over, ideally as long as one answer takes
    """
    step_s = 0.0 if shape.storm else spread_s / shape.at_once
    return [(number + part.behind) * step_s for number in range(shape.at_once)]


def arrivals_s(shape: Shape, part: Part = WHOLE) -> Iterator[float]:
    """When each request of a rate is due, endlessly and the same every time."""
    chance, at_s = random.Random(SEED + part.number), part.behind / shape.per_s
    while True:
        yield at_s
        at_s += chance.expovariate(shape.per_s) if shape.poisson else 1 / shape.per_s
