"""The verdict that a notebook ends with, and the line that announces it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

from ..checks.conformance.report import Report
from ..endpoint import Endpoint
from ..escaping import for_html, for_terminal
from ..finding import MIME, Finding, Verdict
from ..finding import conclude as _conclude
from ..signatures import checked
from .output import Bundle, Output, after_cell
from .theme import CELL, DIM, LEVELS, ROW, STATES, TABLE, Sign, marked

# As many as the doctor has layers; nobody reads a longer list of passes.
MANY_PASSES = 14


@checked
def verdict(concluded: Verdict, *more: Finding) -> None:
    """Show the answer to a notebook's question and keep it in the notebook.

    more:    further findings from a closer look
    raises:  EndpointFailed or CallFailed if something required failed
    """
    concluded = concluded.with_findings(more)
    html = verdict_html(concluded)
    Output({MIME: concluded.to_json(), "text/plain": repr(concluded), "text/html": html})
    concluded.raise_if_failed()


@runtime_checkable
class HasHeadline(Protocol):
    """Anything that answers the question with a sentence of its own: a report, a comparison."""

    @property
    def base_url(self) -> str:
        """The address that was asked."""

    @property
    def model(self) -> str:
        """The model that was asked."""

    @property
    def headline(self) -> str:
        """The sentence."""


@runtime_checkable
class HasEndpoint(Protocol):
    """Anything that knows its endpoint: an exchange, or a watch over many."""

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint that was asked."""


@checked
def conclude(
    question: str, findings: Iterable[Finding], asked: HasEndpoint | HasHeadline
) -> Verdict:
    """The verdict over findings: `cells.conclude("Does it answer?", a.findings, a)`."""
    if isinstance(asked, HasHeadline):
        return _conclude(
            question, findings, base_url=asked.base_url, model=asked.model,
            yes=asked.headline.removesuffix("."),
        )  # fmt: skip
    endpoint = asked.endpoint
    # If the question is not one of yes or no, the object supplies the answer.
    yes = str(getattr(asked, "yes", "Yes"))
    return _conclude(question, findings, base_url=endpoint.base_url, model=endpoint.model, yes=yes)


class VerdictLine:
    """A notebook's question in one line, if there is no panel: shown first, answered later."""

    def __init__(self, question: str) -> None:
        self._question = question
        self._output = Output(self._line(STATES["waiting"], "…"))
        self._open = True
        after_cell(self._left)

    def _left(self) -> None:
        """Say that its cell ended without an answer: interrupted, or with an error below."""
        if self._open:
            self._output.update(self._line(STATES["not sent"], "Not judged."))

    def conclude(self, findings: Iterable[Finding], asked: HasEndpoint | HasHeadline) -> Verdict:
        """The verdict, now shown in the question's line along with the advice."""
        self._open = False
        concluded = conclude(self._question, findings, asked)
        advice = concluded.failures[0].do if concluded.failures else ""
        sentence = f"{concluded.sentence} {advice}".strip()
        if isinstance(asked, Report):
            sentence = asked.line
        self._output.update(self._line(LEVELS[concluded.level], sentence))
        return concluded

    def _line(self, sign: Sign, sentence: str) -> Bundle:
        line = f"{marked(sign, self._question)} {for_html(sentence)}"
        plain = for_terminal(f"{sign.mark} {self._question} {sentence}")
        style = "font-size: 13px; line-height: 24px"
        return {"text/html": f'<div style="{style}">{line}</div>', "text/plain": plain}


def verdict_html(verdict: Verdict) -> str:
    """A table that stays readable if style sheets and classes are removed."""
    passes = [finding for finding in verdict.findings if finding.level == "pass"]
    folded = passes if len(passes) > MANY_PASSES else []
    shown = [finding for finding in verdict.findings if finding not in folded]
    rest = f"<details><summary>{len(folded)} passed</summary>{_findings_table(folded)}</details>"
    return (
        f"<p>{marked(LEVELS[verdict.level], f'{verdict.question} {verdict.headline}')}</p>"
        f"{_findings_table(shown)}{rest if folded else ''}"
    )


def _findings_table(findings: Sequence[Finding]) -> str:
    rows = "".join(map(_finding_row, findings))
    return f'<table style="{TABLE}"><tbody>{rows}</tbody></table>'


def _finding_row(finding: Finding) -> str:
    cell = f"text-align: left; {CELL}"
    name = marked(LEVELS[finding.level], finding.label, "span")
    evidence = f'<div style="{DIM}">{for_html(finding.evidence)}</div>' if finding.evidence else ""
    do = f"<div>{for_html(finding.do)}</div>" if finding.do else ""
    return (
        f'<tr style="{ROW}"><td style="{cell}; white-space: nowrap">{name}</td>'
        f'<td style="{cell}; overflow-wrap: anywhere">{for_html(finding.says)}{evidence}{do}</td>'
        "</tr>"
    )
