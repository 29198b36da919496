"""The report as text for other places: Markdown for an issue or a README, JSON, JUnit."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from ...escaping import for_markdown, for_xml
from ...finding import Conformance
from .catalogue import RULES
from .judging import ordered
from .report import KINDS, Report

MARKS: dict[Conformance, str] = {
    "pass": "✓", "tolerated": "≈", "deviates": "✕", "ignored": "!", "refused": "⊖",
    "absent": "–", "unclear": "?", "skipped": "»",
}  # fmt: skip


def to_json(report: Report) -> str:
    """The whole report, for programs and as a later run's baseline."""
    # The file may be printed in a CI log: escaped, no character controls it and no ##[ commands it.
    return json.dumps(report.to_dict(), indent=1).replace("##[", r"##\u005b") + "\n"


def to_markdown(report: Report) -> str:
    """A table to paste into an issue or a README; a server's own words in it are escaped."""
    safe = for_markdown
    lines = [f"### {safe(report.headline)}", ""]
    about = [f"Asked: {safe(report.base_url)}", f"model {safe(report.model)}", report.cost]
    lines += [" · ".join([*about, report.started_at[:10]]), ""]
    lines += _table(
        ("a program of this kind", "on this endpoint", "because", "instead"),
        [
            (KINDS[one.profile], f"{MARKS[one.verdict]} **{one.word}**", one.because, one.instead)
            for one in report.summary
        ],
        marked=1,
    )
    shown = [row for row in ordered(report.rows) if row.verdict != "pass"]
    lines += ["", *_table(
        ("verdict", "check", "level", "what came", "do"),
        [
            (
                f"{MARKS[row.verdict]} {row.verdict}", f"`{row.check.name}`", row.check.requirement,
                row.result.came, row.check.do,
            )
            for row in shown
        ],
        marked=1,
    )]  # fmt: skip
    passed = [row.check.name for row in report.rows if row.verdict == "pass"]
    lines += ["", f"✓ {len(passed)} passed: {', '.join(passed)}." if passed else "Nothing passed."]
    lines += ["", *(f"- {safe(note)}" for note in report.notes), f"- Rules: {RULES}."]
    return "\n".join(lines) + "\n"


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]], *, marked: int) -> list[str]:
    """A Markdown table; cells up to and including column `marked` are ours, and not escaped."""
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    for row in rows:
        cells = [
            cell if place <= marked else for_markdown(cell) for place, cell in enumerate(row)
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def to_junit(report: Report) -> str:
    """A JUnit suite with one case per check, failed where the report is red."""
    findings = report.findings
    red = sum(found.level == "fail" for found in findings)
    unclear = sum(found.level == "unclear" for found in findings)
    suite = ElementTree.Element(
        "testsuite", name="conformance", tests=str(len(findings)), failures=str(red), errors="0",
        skipped=str(unclear), time=f"{report.seconds:.3f}",
    )  # fmt: skip
    for found in findings:
        case = ElementTree.SubElement(
            suite, "testcase", classname=f"conformance.{found.about}", name=found.name
        )
        kinds = {"fail": "failure", "unclear": "skipped"}
        if kind := kinds.get(found.level):
            element = ElementTree.SubElement(case, kind, message=for_xml(found.says))
            if kind == "failure":
                element.text = for_xml(f"{found.quote}\n{found.do}".strip())
        ElementTree.SubElement(case, "system-out").text = for_xml(found.says)
    root = ElementTree.Element("testsuites", name="endpointscope")
    root.append(suite)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
