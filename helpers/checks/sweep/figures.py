"""The results of a sweep as plain values: a record for each question, and what varies."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from .asking import Sweep
from .grid import REPEAT as REPEAT

Record = Mapping[str, Any]
# The fields of a record that a plot can have on its y axis.
MEASURED = ("ttft_s", "tokens_per_s")


def records(sweep: Sweep) -> list[dict[str, Any]]:
    """A record for each question, in order: what sets it apart, and all results.

    If nothing was asked, `word` says so and the rest is missing.
    """
    return [_record(sweep, number) for number in range(len(sweep.questions))]


def axes(sweep: Sweep) -> dict[str, list[Any]]:
    """What varies, and its values in order; the repeats come last."""
    found: dict[str, dict[str, Any]] = {}
    for question in sweep.questions:
        for name, value in question.varied.items():
            found.setdefault(name, {}).setdefault(spelled(value), value)
    return {name: [*values.values()] for name, values in found.items()}


def spelled(value: Any) -> str:
    """A parameter's value as a person would write it."""
    if value is None:
        return "not sent"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def middles(
    rows: Sequence[Record], by: str, measured: str
) -> Iterator[tuple[Any, float, list[float]]]:
    """Yield (value, median, all measurements) for each value of the axis that has any."""
    groups: dict[str, tuple[Any, list[float]]] = {}
    for row in rows:
        figure = row.get(measured)
        if by in row and figure is not None:
            groups.setdefault(spelled(row[by]), (row[by], []))[1].append(figure)
    for value, found in groups.values():
        yield value, median(found), found


def _record(sweep: Sweep, number: int) -> dict[str, Any]:
    varied = dict(sweep.questions[number].varied)
    exchange = sweep.exchanges.get(number)
    if exchange is None:
        return {**varied, "word": sweep.left_out.get(number, "not asked yet")}
    fields = exchange.to_dict()
    if varied.get("prompt") != fields["prompt"] and "prompt" in varied:
        varied["template"] = varied["prompt"]
    refused = ", ".join(dropped.name for dropped in exchange.dropped)
    return {**varied, **fields, "refused": refused} if refused else {**varied, **fields}
