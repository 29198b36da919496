"""What the user allows a batch, and what ends it before everything has been asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...errors import CallError
from ...escaping import for_terminal
from ...finding import Finding
from .crew import PATIENCE_S
from .tally import NO_PRICES, Prices

MOST_AT_ONCE = 64
# Each concurrent request has a connection of its own.
ABOVE_ALL = 4096
DEAREST = 1e9


@dataclass(frozen=True)
class Plan:
    """What the user allows.

    retry_errors:  whether to ask what failed before again
    limit:         how many prompts are asked now; 0 for all
    budget:        what all of it may cost, in the currency of the prices; 0 for no limit
    most:          how many are asked at once, at most
    scheduler:     who asks: "" this process, "local" others on this machine, or the workers of the
                   Dask scheduler at this address
    """

    retry_errors: bool = False
    limit: int = 0
    prices: Prices = NO_PRICES
    budget: float = 0.0
    most: int = MOST_AT_ONCE
    scheduler: str = ""
    workers: int = 0
    patience_s: float = PATIENCE_S


class PlanError(CallError):
    """The limits set for a batch make no sense."""

    headline = "This batch cannot be planned"


def allowed(
    *, retry_errors: bool, limit: int, prices: Mapping[str, Any], budget: float, most: int,
    scheduler: str = "",
) -> Plan:  # fmt: skip
    """The plan that the user's parameters describe.

    prices:  {"in": …, "out": …}, per million tokens
    raises:  PlanError
    """
    if unknown := prices.keys() - {"in", "out"}:
        raise PlanError(
            'prices per million tokens, such as {"in": 0.15, "out": 0.6}',
            f"{str(min(unknown))[:40]!r} beside them", "Leave that out.",
        )  # fmt: skip
    for name, price in prices.items():
        _amount(f'prices["{name}"]', price)
    _amount("budget", budget)
    named = Prices(float(prices.get("in", 0.0)), float(prices.get("out", 0.0)))
    if budget and not named:
        raise PlanError(
            "prices to count a budget with", "a budget alone",
            'Give them, such as prices={"in": 0.15, "out": 0.6}, per million tokens.',
        )  # fmt: skip
    if not 1 <= most <= ABOVE_ALL or limit < 0:
        raise PlanError(
            f"from 1 to {ABOVE_ALL:,} at once, and no limit below 0",
            f"at_once={most}, limit={limit}", "Give 0 for no limit.",
        )  # fmt: skip
    return Plan(retry_errors, limit, named, budget, most, scheduler)


def _amount(name: str, given: Any) -> None:
    """Raise PlanError if the value is not an amount of money."""
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if not number or not 0 <= given < DEAREST:
        raise PlanError(
            f"a number that is not negative for {name}, such as 0.15",
            for_terminal(repr(given)[:60]), "Give another one, or leave it out.",
        )  # fmt: skip


NO_MODEL = Finding(
    "no-model", "fail", "The endpoint lists no model.", do="Name one as the model.", blame="call"
)


def without_workers(error: CallError) -> Finding:
    """The finding that the workers are missing, or gone."""
    return Finding(
        "no-workers", "fail", f"{error.headline}.",
        f"Expected {error.expected}; got {error.came}.", error.do, blame="call",
    )  # fmt: skip


def unwritable(output: Path, error: OSError) -> Finding:
    """The finding that the output can no longer be written."""
    return Finding(
        "output-full", "fail", f"Nothing more can be written to {output.name}: {error.strerror}.",
        "Every answer that was written before is whole.",
        "Make room and run it again: it continues after the last answer.", blame="call",
    )  # fmt: skip


def none_of_sample(last: Finding, sample: int) -> Finding:
    """The finding that no prompt of a sample was answered, so the others hardly would be."""
    came = f"None of a sample of {sample} got an answer. {last.evidence}".strip()
    return replace(last, evidence=came)


def spent(cost: float, budget: float) -> Finding:
    """The finding that the user's budget is used up."""
    return Finding(
        "budget-spent", "fail", f"The budget of {budget:,.2f} is spent.",
        f"So far it has cost {cost:,.2f}.",
        "Raise the budget and run it again: it continues with what is left.", blame="call",
    )  # fmt: skip


def too_dear(cost: float, budget: float, prompts: int, *, sample: int) -> Finding:
    """The finding that the total, estimated from a sample, would exceed the user's budget."""
    return Finding(
        "over-budget", "fail",
        f"All {prompts:,} prompts would cost about {cost:,.2f}; the budget is {budget:,.2f}.",
        f"Estimated from a sample of {sample}, whose answers are kept.",
        "Raise the budget, take a cheaper model, or ask fewer prompts with limit.", blame="call",
    )  # fmt: skip
