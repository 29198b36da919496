"""The report as HTML that stays readable if style sheets and classes are removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...checks.clients.breaking import BrokenClient, breaking
from ...checks.conformance.catalogue import RULES
from ...checks.conformance.check import HARMFUL
from ...checks.conformance.judging import Judged, ordered
from ...checks.conformance.report import KINDS, Report
from ...escaping import for_html, for_terminal
from ...finding import Conformance
from ...signatures import checked
from ..table import Table
from ..theme import CELL, DIM, HEAD, ROW, TABLE, VERDICTS

_LEFT = "text-align: left"
_PRE = (
    "white-space: pre-wrap; overflow-wrap: anywhere; font-size: 12px; line-height: 18px; "
    "border: 1px solid rgba(128, 128, 128, 0.4); border-radius: 3px; padding: 6px 10px; "
    "margin: 6px 0; max-height: 240px; overflow: auto"
)
_MONO = "font-family: var(--jp-code-font-family, monospace); font-size: 12.5px"
_GOOD: Conformance = "pass"
_BESIDE: tuple[Conformance, ...] = ("tolerated", "unclear", "skipped")


def page(report: Report, *, group: str = "", verdict: str = "", running: str = "") -> str:
    """The report: headline, counts, kinds of program, and the checks.

    group, verdict:  show only the checks of that group, or that verdict
    running:         what is being asked, "" once it has ended
    """
    rows = [
        row for row in ordered(report.rows)
        if group in ("", row.check.group) and verdict in ("", row.verdict)
    ]  # fmt: skip
    # Users who select a verdict or a group want to see its contents unfolded.
    chosen = bool(group or verdict)
    passed = [row for row in rows if row.verdict == "pass" and not verdict]
    beside = [row for row in rows if row.verdict in _BESIDE and not chosen]
    shown = [row for row in rows if row not in passed and row not in beside]
    return (
        '<div class="mathjax_ignore" style="font-size: 13px; line-height: 20px; margin-top: 8px">'
        f"{_head(report, running)}{_bar(report)}{_kinds(report)}"
        f"{_checks(shown)}{_fold(_beside(beside), beside)}"
        f"{_fold(f'{_sign(_GOOD)}{len(passed)} passed', passed)}{_foot(report)}</div>"
    )


def _head(report: Report, running: str) -> str:
    headline = f"▶ {running}" if running else report.headline
    where = " · ".join([report.base_url, f"model {report.model or '–'}", report.cost])
    large = "font-size: 16px; line-height: 24px; font-weight: 600"
    return (
        f'<div style="{large}">{for_html(headline)}</div>'
        f'<div style="{DIM}">{for_html(where)} · {report.started_at[:10]}</div>'
    )


def _bar(report: Report) -> str:
    """How often each verdict came, as a bar and in words."""
    parts = "".join(
        f'<div style="flex: {count}; background: {VERDICTS[verdict].colour}; height: 7px"></div>'
        for verdict, count in report.counts.items()
    )
    words = " &nbsp; ".join(
        f"{_sign(verdict)}{_word(verdict)} <b>{count}</b>"
        for verdict, count in report.counts.items()
    )
    return (
        f'<div aria-hidden="true" style="display: flex; gap: 2px; margin: 8px 0 6px">{parts}</div>'
        f"<div>{words}</div>"
    )


def _kinds(report: Report) -> str:
    heads = ("a program of this kind", "on this endpoint", "because", "instead")
    rows = "".join(
        f'<tr style="{ROW}">{_cell(for_html(KINDS[one.profile]), wide=False)}'
        f"{_cell(f'{_sign(one.verdict)}<b>{for_html(one.word)}</b>', wide=False)}"
        f"{_cell(for_html(one.because))}{_cell(_dim(one.instead))}</tr>"
        for one in report.summary
    )
    return _table(heads, rows)


def _checks(rows: Sequence[Judged]) -> str:
    if not rows:
        return ""
    heads = ("verdict", "check", "level", "what came (open for the bytes)", "do")
    return _table(heads, "".join(map(_row, rows)))


def _row(row: Judged) -> str:
    one = row.check
    level = one.requirement + (" · core" if one.core else "")
    return (
        f'<tr style="{ROW}">{_cell(f"{_sign(row.verdict)}{_word(row.verdict)}", wide=False)}'
        f"{_cell(_mono(one.name), wide=False)}{_cell(_dim(level), wide=False)}"
        f"{_cell(_evidence(row))}{_cell(_advice(row))}</tr>"
    )


def _advice(row: Judged) -> str:
    """What to change, and which clients break as it is."""
    if row.verdict == "pass":
        return ""
    labels = dict.fromkeys(one.label for one in _broken(row))
    named = "breaks " + ", ".join(labels)
    return for_html(row.check.do) + (f"<br>{_dim(named)}" if labels else "")


def _broken(row: Judged) -> list[BrokenClient]:
    wrong = row.verdict in ("deviates", "tolerated", "ignored")
    return breaking(row.check.name, row.result.came) if wrong else []


def _evidence(row: Judged) -> str:
    """One sentence; folded behind it what should happen, what came, and why it matters."""
    one, result = row.check, row.result
    lines = [
        ("expected", one.expected), ("came", result.quote), ("request", result.label),
        ("source", one.source), ("why", one.why), ("before", row.before),
        *(("breaks", str(one)) for one in _broken(row)),
    ]  # fmt: skip
    details = "\n".join(f"{name:<10}{text}" for name, text in lines if text)
    return (
        f"<details><summary>{for_html(result.came)}</summary>"
        f'<pre style="{_PRE}">{for_html(details)}</pre></details>'
    )


def _beside(rows: Sequence[Judged]) -> str:
    """How many rows there are of each verdict that needs no action."""
    counts = {verdict: sum(row.verdict == verdict for row in rows) for verdict in _BESIDE}
    return " &nbsp; ".join(
        f"{_sign(verdict)}{count} {verdict}" for verdict, count in counts.items() if count
    )


def _fold(summary: str, rows: Sequence[Judged]) -> str:
    if not rows:
        return ""
    return f"<details><summary>{summary}</summary>{_checks(rows)}</details>"


def _foot(report: Report) -> str:
    changed = [
        f"{row.check.name}: {row.before}, now {row.verdict}" for row in report.changes
    ]  # fmt: skip
    compared = (
        [f"Changed since then: {'; '.join(changed) or 'nothing'}."] if report.baseline else []
    )
    notes = [
        *report.notes,
        *compared,
        f"Only core checks make it red on their own. Rules: {RULES}.",
    ]
    return "".join(f'<div style="{DIM}">{for_html(note)}</div>' for note in notes)


def plain(report: Report) -> str:
    """The report for a terminal: kinds of program, and what did not pass."""
    return "\n".join([
        f"{report.headline} {report.cost}.", "", repr(_kinds_table(report)), "",
        repr(_checks_table(row for row in ordered(report.rows) if row.verdict != "pass")),
        *map(for_terminal, report.notes),
    ])  # fmt: skip


def _kinds_table(report: Report) -> Table:
    """A row for each kind of program."""
    rows = [
        (KINDS[one.profile], f"{VERDICTS[one.verdict].mark} {one.word}", one.because, one.instead)
        for one in report.summary
    ]
    return Table(("a program of this kind", "on this endpoint", "because", "instead"), tuple(rows))


@checked
def parameters_table(report: Report) -> Table:
    """A row for each parameter: honoured, ignored, refused, cannot tell."""
    rows = [
        (one.name, f"{VERDICTS[one.verdict].mark} {one.word}", one.because)
        for one in report.parameters
    ]
    return Table(("parameter", "it is", "because"), tuple(rows))


def changes_table(report: Report) -> Table:
    """What another run judged differently; what got worse first."""
    rows = [(row.check.name, row.before, row.verdict, row.result.came) for row in report.changes]
    nothing = (
        "Nothing changed."
        if report.baseline
        else "There is no earlier run to compare with: baseline names one."
    )
    heads = ("check", "before", "now", "what came")
    return Table(heads, tuple(rows), note="" if rows else nothing)


def _checks_table(rows: Iterable[Judged]) -> Table:
    """A row for each check."""
    cells = [
        (
            f"{VERDICTS[row.verdict].mark} {row.verdict}", row.check.name, row.check.requirement,
            row.result.came[:100],
        )
        for row in rows
    ]  # fmt: skip
    return Table(("verdict", "check", "level", "what came"), tuple(cells))


def _sign(verdict: Conformance) -> str:
    mark, colour = VERDICTS[verdict]
    return f'<span aria-hidden="true" style="color: {colour}">{for_html(mark)}</span>&nbsp; '


def _word(verdict: Conformance) -> str:
    return f"<b>{verdict}</b>" if verdict in HARMFUL else verdict


def _mono(text: str) -> str:
    return f'<span style="{_MONO}">{for_html(text)}</span>'


def _dim(text: str) -> str:
    return f'<span style="{DIM}">{for_html(text)}</span>'


def _cell(html: str, *, wide: bool = True) -> str:
    nowrap = "" if wide else "; white-space: nowrap"
    return f'<td style="{_LEFT}; {CELL}{nowrap}">{html}</td>'


def _table(heads: Sequence[str], rows: str) -> str:
    cells = "".join(f'<th style="{_LEFT}; {HEAD}">{for_html(head)}</th>' for head in heads)
    style = f"{TABLE}; table-layout: auto; width: 100%; margin: 12px 0 8px; font-size: 13px"
    return f'<table style="{style}"><tbody><tr style="{ROW}">{cells}</tr>{rows}</tbody></table>'
