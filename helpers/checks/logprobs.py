"""How sure a model was: its tokens with their probabilities, and whether these can be right."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from sys import float_info
from typing import Any, TypeGuard

from ..finding import Finding
from ..wire.parsing import as_list, as_object, objects, parsed
from ..wire.reading import Reading
from ..wording import counted

MOST_TOKENS = 20_000
MOST_OTHERS = 20
# How far rounding may push a probability above one.
_OVER = 1e-3
# No model is certain of this many words in a row.
_ENOUGH = 8


@dataclass(frozen=True)
class Token:
    """One token and its probability.

    raw:     its bytes, None if the server did not send them
    others:  the alternatives, with the logarithms of their probabilities
    """

    text: str
    logprob: float
    raw: bytes | None = None
    others: tuple[tuple[str, float], ...] = ()

    @property
    def probability(self) -> float:
        """Its probability, 0 to 1."""
        return math.exp(min(self.logprob, 0.0))


def tokens_of(reading: Reading) -> list[Token]:
    """The tokens of the first choice with their logprobs; [] if none came."""
    found = []
    for entry in _entries(reading):
        token = _token(entry)
        if token is not None:
            found.append(token)
        if len(found) == MOST_TOKENS:
            break
    return found


def judge_logprobs(reading: Reading, tokens: list[Token]) -> Finding:
    """Whether logprobs came, can be probabilities, and belong to the text."""
    if not tokens:
        return Finding(
            "logprobs-ignored", "remark", "No logprobs came.", "",
            "Send logprobs=True and top_logprobs. Many servers accept both and ignore them.",
            verdict="ignored",
        )  # fmt: skip
    over = [one for one in tokens if one.logprob > _OVER]
    if over:
        says = "Some probabilities are above 1."
        return Finding(
            "logprobs-over-one", "remark", says, f"{over[0].text!r}: {over[0].logprob:.3f}",
            "The server sends something else in their place: do not compute with it.",
            verdict="deviates",
        )  # fmt: skip
    joined, text = _joined(tokens), reading.answer.text
    if text and not joined.startswith(text):
        at = next((n for n, pair in enumerate(zip(joined, text, strict=False))
                   if pair[0] != pair[1]), min(len(joined), len(text)))  # fmt: skip
        evidence = f"from character {at} on: {joined[at : at + 30]!r} and {text[at : at + 30]!r}"
        says = "The tokens do not add up to the text."
        do = "Do not match them to the text: some are missing, or they belong to another answer."
        return Finding("logprobs-other-text", "remark", says, evidence, do, verdict="deviates")
    if len(tokens) >= _ENOUGH and not any(one.logprob for one in tokens):
        says = "Every token is said to be certain: all logprobs are 0."
        do = "Ask with temperature=1. If they stay 0, the server does not compute them."
        return Finding("logprobs-all-zero", "remark", says, f"{counted(len(tokens), 'token')}", do)
    says = f"{counted(len(tokens), 'token')} add up to the text, and no probability is above 1."
    return Finding("logprobs", "pass", says)


def _entries(reading: Reading) -> Iterator[Any]:
    streamed = [event.data for _, _, event in reading.events]
    for value in objects([*map(parsed, streamed if reading.sse else [reading.body])]):
        if value.get("type") == "response.output_text.delta":
            yield from as_list(value.get("logprobs"))
        for choice in objects(value.get("choices")):
            if choice.get("index", 0) == 0:
                yield from as_list(as_object(choice.get("logprobs")).get("content"))


def _token(entry: Any) -> Token | None:
    if not isinstance(entry, dict):
        return None
    text, logprob = entry.get("token"), entry.get("logprob")
    if not isinstance(text, str) or not _is_number(logprob):
        return None
    raw = entry.get("bytes")
    good = isinstance(raw, list) and all(type(one) is int and 0 <= one < 256 for one in raw)
    others = [
        (str(one.get("token"))[:80], float(one["logprob"]))
        for one in objects(entry.get("top_logprobs"))[:MOST_OTHERS]
        if _is_number(one.get("logprob"))
    ]
    return Token(text, float(logprob), bytes(raw) if good and raw else None, tuple(others))


def _joined(tokens: list[Token]) -> str:
    """The tokens' text; characters that span several tokens are only whole in the bytes."""
    if all(one.raw is not None for one in tokens):
        return b"".join(one.raw or b"" for one in tokens).decode("utf-8", "replace")
    return "".join(one.text for one in tokens)


def _is_number(value: Any) -> TypeGuard[float]:
    # An integer may have more digits than a float can hold.
    return type(value) in (int, float) and -float_info.max <= value <= float_info.max
