"""What all exchanges of a watch show together."""

from __future__ import annotations

from collections.abc import Sequence

from ...finding import Finding
from ...signatures import checked
from ...wording import counted
from .watched import WatchedExchange


@checked
def judge_watched(watched: Sequence[WatchedExchange]) -> list[Finding]:
    """The findings on the exchanges: the summary first, then what is odd about each.

    watched:  those of a watch, in order
    """
    judged = [one for one in watched if one.findings]
    if not judged:
        others = f"{len(watched)} other requests passed" if watched else "nothing passed"
        return [Finding(
            "nothing-judged", "fail", "No answer came that could be judged.", others,
            "Put the address into your program's base URL and let it ask for a chat.",
            blame="call",
        )]  # fmt: skip
    words = sorted({one.word for one in judged})
    count = counted(len(judged), "answer")
    first = Finding("watched", "pass", f"Judged: {count} ({', '.join(words)}).")
    odd = [
        found.concerning(f"request {one.number}")
        for one in judged
        for found in one.findings
        if found.level != "pass"
    ]
    return [first, *odd]
