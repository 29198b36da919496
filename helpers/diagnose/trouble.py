"""What kept an answer from coming whole, and the server's own words about it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..finding import Blame, Finding
from ..wire.completion import full_answer
from ..wire.recording import Recording

QUOTE = 500
# The words of a page stand behind its styles and scripts.
ENOUGH = 50_000


@dataclass(frozen=True)
class Trouble:
    """One thing that kept an answer from coming whole.

    name:  stable, lower case with hyphens; becomes the finding's name
    came:  what happened; `quote` holds the server's own words, cut at 500 characters
    fix:   a base URL that would mend it, "" where there is none to offer
    """

    name: str
    headline: str
    expected: str
    came: str
    do: str
    quote: str = ""
    fix: str = ""
    blame: Blame = "endpoint"

    def finding(self, name: str = "") -> Finding:
        """Return the failure it is, under its own name or another."""
        quote = f" “{self.quote}”" if self.quote else ""
        evidence = f"Expected {self.expected}; came {self.came}{quote}."
        return Finding(
            name or self.name, "fail", f"{self.headline}.", evidence, self.do, self.blame
        )

    def __str__(self) -> str:
        failure = self.finding()
        return f"{failure.says} {failure.evidence} {failure.do}"


def server_words(recording: Recording) -> str:
    """Return what the server said about an error, in its own words, at most 500 characters."""
    error = full_answer(recording.body).error
    words = error.message if error and error.message else recording.text[:ENOUGH]
    if is_html(recording):
        words = re.sub(r"(?is)<(script|style)\b.*?</\1>|<[^>]*>", " ", words)
    words = re.sub(r"\s+", " ", words).strip()
    return words if len(words) <= QUOTE else words[: QUOTE - 1] + "…"


def is_html(recording: Recording) -> bool:
    """Whether a web page came, by what it is called or by how it begins."""
    begins = recording.body[:200].lstrip().lower()
    return "html" in recording.media_type or begins.startswith((b"<!doctype", b"<html"))
