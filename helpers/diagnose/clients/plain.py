"""What a plain client makes of the same bytes, and whose fault it is if it stops."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ...escaping import for_terminal
from ...finding import Blame, Finding, Level
from ...wire.reading import Reading
from ...wording import counted
from ..stream.delivery import DELIVERY

# Findings that break a rule of the API or its encoding; a client may rightly stop there.
RULES = (
    "odd-http", "odd-done", "not-json", "glued-chunks", "null-data", "no-choices", "delta-null",
    "no-delta", "delta-string", "odd-choice", "message-for-delta", "text-for-delta",
    "content-parts", "bad-utf-8", "lone-surrogate", "json-twice", "bad-encoding",
    "tool-call-without-index", "tool-call-odd-index", "odd-usage",
    "nested-too-deep", "no-type", "no-deltas", "text-differs",
)  # fmt: skip


@dataclass(frozen=True)
class ClientReading:
    """What a program with the usual loop saw of an answer.

    chunks:  how many the loop was given
    text:    the contents of the deltas joined, lone halves of surrogates as U+FFFD
    error:   class and message of the exception that ended it, "" if it ended by itself
    kind:    the type that the call returned if it was not a completion, such as "str"
    speaks:  whether the client supports this API at all
    """

    client: str
    version: str
    chunks: int
    text: str
    error: str = ""
    kind: str = ""
    speaks: bool = True

    def __repr__(self) -> str:
        if not self.speaks:
            return f"{self.client} does not speak this API"
        end = self.error or "no exception"
        return for_terminal(
            f"{counted(self.chunks, 'chunk')}, {counted(len(self.text), 'character')}, {end}"
        )


def what_a_client_sees(
    reading: Reading,
    findings: Sequence[Finding],
    seen: ClientReading,
    *,
    required: Collection[str] = (),
) -> list[Finding]:
    """What the client loses of an answer that we could read; [] if it sees the same.

    findings:  ours, which show whether the server broke a rule
    required:  clients whose failure is red no matter who caused it
    """
    failed = findings and findings[0].level == "fail" and findings[0].name not in DELIVERY
    if failed or not seen.speaks:
        return []
    lost = _what_it_loses(reading, seen)
    if not lost:
        return []
    name, says = f"{seen.client} {seen.version}", f"The {seen.client} client {lost}."
    broken = _broken_rules(reading, findings)
    red = bool(broken) or seen.client in required
    level: Level = "fail" if red else "remark"
    if broken:
        do = f"{broken} Fix that in the server: other clients stop there, too."
    else:
        do = (
            f"What the server sends is legal, but {name} cannot read it. Report it to the client, "
            "or have the server avoid it."
        )
    evidence = f"{name}: {seen.error}" if seen.error else name
    blame: Blame = "endpoint" if red else "client"
    return [Finding("client-stops", level, says, evidence[:500], do, blame)]


def _what_it_loses(reading: Reading, seen: ClientReading) -> str:
    """What a client does instead of reading the whole answer, "" if it reads it."""
    text, pieces = reading.answer.text, "events" if reading.steps else "chunks"
    if seen.kind:
        return f"returns a {seen.kind} here, not an answer"
    if seen.error:
        return f"stops after {seen.chunks} of {reading.chunks} {pieces}"
    if text.strip() and len(seen.text) < len(text):
        return f"sees {len(seen.text)} of {counted(len(text), 'character')}"
    if reading.sse and seen.chunks < reading.chunks:
        return f"sees {seen.chunks} of {reading.chunks} {pieces}"
    return ""


def _broken_rules(reading: Reading, findings: Sequence[Finding]) -> str:
    """A sentence on the first rule that the server broke, "" if it broke none."""
    # Of HTTP's own rules, only those count that make this client refuse an answer.
    named = {one.name: one for one in findings if one.name != "odd-http" or one.level == "fail"}
    return next((named[name].says for name in RULES if name in named), "")
