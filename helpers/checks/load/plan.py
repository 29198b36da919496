"""Which loads are sent, and which limits the endpoint has to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any, NamedTuple

from ...escaping import for_terminal
from ...signatures import checked
from ...wire.literal import not_json
from ...wire.parameters import MisnamedError
from ...wording import counted
from .budget import Budget, Goals
from .prompts import MOST_WORDS, LoadError
from .shape import Shape

# How long a first text may take before it feels slow, if no limit is set.
USUAL_TTFT_S = 1.0
MOST_AT_ONCE = 4096
# Each concurrent slot should see more than one answer.
ROUNDS = 3
# The time that measuring the kit's own error takes at the end; it asks nothing of the endpoint.
OWN_ERROR_S = 4.0
# Loads tried between the last that kept the limits and the first that did not.
PROBES = 3


class Range(NamedTuple):
    """The range of a parameter, whole numbers if `most` is an int, and what to do about others."""

    least: float
    most: float
    do: str = ""


_TIME = Range(0.001, 86_400.0, "Give it in seconds.")
_LIMIT = Range(0, 3_600_000.0, "Give it in milliseconds; 0 sets no limit.")
_SHARE = Range(0, 1.0, "Give a share: 0.05 is one in twenty.")
RANGES = {
    "at_once": Range(1, MOST_AT_ONCE), "per_s": Range(0.001, float(MOST_AT_ONCE)),
    "requests": Range(1, 1_000_000), "most_tokens": Range(1, 10**12),
    "max_tokens": Range(0, 1_000_000, "0 leaves it to the server."),
    "prompt_words": Range(0, MOST_WORDS), "turns": Range(1, 1000),
    "prefix_words": Range(0, MOST_WORDS), "seconds_each": _TIME, "seconds": _TIME,
    "ttft_p95_ms": _LIMIT, "tpot_p95_ms": _LIMIT, "e2e_ms": _LIMIT,
    "error_rate": _SHARE, "goodput": _SHARE,
}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What makes the verdict red, at the lowest load; None if it is not required.

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
    """The loads of a measurement, in order, and the limits on all of it.

    shapes:      concurrent loads first, then rates, each rising
    each:        what one load may use
    seconds, tokens:  what all of them may use together; tokens count if the server reports them
    max_tokens:  of each answer; 0 leaves that to the server
    capacity:    whether to try loads between the last good and the first bad one
    own_error:   whether to measure the kit's own error at the end
    keep:        whether to keep every exchange, not only its figures
    scheduler:   who sends: "" this process, "local" others on this machine, or the workers of the
                 Dask scheduler at this address
    workers:     how many processes are started here for that; 0 for one per core
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
        """The most requests that a load of this shape sends."""
        return max(self.each.requests, ROUNDS * shape.at_once)

    @property
    def announcement(self) -> str:
        """The most that will be asked, in words."""
        closed = [str(shape.at_once) for shape in self.shapes if shape.closed]
        rates = [f"{shape.per_s:g}" for shape in self.shapes if not shape.closed]
        loads = [
            f"{', '.join(closed)} at once" if closed else "",
            f"{', '.join(rates)} a second" if rates else "",
        ]
        requests = sum(map(self.requests, self.shapes))
        length = f" of {counted(self.max_tokens, 'token')}" if self.max_tokens else ""
        # The most important first: a narrow page cuts the line off.
        sentence = (
            f"{'; '.join(filter(None, loads))}: at most {counted(requests, 'request')}{length}, "
            f"{counted(self.tokens, 'token')} in all, in {self.seconds:.0f} s"
        )
        more = f"; then about {OWN_ERROR_S:.0f} s for the kit's own error"
        return sentence + (more if self.own_error else "")


@checked
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
    _check(at_once, per_s, {
        "requests": requests, "max_tokens": max_tokens, "most_tokens": most_tokens,
        "seconds_each": seconds_each, "seconds": seconds, "ttft_p95_ms": ttft_p95_ms,
        "tpot_p95_ms": tpot_p95_ms, "e2e_ms": e2e_ms, "error_rate": error_rate, "goodput": goodput,
    })  # fmt: skip
    if keep and scheduler:
        raise LoadError(
            "keep=True without a scheduler", "both", "Leave one out: workers return figures only.",
        )  # fmt: skip
    shapes = [Shape(at_once=count, storm=storm) for count in sorted({*at_once})]
    shapes += [Shape(per_s=rate, poisson=poisson) for rate in sorted({*per_s})]
    goals = Goals(
        ttft_s=ttft_p95_ms / 1000 or USUAL_TTFT_S, tpot_s=tpot_p95_ms / 1000 or None,
        e2e_s=e2e_ms / 1000 or None,
    )  # fmt: skip
    wanted = Wanted(
        ttft_p95_ms / 1000 or None, tpot_p95_ms / 1000 or None, error_rate, goodput or None
    )
    each = Budget(requests, seconds_each, most_tokens, error_rate)
    return Plan(
        tuple(shapes), each, seconds, most_tokens, max_tokens, goals, wanted, capacity, own_error,
        keep, scheduler,
    )  # fmt: skip


def check_asked(loads: Mapping[str, object], fields: Mapping[str, Any], **numbers: int) -> None:
    """Check that load settings are known, fields fit into JSON and numbers are within their range.

    raises:  MisnamedError, LoadError
    """
    known = signature(plan_of).parameters
    if unknown := next((name for name in loads if name not in known), ""):
        raise MisnamedError(for_terminal(unknown[:80]), known)
    if odd := not_json(fields):
        raise LoadError(
            "an extra_body that JSON can hold",
            f"{for_terminal(odd[:80])}, which it cannot",
            "Use only text, numbers, lists and dictionaries.",
        )  # fmt: skip
    for name, given in numbers.items():
        _within(name, given, RANGES[name])


def _check(at_once: Sequence[int], per_s: Sequence[float], numbers: Mapping[str, float]) -> None:
    """Check that every number is within its range.

    raises:  LoadError
    """
    for count in at_once:
        _within("each of at_once", count, RANGES["at_once"])
    for rate in per_s:
        _within("each of per_s", rate, RANGES["per_s"])
    if not (at_once or per_s):
        raise LoadError("at least one load", "none", "Give at_once = [1, 2, 4] or per_s = [1.0].")
    for name, given in numbers.items():
        _within(name, given, RANGES[name])


def _within(name: str, given: float, allowed: Range) -> None:
    # Written this way round, it also catches NaN.
    if not allowed.least <= given <= allowed.most:
        what = "a whole number" if isinstance(allowed.most, int) else "a number"
        raise LoadError(
            f"{what} from {allowed.least:g} to {allowed.most:,} for {name}", f"{given:,}",
            allowed.do or "Give another one.",
        )  # fmt: skip
