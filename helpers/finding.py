"""Findings, in words a reader can act on, and the verdict a notebook draws from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from .escaping import encodable, for_terminal
from .wording import counted, shortened

MIME = "application/vnd.endpointscope.verdict+json"
SCHEMA = 2

Level = Literal["fail", "unclear", "remark", "pass"]
Blame = Literal["endpoint", "call", "client"]
Conformance = Literal[
    "", "pass", "tolerated", "deviates", "ignored", "refused", "absent", "unclear", "skipped"
]
Requirement = Literal["", "must", "should", "feature"]

# The most serious first: findings are shown in this order.
LEVELS: tuple[Level, ...] = ("fail", "unclear", "remark", "pass")
SYMBOLS: dict[Level, str] = {"fail": "✕", "unclear": "?", "remark": "≈", "pass": "✓"}


class Failed(Exception):
    """A required finding failed; only a notebook's last cell raises it."""

    headline = ""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: one sentence, since the table above it has the rest."""
        return [for_terminal(f"{type(self).__name__}: {self.headline or self}")]


class EndpointFailed(Failed):
    """The endpoint did not do what the notebook requires."""


class CallFailed(Failed):
    """The endpoint was never judged, because the request itself was wrong."""


LONGEST = 2000


@dataclass(frozen=True)
class Finding:
    """The result of one check, in words a reader can act on.

    name:      stable, lower case with hyphens: "no-text"
    says:      one plain sentence
    evidence:  numbers, or the server's own words
    do:        what to change; "" if there is nothing to do
    blame:     whose failure it is; "call" for a missing key or a bad address
    expected, came, quote:  for an explained error: what was due, what came instead, and the
               server's own words, cut at 500 characters
    fix:       the base URL that a button may fill in
    about:     the question it answers: "full answer", "streamed answer"; "" for the whole notebook
    verdict, requirement:  set by a conformance check; "" otherwise
    """

    name: str
    level: Level
    says: str
    evidence: str = ""
    do: str = ""
    blame: Blame = "endpoint"
    expected: str = ""
    came: str = ""
    quote: str = ""
    fix: str = ""
    about: str = ""
    verdict: Conformance = ""
    requirement: Requirement = ""

    def __post_init__(self) -> None:
        # A server's words may hold a lone surrogate, which no output can encode.
        for name in ("says", "evidence", "do", "came", "quote", "fix"):
            whole = encodable(text := getattr(self, name))
            # They are shown in many places, and a megabyte of a model's name helps nobody.
            cut = shortened(whole, LONGEST)
            if cut is not text:
                object.__setattr__(self, name, cut)

    def at(self, level: Level) -> Finding:
        """The same finding at another level, as serious as the question makes it."""
        return replace(self, level=level)

    def concerning(self, about: str) -> Finding:
        """The same finding, as the answer to a question."""
        return replace(self, about=about)

    @property
    def label(self) -> str:
        """Its subject and name, without repetition: "stream: cut", "TCP IPv4", "tools-forced"."""
        about = self.about.lower()
        if not about or self.name.startswith(f"{about}-"):
            return self.name
        return self.about if self.name in about.split() else f"{self.about}: {self.name}"

    @property
    def named(self) -> str:
        """What it says, prefixed with the name of a conformance check: "seed is ignored: …"."""
        verdict, _, rest = self.says.partition(": ")
        if not rest or verdict != self.verdict:
            return self.says
        return f"{self.name} {verdict if verdict == 'deviates' else f'is {verdict}'}: {rest}"

    def __str__(self) -> str:
        """All of it as sentences; evidence that is not a sentence goes into parentheses."""
        evidence, whole = self.evidence, self.says.endswith(".")
        if whole and evidence and not evidence[0].isupper() and evidence[-1] not in ".!?”":
            sentence = f"{self.says[:-1]} ({evidence})."
        else:
            sentence = f"{self.says} {evidence}".rstrip()
        return f"{sentence} {self.do}".rstrip()


def explained(
    name: str,
    says: str,
    *,
    expected: str,
    came: str,
    do: str,
    quote: str = "",
    fix: str = "",
    blame: Blame = "endpoint",
) -> Finding:
    """A failure explained in three parts: what was expected, what came, what to do."""
    words = f" “{quote}”" if quote else ""
    return Finding(
        name, "fail", says, f"Expected {expected}; got {came}{words}.", do, blame,
        expected, came, quote, fix,
    )  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """The answer to a notebook's question about one endpoint.

    decided:  whether the question could be answered at all
    yes:      what a green headline begins with
    """

    question: str
    base_url: str
    model: str
    findings: tuple[Finding, ...]
    decided: bool = True
    yes: str = "Yes"

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The failed findings, which make it red."""
        return tuple(finding for finding in self.findings if finding.level == "fail")

    @property
    def passed(self) -> bool:
        """Whether there are findings and none of them is a failure."""
        return bool(self.findings) and not self.failures

    @property
    def headline(self) -> str:
        """The one sentence that answers the question."""
        if not self.findings:
            return "Nothing was looked at, so nothing passed."
        if self.failures:
            return self.failures[0].named
        if not self.decided:
            return f"Unclear. {self.findings[0].says}"
        remarks = sum(finding.level == "remark" for finding in self.findings)
        unclear = sum(finding.level == "unclear" for finding in self.findings)
        beside = [
            f"with {counted(remarks, 'remark')}" if remarks else "",
            f"{counted(unclear, 'point')} unclear" if unclear else "",
        ]
        return ", ".join([self.yes, *filter(None, beside)]) + "."

    @property
    def level(self) -> Level:
        """The level of the most serious finding, which the verdict's symbol shows."""
        if not self.findings:
            return "fail"
        return "unclear" if self.passed and not self.decided else self.findings[0].level

    @property
    def sentence(self) -> str:
        """The headline, followed by the first blemish of a yes that has any."""
        first = self.findings[0] if self.findings else None
        if first is None or first.level == "pass" or self.failures or not self.decided:
            return self.headline
        more = sum(finding.level in ("unclear", "remark") for finding in self.findings) - 1
        return f"{self.headline} {first.says}{f' And {more} more.' if more else ''}"

    def with_findings(self, more: Iterable[Finding]) -> Verdict:
        """The verdict with further findings, such as those of a closer look."""
        found = [*self.findings, *more]
        ordered = sorted(found, key=lambda finding: LEVELS.index(finding.level))
        return replace(self, findings=tuple(ordered))

    def raise_if_failed(self) -> None:
        """Raise EndpointFailed or CallFailed, with the remedy, if the verdict is red."""
        if self.passed:
            return
        if not self.failures:
            raise CallFailed(self.headline)
        first = self.failures[0]
        failed = (CallFailed if first.blame == "call" else EndpointFailed)(str(first))
        failed.headline = self.headline
        raise failed

    def to_json(self) -> dict[str, Any]:
        """The verdict as the executed notebook stores it."""
        return {"schema": SCHEMA, "passed": self.passed, "headline": self.headline} | asdict(self)

    def __repr__(self) -> str:
        lines = [f"{SYMBOLS[self.level]} {self.question} {self.headline}"]
        for finding in self.findings:
            lines.append(f"  {SYMBOLS[finding.level]} {finding.label}: {finding.says}")
            lines += [f"      {extra}" for extra in (finding.evidence, finding.do) if extra]
        return for_terminal("\n".join(lines))


def conclude(
    question: str,
    findings: Iterable[Finding],
    *,
    base_url: str,
    model: str = "",
    yes: str = "Yes",
) -> Verdict:
    """The verdict on the findings, the most serious first.

    findings:  the first one answers the question; the others accompany it
    yes:       what a green headline begins with, for a question that "Yes" does not answer
    """
    given = list(findings)
    ordered = sorted(given, key=lambda finding: LEVELS.index(finding.level))
    decided = not given or given[0].level != "unclear"
    return Verdict(question, base_url, model, tuple(ordered), decided, yes)
