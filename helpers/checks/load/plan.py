"""Which loads are sent, and what is expected of the endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .budget import Budget, Goals
from .prompts import LoadError
from .shape import Shape

# How long a person waits for the first text before it feels slow, where no limit is set.
USUAL_TTFT_S = 1.0
MOST_AT_ONCE = 4096
# Each of those at once should be heard more than once.
ROUNDS = 3
# Between the last load that kept the limits and the first that did not.
PROBES = 3


@dataclass(frozen=True)
class Wanted:
    """What makes the verdict red, at the lowest load; None where it is not required.

    ttft_p95_s, tpot_p95_s:  at most
    error_rate:              the share of failures, at most
    goodput:                 the share of requests that keep the other limits, at least
    """

    ttft_p95_s: float | None = None
    tpot_p95_s: float | None = None
    error_rate: float | None = None
    goodput: float | None = None


@dataclass(frozen=True)
class Plan:
    """The loads of a measurement, in order, and where all of it ends.

    shapes:      so many at once first, then rates, each rising
    each:        what one load may take
    seconds, tokens:  what all of them may take together; tokens are counted where they are told
    max_tokens:  of each answer; 0 leaves that to the server
    capacity:    whether loads between the last good and the first bad one are tried
    own_error:   whether the kit's own error is measured at the end
    keep:        whether every exchange is kept, and not only its figures
    scheduler:   who sends: "" this process, "local" others on this machine, or the workers of the
                 Dask scheduler at this address
    workers:     how many processes are started here for that; 0 for one a core
    """

    shapes: tuple[Shape, ...]
    each: Budget = field(default_factory=Budget)
    seconds: float = 60.0
    tokens: int = 1_000_000
    max_tokens: int = 64
    goals: Goals = field(default_factory=Goals)
    wanted: Wanted = field(default_factory=Wanted)
    capacity: bool = True
    own_error: bool = True
    keep: bool = False
    scheduler: str = ""
    workers: int = 0

    def requests(self, shape: Shape) -> int:
        """How many requests a load of this shape sends at most."""
        return max(self.each.requests, ROUNDS * shape.at_once)

    @property
    def announcement(self) -> str:
        """What will be asked at most, in words."""
        closed = [str(shape.at_once) for shape in self.shapes if shape.closed]
        rates = [f"{shape.per_s:g}" for shape in self.shapes if not shape.closed]
        loads = [
            f"{', '.join(closed)} at once" if closed else "",
            f"{', '.join(rates)} a second" if rates else "",
        ]
        requests = sum(map(self.requests, self.shapes))
        length = f" of up to {self.max_tokens:,} tokens" if self.max_tokens else ""
        bounds = f"{self.tokens:,} tokens in all, in {self.seconds:.0f} s"
        return f"At most {requests:,} requests{length}, {bounds}: {'; '.join(filter(None, loads))}"


def plan_of(
    *, at_once: Sequence[int] = (), per_s: Sequence[float] = (), storm: bool = False,
    poisson: bool = True, requests: int = 30, seconds_each: float = 10.0, seconds: float = 60.0,
    max_tokens: int = 64, most_tokens: int = 1_000_000, ttft_p95_ms: float = 0,
    tpot_p95_ms: float = 0, e2e_ms: float = 0, error_rate: float = 0.1, goodput: float = 0,
    capacity: bool = True, own_error: bool = True, keep: bool = False, scheduler: str = "",
) -> Plan:  # fmt: skip
    """The plan that a notebook's parameters describe; 0 sets no limit.

    raises:  LoadError
    """
    if keep and scheduler:
        raise LoadError(
            "keep=True without a scheduler", "both", "Leave one out: workers send figures alone.",
        )  # fmt: skip
    if not (at_once or per_s):
        raise LoadError("at least one load", "none", "Give at_once = [1, 2, 4] or per_s = [1.0].")
    low = [float(one) for one in at_once if not 1 <= one <= MOST_AT_ONCE]
    wrong = low + [one for one in per_s if not 0 < one <= MOST_AT_ONCE]
    if wrong:
        raise LoadError(
            f"numbers from 1 to {MOST_AT_ONCE:,}", f"{wrong[0]:g}", "Give others in their place."
        )
    shapes = [Shape(at_once=count, storm=storm) for count in sorted({*at_once})]
    shapes += [Shape(per_s=rate, poisson=poisson) for rate in sorted({*per_s})]
    goals = Goals(
        ttft_s=ttft_p95_ms / 1000 or USUAL_TTFT_S, tpot_s=tpot_p95_ms / 1000 or None,
        e2e_s=e2e_ms / 1000 or None,
    )  # fmt: skip
    wanted = Wanted(
        ttft_p95_ms / 1000 or None, tpot_p95_ms / 1000 or None, error_rate, goodput or None
    )
    each = Budget(max(requests, 1), seconds_each, most_tokens, error_rate)
    return Plan(
        tuple(shapes), each, seconds, most_tokens, max_tokens, goals, wanted, capacity, own_error,
        keep, scheduler,
    )  # fmt: skip
