"""What a finish reason means, whichever server's term it is."""

from __future__ import annotations

import re
from typing import Literal

Meaning = Literal["", "length", "policy", "failed"]

# OpenAI has one word for each of these and none for a failure; gateways pass on their upstream's.
_WORDS: tuple[tuple[Meaning, re.Pattern[str]], ...] = (
    ("length", re.compile(r"^length$|max_(output_|completion_)?tokens|context_(window|length)")),
    (
        "policy",
        re.compile(
            r"content_?filter|safety|recitation|sensitive|prohibited|blocklist|spii|guardrail|policy"
        ),
    ),
    (
        "failed",
        re.compile(
            r"error|abort|fail|exception|timed?_?out|insufficient_|unavailable|overload|malformed"
        ),
    ),
)


def meaning(reason: str | None) -> Meaning:
    """Whether an answer ended at a limit, by a filter, or in a failure; "" for any other end."""
    word = (reason or "").lower().replace("-", "_")[:200]
    return next((kind for kind, pattern in _WORDS if pattern.search(word)), "")
