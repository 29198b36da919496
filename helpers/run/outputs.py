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
    """Everything that is known at the end of a run, secrets already hidden.

    started_at:  ISO 8601, UTC
    endpoint:    base URL as shown, model, name of the key's variable
    """

    outcomes: Sequence[Outcome]
    started_at: str = ""
    endpoint: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """Return the worst of the notebooks' exit codes."""
        return max((outcome.exit_code for outcome in self.outcomes), default=2)

    def files(self) -> dict[str, str]:
        """Return the text of each file by its name."""
        return dict(zip(FILES, (results(self), junit(self), summary(self)), strict=True))


def results(report: Report) -> str:
    """Return results.json."""
    whole = {
        "schema": SCHEMA, "exit_code": report.exit_code, "started_at": report.started_at,
        "endpoint": dict(report.endpoint), "versions": dict(report.versions),
        "notebooks": [_result(outcome) for outcome in report.outcomes],
    }  # fmt: skip
    # Somebody will print the file in a CI log: escaped, no character steers it and no ##[ commands.
    return json.dumps(whole, indent=2).replace("##[", r"##\u005b") + "\n"


def junit(report: Report) -> str:
    """Return junit.xml: a suite for each notebook, a case for each finding."""
    root = ElementTree.Element("testsuites", name="endpointscope")
    for outcome in report.outcomes:
        root.append(_suite(outcome))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def summary(report: Report) -> str:
    """Return summary.md: the table, then what a reader should know or change."""
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
        told = [f for f in findings(one) if f["level"] != "pass"]
        if told:
            lines += ["", f"### {safe(one.notebook)}", ""]
        for finding in told:
            words = [finding["says"], finding.get("evidence", ""), finding.get("do", "")]
            said = " ".join(safe(str(word)) for word in words if word)
            lines.append(f"- {_symbol(finding)} **{safe(finding['name'])}** {said}")
    return "\n".join(lines) + "\n"


def table(report: Report) -> str:
    """Return the table that ends a run in a terminal."""
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


def findings(outcome: Outcome) -> list[dict[str, Any]]:
    """Return the verdict's findings, the gravest first."""
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


def _suite(outcome: Outcome) -> ElementTree.Element:
    cases = [_case(outcome.notebook, finding) for finding in findings(outcome)]
    told = any(case.find("failure") is not None or case.find("error") is not None for case in cases)
    if outcome.word != "passed" and not told:
        cases.append(_whole(outcome))
    return _filled_suite(outcome, cases)


def _filled_suite(outcome: Outcome, cases: Sequence[ElementTree.Element]) -> ElementTree.Element:
    suite = ElementTree.Element(
        "testsuite", name=escaping.for_xml(outcome.notebook), tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        time=f"{outcome.seconds:.3f}",
    )  # fmt: skip
    suite.extend(cases)
    return suite


def _case(notebook: str, finding: Mapping[str, Any]) -> ElementTree.Element:
    case = _named(notebook, str(finding["name"]))
    extra = "\n".join(str(finding[name]) for name in ("evidence", "do") if finding.get(name))
    says = str(finding["says"])
    if finding["level"] == "fail":
        kind = "error" if finding.get("blame") == "call" else "failure"
        _tell(case, kind, says, extra)
    elif finding["level"] != "pass":
        told = ElementTree.SubElement(case, "system-out")
        told.text = escaping.for_xml(
            "\n".join(filter(None, (f"{finding['level']}: {says}", extra)))
        )
    return case


def _whole(outcome: Outcome) -> ElementTree.Element:
    """Return the case of a notebook that went wrong apart from its findings."""
    case = _named(outcome.notebook, "runs-and-concludes")
    _tell(
        case, "failure" if outcome.word == "failed" else "error", outcome.sentence, outcome.details
    )
    return case


def _named(notebook: str, name: str) -> ElementTree.Element:
    return ElementTree.Element(
        "testcase", classname=escaping.for_xml(notebook), name=escaping.for_xml(name)
    )


def _tell(case: ElementTree.Element, kind: str, message: str, text: str) -> None:
    told = ElementTree.SubElement(case, kind, message=escaping.for_xml(message))
    told.text = escaping.for_xml(text)
