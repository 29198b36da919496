"""A comparison in rows: speed, the wire, what the proxy changed, the findings on each target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...checks.compare.speed import MEASURED, Measured, TargetSpeed, rate_said, speeds
from ...checks.compare.turns import COLD, Comparison
from ...checks.compare.wire import facts
from ...checks.ratio import Ratio
from ...finding import SYMBOLS, Finding
from ...wording import ms
from ..table import Cells, Table

_NARROW = "\N{NO-BREAK SPACE}"


def speed_table(compared: Comparison) -> Table:
    """First text, rate and whole answer of each target, beside the first one's."""
    heads = (
        "target", "first text", "against the first", "rate", "against the first",
        "whole answer", "n", "word", "cold",
    )  # fmt: skip
    found = {what: speeds(compared, what) for what in MEASURED}
    rows = [
        _speed_row(compared, *(found[what][place] for what in MEASURED))
        for place in range(len(compared.targets))
    ]
    return Table(heads, tuple(rows), records=tuple(_records(found)))


def _speed_row(
    compared: Comparison, first: TargetSpeed, rate: TargetSpeed, whole: TargetSpeed
) -> Cells:
    target = first.target
    words = dict.fromkeys(one.word for one in compared.warm(target).values())
    return (
        target.name, _value(first), _ratio(first.ratio), _value(rate), _ratio(rate.ratio),
        _whole(first, whole), str(max(map(len, (first.values, whole.values)))),
        ", ".join(words) or "–", _cold(compared, first, whole),
    )  # fmt: skip


def _whole(first: TargetSpeed, whole: TargetSpeed) -> str:
    """The whole answer's time, with its ratio if there is no first text to compare."""
    ratio = "" if first.values or whole.ratio is None else f", {_ratio(whole.ratio)}"
    return f"{_value(whole)}{ratio}"


def _cold(compared: Comparison, first: TargetSpeed, whole: TargetSpeed) -> str:
    exchange = compared.turn(first.target, COLD)
    if exchange is not None and exchange.failure:
        return exchange.word
    return _unit(ms(whole.cold if first.cold is None else first.cold))


def _records(found: dict[Measured, list[TargetSpeed]]) -> list[dict[str, Any]]:
    """A record for each target and each measurement."""
    return [
        {
            "target": speed.target.name, "measured": what, "median": speed.middle,
            "cold": speed.cold, "values": list(speed.values), "n": len(speed.values),
            "ratio": speed.ratio.value if speed.ratio else None,
            "low": speed.ratio.low if speed.ratio and speed.ratio.known else None,
            "high": speed.ratio.high if speed.ratio and speed.ratio.known else None,
        }
        for what, each in found.items() for speed in each
    ]  # fmt: skip


def _value(speed: TargetSpeed) -> str:
    if speed.measured != "rate":
        return _unit(ms(speed.middle))
    return _unit(rate_said(speed.middle))


def _ratio(ratio: Ratio | None) -> str:
    if ratio is None:
        return "–"
    if not ratio.known:
        return f"{_unit(f'× {ratio.value:.3g}')}, too few"
    if not ratio.seen:
        return "too uneven to tell" if ratio.uneven else "no difference seen"
    return f"{_unit(f'× {ratio.value:.3g}')} ({ratio.low:.3g} to {ratio.high:.3g})"


def _unit(figure: str) -> str:
    """A figure and its unit, kept on one line."""
    return figure.replace(" ", _NARROW)


def wire_table(compared: Comparison) -> Table:
    """One fact about the wire per row, those that differ first."""
    names = tuple(target.name for target in compared.targets)
    rows = [("≠" if fact.differs else "=", fact.name, *fact.values) for fact in facts(compared)]
    return Table(("", "on the wire", *names), tuple(rows))


def findings_table(findings: Sequence[Finding], nothing: str) -> Table:
    """Findings as rows; if there are none, one sentence says so."""
    rows = [(SYMBOLS[one.level], one.says, one.evidence, one.do) for one in findings]
    return Table(("", "what", "figures", "what to do"), tuple(rows), note="" if rows else nothing)
