"""Verdicts over recordings: the same for a run that just ended and for last year's file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ...finding import Conformance, Finding, Level
from .catalogue import checks
from .check import HARMFUL, MISSING, VERDICTS, Check, Result, Settled
from .shots import Lacking, Shots

_LEVELS: dict[Conformance, Level] = {
    "pass": "pass", "tolerated": "remark", "deviates": "remark", "ignored": "remark",
    "refused": "remark", "absent": "remark", "unclear": "unclear", "skipped": "unclear",
}  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """A check and its result; `before` is the verdict of an earlier run, "" without one."""

    check: Check
    result: Result
    before: Conformance = ""

    @property
    def verdict(self) -> Conformance:
        """The verdict of its result."""
        return self.result.verdict

    @property
    def worse(self) -> bool:
        """Whether the verdict got worse; compared with unclear or skipped, it never did."""
        if self.before in ("", "unclear", "skipped"):
            return False
        return VERDICTS.index(self.verdict) < VERDICTS.index(self.before)


def judge(
    shots: Shots,
    chosen: Sequence[Check],
    *,
    unasked: Mapping[str, str] | None = None,
    pending: Iterable[str] = (),
) -> list[Judged]:
    """A verdict for each check; a judge that fails on unexpected data says unclear, never raises.

    unasked:  why a step could not be asked, by its label
    pending:  the labels still to come; checks that need them have no row yet
    """
    waiting, why = {*pending}, unasked or {}
    return [
        Judged(one, _result(one, shots, why))
        for one in chosen
        if not waiting & {*one.needs, *one.also}
    ]


def skipped(chosen: Iterable[Check]) -> list[Judged]:
    """A row for each check that was left out on purpose."""
    kept = {one.name for one in chosen}
    left_out = Result("skipped", "left out as asked")
    return [Judged(one, left_out) for one in checks() if one.name not in kept]


def _result(one: Check, shots: Shots, unasked: Mapping[str, str]) -> Result:
    for label in one.needs:
        if label not in shots and label in unasked:
            return Result("unclear", unasked[label])
    try:
        return one.judge(shots)
    except Settled as settled:
        return settled.result
    except Lacking as lacking:
        return Result("unclear" if lacking.asked else "skipped", str(lacking))
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as odd:
        # A server may put anything anywhere; one odd answer must not cost the whole report.
        return Result("unclear", f"what came could not be judged ({type(odd).__name__})")


def finding_of(
    row: Judged, *, required: Sequence[str], named: bool, strict: bool, compared: bool
) -> Finding:
    """A row as a finding, as severe as the run's settings make it.

    required:  the profiles that must work
    named:     whether they were named one by one, so that their absence is a failure
    strict:    whether experimental checks can be red too
    compared:  whether only what was better in an earlier run can be red
    """
    one, result = row.check, row.result
    level = _LEVELS[row.verdict]
    grave = row.verdict in HARMFUL or (named and one.key and row.verdict in MISSING)
    if grave and one.profile in required and (one.core or strict):
        level = "fail"
    if level == "fail" and compared and not row.worse and row.before:
        level = "remark"
    return Finding(
        one.name, level, _sentence(row),
        evidence=result.quote if row.verdict != "pass" else "",
        do=one.do if row.verdict not in ("pass", "skipped") else "", expected=one.expected,
        came=result.came, quote=result.quote, about=one.group, verdict=row.verdict,
        requirement=one.requirement,
    )  # fmt: skip


def _sentence(row: Judged) -> str:
    before = f" (before: {row.before})" if row.before and row.before != row.verdict else ""
    expected = "" if row.verdict == "pass" else f" Expected: {row.check.expected}."
    return f"{row.verdict}: {row.result.came}.{expected}{before}"


def compared(rows: Iterable[Judged], before: Mapping[str, Conformance]) -> list[Judged]:
    """The rows with the verdicts of an earlier run."""
    return [replace(row, before=before.get(row.check.name, "")) for row in rows]


def ordered(rows: Iterable[Judged]) -> list[Judged]:
    """Worst first, and in the order of the catalogue within one verdict."""
    return sorted(rows, key=lambda row: VERDICTS.index(row.verdict))
