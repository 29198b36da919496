"""What a run leaves behind: results.json, junit.xml, summary.md, and the table at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from .. import escaping
from ..finding import SYMBOLS
from .outcome import Outcome

SCHEMA = 1
FILES = ("results.json", "junit.xml", "summary.md")

_MARKS = {"passed": "✓", "failed": "✕", "not judged": "?"}


@dataclass(frozen=True)
class Report:
    """Everything known at the end of a run, with secrets already masked.

    started_at:  ISO 8601, UTC
    endpoint:    base URL as displayed, model, name of the key's variable
    """

    outcomes: Sequence[Outcome]
    started_at: str = ""
    endpoint: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """The worst of the notebooks' exit codes."""
        return max((outcome.exit_code for outcome in self.outcomes), default=2)

    def files(self) -> dict[str, str]:
        """The text of each file by its name."""
        return dict(zip(FILES, (results(self), junit(self), summary(self)), strict=True))


def results(report: Report) -> str:
    """Return results.json."""
    whole = {
        "schema": SCHEMA, "exit_code": report.exit_code, "started_at": report.started_at,
        "endpoint": dict(report.endpoint), "versions": dict(report.versions),
        "notebooks": [_result(outcome) for outcome in report.outcomes],
    }  # fmt: skip
    # For when the file is printed in a CI log: no control characters, and no ##[ commands.
    return json.dumps(whole, indent=2).replace("##[", r"##\u005b") + "\n"


def junit(report: Report) -> str:
    """junit.xml: a suite for each notebook, a case for each question, following Jenkins' schema."""
    root = ElementTree.Element("testsuites", name="endpointscope")
    for outcome in report.outcomes:
        root.append(_suite(outcome, report))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def summary(report: Report) -> str:
    """summary.md: the table, then what a reader should know or change; readable as text, too."""
    safe = escaping.for_markdown
    asked = report.endpoint.get("base_url", "")
    model = report.endpoint.get("model", "")
    lines = [f"## {safe(asked)}" + (f" · {safe(model)}" if model else ""), ""]
    lines += ["| notebook | verdict | | seconds |", "| --- | --- | --- | ---: |"]
    for one in report.outcomes:
        mark = f"{_MARKS[one.word]} {one.word}"
        lines.append(
            f"| {safe(one.notebook)} | {mark} | {safe(one.sentence)} | {one.seconds:.1f} |"
        )
    for one in report.outcomes:
        notable = [f for f in findings(one) if f["level"] != "pass" or f.get("about") == "call"]
        if notable:
            lines += ["", f"### {safe(one.notebook)}", ""]
        for finding in notable:
            about = f"{finding['about']}: " if finding.get("about") else ""
            words = [finding["says"], finding.get("evidence", ""), finding.get("do", "")]
            sentence = " ".join(safe(str(word)) for word in words if word)
            name = safe(f"{about}{finding['name']}")
            lines.append(f"- {_symbol(finding)} **{name}** {sentence}")
    return "\n".join(lines) + "\n"


def table(report: Report) -> str:
    """The table that ends a run in a terminal."""
    rows = [("notebook", "verdict", "seconds", "")]
    rows += [
        (one.notebook, f"{_MARKS[one.word]} {one.word}", f"{one.seconds:.1f}", one.sentence)
        for one in report.outcomes
    ]
    safe = [tuple(" ".join(escaping.for_terminal(cell).split()) for cell in row) for row in rows]
    wide = [max(len(row[column]) for row in safe) for column in range(3)]
    return "\n".join(
        f"{a:<{wide[0]}}  {b:<{wide[1]}}  {c:>{wide[2]}}  {d}".rstrip() for a, b, c, d in safe
    )


def advice(report: Report) -> str:
    """What to do about each notebook that did not pass, one line each, for a terminal."""
    first = [findings(one)[:1] for one in report.outcomes if one.word != "passed"]
    advice = [escaping.for_terminal(str(found.get("do", ""))) for [found] in filter(None, first)]
    return "\n".join(dict.fromkeys(f"→ {' '.join(do.split())}" for do in advice if do))


def findings(outcome: Outcome) -> list[dict[str, Any]]:
    """The verdict's findings, the most serious first."""
    return list(outcome.verdict["findings"]) if outcome.verdict else []


def _symbol(finding: Mapping[str, Any]) -> str:
    return SYMBOLS.get(finding["level"], "?")


def _result(outcome: Outcome) -> dict[str, Any]:
    return {
        "notebook": outcome.notebook, "outcome": outcome.word, "exit_code": outcome.exit_code,
        "sentence": outcome.sentence, "seconds": round(outcome.seconds, 3),
        "parameters": dict(outcome.parameters), "verdict": outcome.verdict,
        "executed": outcome.executed, "details": outcome.details,
    }  # fmt: skip


def _suite(outcome: Outcome, report: Report) -> ElementTree.Element:
    cases = [_case(outcome, about, group) for about, group in _by_question(outcome).items()]
    reported = any(
        case.find("failure") is not None or case.find("error") is not None for case in cases
    )
    if outcome.word != "passed" and not reported:
        cases.append(_whole(outcome))
    suite = ElementTree.Element(
        "testsuite", name=escaping.for_xml(outcome.notebook), tests=str(len(cases)),
        failures=str(_count(cases, "failure")), errors=str(_count(cases, "error")),
        skipped=str(_count(cases, "skipped")), time=f"{outcome.seconds:.3f}",
        timestamp=report.started_at.partition("+")[0],
    )  # fmt: skip
    suite.append(_properties(report))
    suite.extend(cases)
    return suite


def _properties(report: Report) -> ElementTree.Element:
    properties = ElementTree.Element("properties")
    for name, value in {**report.endpoint, **report.versions}.items():
        ElementTree.SubElement(properties, "property", name=name, value=escaping.for_xml(value))
    return properties


def _by_question(outcome: Outcome) -> dict[str, list[Mapping[str, Any]]]:
    """The findings by what they are about, which stays the same from run to run.

    Each check of the conformance report is a question of its own.
    """
    questions: dict[str, list[Mapping[str, Any]]] = {}
    for finding in findings(outcome):
        about = finding["name"] if finding.get("verdict") else finding.get("about")
        questions.setdefault(str(about or "beside"), []).append(finding)
    return questions


def _count(cases: Sequence[ElementTree.Element], kind: str) -> int:
    return sum(case.find(kind) is not None for case in cases)


def _case(outcome: Outcome, about: str, group: Sequence[Mapping[str, Any]]) -> ElementTree.Element:
    """One question's case: failed if its most serious finding is, skipped if that is unclear."""
    case = _named(outcome.notebook, about, outcome.seconds)
    first = group[0]
    kinds = {"fail": "error" if first.get("blame") == "call" else "failure", "unclear": "skipped"}
    if kind := kinds.get(first["level"]):
        element = ElementTree.SubElement(case, kind, message=escaping.for_xml(str(first["says"])))
        if kind != "skipped":
            element.set("type", escaping.for_xml(str(first["name"])))
            element.text = escaping.for_xml(_lines(first))
    beside = [
        f"{one['level']}: {one['name']}: {one['says']}\n{_lines(one)}".strip() for one in group
    ]
    ElementTree.SubElement(case, "system-out").text = escaping.for_xml("\n\n".join(beside))
    return case


def _lines(finding: Mapping[str, Any]) -> str:
    return "\n".join(str(finding[name]) for name in ("evidence", "do") if finding.get(name))


def _whole(outcome: Outcome) -> ElementTree.Element:
    """The case for a notebook that went wrong apart from its findings."""
    case = _named(outcome.notebook, "runs-and-concludes", outcome.seconds)
    kind = "failure" if outcome.word == "failed" else "error"
    element = ElementTree.SubElement(case, kind, message=escaping.for_xml(outcome.sentence))
    element.text = escaping.for_xml(outcome.details)
    return case


def _named(notebook: str, name: str, seconds: float) -> ElementTree.Element:
    return ElementTree.Element(
        "testcase", classname=escaping.for_xml(notebook), name=escaping.for_xml(name),
        time=f"{seconds:.3f}",
    )  # fmt: skip
