"""One exchange that has passed: what a program asked, what it got, and its figures."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...client.exchange import Exchange
from ...diagnose.words import word_of
from ...finding import Finding
from ...wording import listed, shortened
from ..clients.breaking import tried_on

LONGEST_VALUE = 40
MOST_NAMED = 7
# How a client that merged several calls into one is described.
_MERGED = re.compile(r"sees \d+ of \d+ tool calls, named")


@dataclass(frozen=True)
class Figures:
    """The figures of an answer; None for what is not known.

    cached_tokens:  of the prompt, read from the server's cache by its own count
    """

    first_text_s: float | None = None
    tokens_per_s: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    total_s: float | None = None


@dataclass
class WatchedExchange(Exchange):
    """One exchange that has passed, judged if possible.

    number:      counted from 1
    program:     its own name
    target:      the path that was asked, without its query
    changes:     what was changed in the request's head on the way
    not_judged:  why there is no judgement, "" when there is one
    sizes:       bytes of the request's body and of the answer's, as they passed
    file:        where it is kept, None if it is not
    """

    number: int = 0
    program: str = ""
    target: str = ""
    changes: tuple[str, ...] = ()
    not_judged: str = ""
    sizes: tuple[int, int] = (0, 0)
    figures: Figures = field(default_factory=Figures)
    file: Path | None = None

    def judge(self) -> None:
        """Judge the answer and compute the figures."""
        if not self.not_judged:
            self._findings = tuple(_breaking(_of_a_program(found)) for found in super().findings)
        timing, usage = self.timing, self.usage
        self.figures = Figures(
            timing.ttft_s if self.streamed else timing.last_output_s,
            timing.tokens_per_s,
            usage.prompt_tokens if usage else None,
            usage.completion_tokens if usage else None,
            usage.cached_tokens if usage else None,
            timing.end_s,
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, the main verdict first; () if it was not judged."""
        return self._findings

    @property
    def word(self) -> str:
        """One word for the outcome; the status if it was not judged."""
        return super().word or str(self.recording.status or "no answer")

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters as they were sent, abbreviated; without the model and the messages."""
        return {name: brief(value) for name, value in self.request.parameters.items()}

    @property
    def title(self) -> str:
        """The request in one line."""
        return f"{self.recording.method} {self.target}"


def brief(value: Any) -> str:
    """A parameter's value in few words: the length of a list, the type of an object."""
    if isinstance(value, list):
        return f"{len(value)}"
    if isinstance(value, Mapping):
        kind = value.get("type")
        text = kind if isinstance(kind, str) else ", ".join(value)
    else:
        text = value if isinstance(value, str) else json.dumps(value)
    return shortened(text, LONGEST_VALUE)


def _of_a_program(finding: Finding) -> Finding:
    """A finding, reworded for someone who is watching and did not send the request."""
    if word_of([finding]) == "unclear":
        # The program asked for what it needed, so asking for a longer answer is no advice.
        return replace(finding, do="")
    if finding.name != "stopped":
        return finding
    says = "The program left before the answer ended, so the answer was not judged."
    return replace(finding, says=says, do="Nothing to change if it meant to.")


def _breaking(finding: Finding) -> Finding:
    """A finding with what the clients did with the same fault, if they were tried on it."""
    if finding.level == "pass":
        return finding
    broken, right = tried_on(finding.says)
    if not broken:
        return finding
    merged = [one.label for one in broken if _MERGED.match(one.says)]
    others = [one.label for one in broken if one.label not in merged]
    tried = [
        f"{listed(labels, most=MOST_NAMED)} {one if len(labels) == 1 else many}"
        for labels, one, many in (
            (merged, "merges them", "merge them"), (others, "gets it wrong", "get it wrong"),
            (right, "does not", "do not"),
        ) if labels
    ]  # fmt: skip
    return replace(finding, do=f"{finding.do} Tried: {'; '.join(tried)}.".strip())
