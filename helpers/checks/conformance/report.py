"""What the verdicts mean: which kinds of program work, which parameters do what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...endpoint import Endpoint
from ...escaping import for_terminal
from ...finding import Conformance, Finding
from ...wording import counted
from .catalogue import ALL, RULES, profiles
from .check import HARMFUL, MISSING, PROFILES, VERDICTS
from .judging import Judged, finding_of, ordered

SCHEMA = 1
KINDS = {
    "chat": "Plain chat",
    "streaming": "Chat that streams",
    "tools": "Agents with tools",
    "structured": "Structured output",
    "embeddings": "Embeddings, RAG",
    "responses": "Responses API",
    "messages": "Anthropic's Messages",
    "completions": "Text completions",
}
_GOOD_FOR = {
    "chat": "plain chat", "streaming": "streaming", "tools": "tools",
    "structured": "structured output", "embeddings": "embeddings",
    "responses": "the Responses API", "messages": "Anthropic's Messages",
    "completions": "text completions",
}  # fmt: skip
# Hardly any server has these, and none is worse without them.
_BESIDE = ("messages", "completions")
# Each parameter, and the check that says whether it has an effect.
PARAMETERS = {
    "temperature": "param-temperature",
    "seed": "param-seed",
    "max_tokens": "limit-max-tokens",
    "max_completion_tokens": "limit-max-completion-tokens",
    "stop": "limit-stop-string",
    "n": "param-n",
    "logit_bias": "param-logit-bias",
    "logprobs": "logprobs-full",
    "response_format": "json-schema",
    "tool_choice": "tools-forced",
    "parallel_tool_calls": "tools-parallel",
    "reasoning_effort": "param-reasoning-effort",
    "stream_options": "usage-final-chunk",
}
_HONESTY: dict[Conformance, str] = {
    "pass": "honoured", "tolerated": "honoured", "deviates": "honoured, wrongly",
    "ignored": "ignored", "refused": "refused", "absent": "refused",
}  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """How well one kind of program works.

    verdict:  the one whose symbol precedes the word
    partly:   it works, but something in it is wrong or has no effect
    """

    profile: str
    verdict: Conformance
    word: str
    because: str
    instead: str = ""
    partly: bool = False


@dataclass(frozen=True)
class Parameter:
    """Whether a parameter does what it says."""

    name: str
    word: str
    because: str
    verdict: Conformance


@dataclass(frozen=True)
class Report:
    """Everything that one run, or one file, says about an endpoint; a cell displays it as a report.

    rows:      a verdict for each check, in the catalogue's order
    profile:   the profiles that must work, "chat+tools" or "all"
    baseline:  the verdicts of an earlier run by check, {} without one
    notes:     what was changed in the requests, and what was not asked
    unanswered:  why even the plain question got nothing to judge; None if it got something
    kept:      the HAR file that holds every recording, "" if none was kept
    """

    base_url: str
    model: str
    rows: tuple[Judged, ...]
    profile: str = "chat"
    strict: bool = False
    baseline: Mapping[str, Conformance] = field(default_factory=dict, repr=False)
    requests: int = 0
    tokens: int = 0
    seconds: float = 0.0
    started_at: str = ""
    notes: tuple[str, ...] = ()
    kept: str = ""
    unanswered: Finding | None = None

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint that the report is about; nothing more is asked of it."""
        return Endpoint(self.base_url, "", self.model)

    @property
    def findings(self) -> list[Finding]:
        """The rows as findings, worst first."""
        required = profiles(self.profile)
        unanswered = [self.unanswered] if self.unanswered else []
        return unanswered + [
            finding_of(
                row, required=required, named=ALL not in self.profile, strict=self.strict,
                compared=bool(self.baseline),
            )
            for row in ordered(self.rows)
        ]  # fmt: skip

    @property
    def conclusive(self) -> list[Finding]:
        """The findings that say something about the endpoint, without the unclear ones."""
        return [found for found in self.findings if found.level != "unclear"] or self.findings

    @property
    def counts(self) -> dict[Conformance, int]:
        """How often each verdict came, in display order."""
        found = Counter(row.verdict for row in self.rows)
        shown = ("pass", "tolerated", *VERDICTS[:-2])
        return {verdict: found[verdict] for verdict in shown if found[verdict]}

    @property
    def summary(self) -> list[Standing]:
        """A row for each kind of program."""
        return [
            _standing(profile, [row for row in self.rows if row.check.profile == profile])
            for profile in PROFILES
        ]

    @property
    def parameters(self) -> list[Parameter]:
        """A row for each parameter: honoured, ignored, refused or unclear."""
        by_name = {row.check.name: row for row in self.rows}
        return [
            _parameter(name, by_name[check])
            for name, check in PARAMETERS.items()
            if check in by_name
        ]

    @property
    def changes(self) -> list[Judged]:
        """The rows whose verdict differs from before, those that got worse first."""
        changed = [row for row in self.rows if row.before and row.before != row.verdict]
        return sorted(changed, key=lambda row: not row.worse)

    @property
    def headline(self) -> str:
        """What it is good for, in one or two sentences."""
        if not self.requests and self.counts.keys() <= {"unclear", "skipped"}:
            return "Nothing was asked yet."
        good, some, bad = [], [], []
        for one in self.summary:
            if one.word.startswith("works"):
                good.append(_GOOD_FOR[one.profile])
            elif one.partly:
                some.append(_GOOD_FOR[one.profile])
            elif one.verdict in HARMFUL or (one.verdict in MISSING and one.profile not in _BESIDE):
                bad.append(_GOOD_FOR[one.profile])
        groups = (("Good for", good), ("With care for", some), ("Not for", bad))
        sentences = [f"{how} {_listed(what)}." for how, what in groups if what]
        untested = {one.profile for one in self.summary if one.verdict == "skipped"}
        if not sentences and "chat" in untested:
            return "Too little was asked to say what works."
        return " ".join(sentences if good or some else ["Nothing was found to work.", *sentences])

    @property
    def line(self) -> str:
        """The verdict in one line, put above the report; its headline says what it is good for."""
        if self.unanswered:
            return f"{self.unanswered.says} {self.unanswered.do}"
        failed = [found for found in self.findings if found.level == "fail"]
        if failed:
            more = f" And {len(failed) - 1} more." if failed[1:] else ""
            return f"{failed[0].named} {failed[0].do}{more}"
        if all(row.verdict in ("unclear", "skipped") for row in self.rows):
            return "Unclear: no request was answered."
        names = profiles(self.profile)
        kinds = _listed([_GOOD_FOR[name] for name in names])
        who = "any kind of program" if len(names) == len(PROFILES) else kinds
        return f"Nothing that {who} needs {'got worse' if self.baseline else 'is wrong'}."

    @property
    def cost(self) -> str:
        """What the run took, for the line below the headline."""
        tokens = counted(self.tokens, "token") if self.tokens else "tokens not counted"
        asked = f"{counted(len(self.rows), 'check')}, {counted(self.requests, 'request')}"
        return f"{asked}, {tokens}, {self.seconds:.0f} s"

    def to_dict(self) -> dict[str, Any]:
        """The whole report as plain values."""
        return {
            "schema": SCHEMA, "base_url": self.base_url, "model": self.model, "rules": RULES,
            "started_at": self.started_at, "headline": self.headline, "requests": self.requests,
            "tokens": self.tokens, "seconds": round(self.seconds, 3), "notes": [*self.notes],
            "summary": [vars(one) for one in self.summary],
            "parameters": [vars(one) for one in self.parameters],
            "checks": [_row(row) for row in self.rows],
        }  # fmt: skip

    def __repr__(self) -> str:
        return for_terminal(f"{self.headline} {self.cost}.")


def _row(row: Judged) -> dict[str, Any]:
    one, result = row.check, row.result
    return {
        "check": one.name, "group": one.group, "profile": one.profile, "core": one.core,
        "requirement": one.requirement, "verdict": row.verdict, "before": row.before,
        "expected": one.expected, "came": result.came, "quote": result.quote,
        "recording": result.label, "why": one.why, "do": one.do, "source": one.source,
    }  # fmt: skip


def _standing(profile: str, rows: Sequence[Judged]) -> Standing:
    asked = ordered(row for row in rows if row.verdict != "skipped")
    if not asked:
        because = "left out, or not asked" if rows else "not asked yet"
        return Standing(profile, "skipped", "not tested", because)
    key = [row for row in asked if row.check.key]
    if row := _first(key, *MISSING):
        return _because(profile, row, "not there" if row.verdict == "absent" else "refused")
    if row := _first([row for row in asked if row.check.core], *HARMFUL):
        word = "breaks" if row.verdict == "deviates" else "silently wrong"
        works = all(one.verdict in ("pass", "tolerated") for one in key)
        return replace(_because(profile, row, word), partly=works)
    if row := _first(key, "unclear"):
        # There is no remedy for something that was not found out.
        return replace(_because(profile, row, "unclear"), instead="")
    if row := next(filter(_is_a_remark, asked), None):
        return replace(_because(profile, row, "works, with a remark"), verdict="tolerated")
    passes = sum(row.verdict == "pass" for row in asked)
    if not passes:
        return Standing(profile, "skipped", "not tested", "nothing to judge yet")
    return Standing(profile, "pass", "works", f"{passes} of {counted(len(asked), 'check')}")


def _first(rows: Iterable[Judged], *verdicts: Conformance) -> Judged | None:
    """The first row with one of these verdicts."""
    return next((row for row in rows if row.verdict in verdicts), None)


def _is_a_remark(row: Judged) -> bool:
    """Whether a row deserves a remark: wrong, or missing or tolerated though required."""
    if row.verdict in HARMFUL:
        return True
    return row.verdict in (*MISSING, "tolerated") and row.check.requirement == "must"


def _because(profile: str, row: Judged, word: str) -> Standing:
    because = f"{row.check.name}: {row.result.came}"
    return Standing(profile, row.verdict, word, because, row.check.do)


def _parameter(name: str, row: Judged) -> Parameter:
    word = _HONESTY.get(row.verdict, "cannot tell")
    return Parameter(name, word, row.result.came, row.verdict)


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
