"""What an instrument found, and what a notebook concludes from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from . import escaping

MIME = "application/vnd.endpointscope.verdict+json"
SCHEMA = 1

Level = Literal["pass", "remark", "unclear", "fail"]
Blame = Literal["endpoint", "call"]

# JupyterLab centres and stripes tables; a saved notebook keeps inline styles only.
TABLE = "text-align: left; border-collapse: collapse"
ROW = "background: none; border-bottom: 1px solid rgba(128, 128, 128, 0.3)"

_ORDER: tuple[Level, ...] = ("fail", "unclear", "remark", "pass")
SYMBOLS: dict[Level, str] = {"pass": "✓", "remark": "≈", "unclear": "?", "fail": "✕"}
COLOURS: dict[Level, str] = {
    "pass": "#0A9A70", "remark": "#0E7FC2", "unclear": "#8E6BBF", "fail": "#D9660F",
}  # fmt: skip


class Failed(Exception):
    """A required finding failed; only a notebook's last cell raises it."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows: the sentence, since the frames tell a reader nothing."""
        return [f"{type(self).__name__}: {self}"]


class EndpointFailed(Failed):
    """The endpoint did not do what the notebook asks of it."""


class CallFailed(Failed):
    """The endpoint was never judged: what was asked, or how, was wrong."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, in words a reader can act on.

    name:      stable, lower case with hyphens: "no-text"
    says:      one plain sentence
    evidence:  numbers, or the server's own words
    do:        what to change; "" when there is nothing to do
    blame:     whose a failure is; the call's are a missing key and a bad address
    """

    name: str
    level: Level
    says: str
    evidence: str = ""
    do: str = ""
    blame: Blame = "endpoint"


@dataclass(frozen=True)
class Verdict:
    """The answer to a notebook's question about one endpoint.

    told:  whether the question could be answered at all
    """

    question: str
    base_url: str
    model: str
    findings: tuple[Finding, ...]
    told: bool = True

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Return the findings that make it red."""
        return tuple(f for f in self.findings if f.level == "fail")

    @property
    def passed(self) -> bool:
        """Whether something was looked at and nothing required failed."""
        return bool(self.findings) and not self.failures

    @property
    def headline(self) -> str:
        """Return the one sentence that answers the question."""
        if not self.findings:
            return "Nothing was looked at, so nothing passed."
        if self.failures:
            return self.failures[0].says
        if not self.told:
            return "It could not be told."
        remarks = sum(f.level != "pass" for f in self.findings)
        return "Yes." if not remarks else f"Yes, with {remarks} remark{'s' * (remarks > 1)}."

    def raise_if_failed(self) -> None:
        """Raise what a red verdict means: EndpointFailed or CallFailed, with the remedy."""
        if self.passed:
            return
        if not self.failures:
            raise CallFailed(self.headline)
        first = self.failures[0]
        error = CallFailed if first.blame == "call" else EndpointFailed
        raise error(" ".join(filter(None, (first.says, first.evidence, first.do))))

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as the executed notebook keeps it."""
        return {"schema": SCHEMA, "passed": self.passed, "headline": self.headline} | asdict(self)

    def __repr__(self) -> str:
        lines = [f"{'✓' if self.passed else '✕'} {self.question} {self.headline}"]
        for finding in self.findings:
            lines.append(f"  {SYMBOLS[finding.level]} {finding.name}: {finding.says}")
            lines += [f"      {extra}" for extra in (finding.evidence, finding.do) if extra]
        return "\n".join(lines)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {MIME: self.to_json(), "text/plain": repr(self), "text/html": self._html()}

    def _html(self) -> str:
        """Return a table that stays readable where style sheets and classes are removed."""
        level: Level = "pass" if self.passed else "fail"
        rows = "".join(_row(finding) for finding in self.findings)
        return (
            f'<p><b style="color: {COLOURS[level]}">{SYMBOLS[level]}</b> '
            f"<b>{escaping.for_html(self.question)} {escaping.for_html(self.headline)}</b></p>"
            f'<table style="{TABLE}"><tbody>{rows}</tbody></table>'
        )


def conclude(
    question: str, findings: Iterable[Finding], *, base_url: str, model: str = ""
) -> Verdict:
    """Return the verdict over the findings, the gravest first.

    findings:  the first one answers the question; the others stand beside it
    """
    given = list(findings)
    ordered = sorted(given, key=lambda finding: _ORDER.index(finding.level))
    told = not given or given[0].level != "unclear"
    return Verdict(question, base_url, model, tuple(ordered), told)


def _row(finding: Finding) -> str:
    cell = 'style="text-align: left; vertical-align: top"'
    extra = "".join(
        f"<br>{escaping.for_html(text)}" for text in (finding.evidence, finding.do) if text
    )
    return (
        f'<tr style="{ROW}"><td {cell}><span style="color: {COLOURS[finding.level]}">'
        f"{SYMBOLS[finding.level]}</span> {escaping.for_html(finding.name)}</td>"
        f"<td {cell}>{escaping.for_html(finding.says)}{extra}</td></tr>"
    )
