"""Long prompts without repetition, with a code word to find at each end."""

from __future__ import annotations

import random

from ....wire.request import Request
from ..shots import Shots
from . import prompts
from .step import LIMIT, Asking, lack, step

LENGTHS = (3000, 6000, 12000)
FIRST, LAST = "AMBER", "COBALT"
_WORDS = (
    "tree", "river", "stone", "cloud", "light", "wind", "hill", "road", "house", "field", "bird",
    "leaf", "rain", "snow", "night", "day", "old", "new", "small", "tall", "green", "grey", "warm",
    "cold", "slow", "quick", "near", "far", "above", "below", "sings", "falls", "grows", "waits",
)  # fmt: skip
# No commercial cache keeps shorter prompts: OpenAI's begins at 1024 tokens.
KEPT, BRIEF = 1100, 300
# A server this slow on the shortest prompt would be kept busy for minutes by the others.
SLOW_S = 20.0


def long_prompt(words: int, nonce: int) -> str:
    """A text of about this many words, different for each nonce, with a code word at each end."""
    chance = random.Random(nonce)
    lines = [" ".join(chance.choices(_WORDS, k=12)) + f" {n}." for n in range(words // 13)]
    question = "Which are the first and the last code word? Answer with the two words only."
    return "\n".join(
        [f"{nonce}. The first code word is {FIRST}.", *lines, f"The last code word is {LAST}.",
         question]
    )  # fmt: skip


def _asked(asking: Asking, shots: Shots, words: int, before: str) -> Request:
    if before and before in shots:
        shot = shots[before]
        if shot.status != 200:
            raise lack("a shorter prompt was refused")
        if (shot.recording.end_s or 0.0) > SLOW_S:
            raise lack("a shorter prompt already took too long")
    nonce = _nonce(asking, words)
    return asking.chat(prompts.messages(long_prompt(words, nonce)), limit=LIMIT)


def _nonce(asking: Asking, words: int) -> int:
    return int.from_bytes(asking.model.encode()[:4].ljust(4, b"t")) + words


@step("cache-cold", after=("chat",), tokens=2600, deep=True)
def _cache_cold(asking: Asking, shots: Shots) -> Request:
    return _ending(asking, "Answer in one word.")


@step("cache-warm", after=("cache-cold",), tokens=2600, deep=True)
def _cache_warm(asking: Asking, shots: Shots) -> Request:
    if shots["cache-cold"].status != 200:
        raise lack(f"a prompt of {KEPT:,} words was refused")
    return _ending(asking, "Answer in two words.")


@step("cache-brief-cold", after=("cache-cold",), tokens=700, deep=True)
def _cache_brief_cold(asking: Asking, shots: Shots) -> Request:
    # A self-hosted engine may have little room, but it caches short prompts, too.
    if shots["cache-cold"].status not in (400, 413, 422):
        raise lack("a long prompt was taken, so no shorter one has to be")
    return _ending(asking, "Answer in one word.", BRIEF)


@step("cache-brief-warm", after=("cache-brief-cold",), tokens=700, deep=True)
def _cache_brief_warm(asking: Asking, shots: Shots) -> Request:
    if "cache-brief-cold" not in shots or shots["cache-brief-cold"].status != 200:
        raise lack("the shorter prompt was not answered")
    return _ending(asking, "Answer in two words.", BRIEF)


def _ending(asking: Asking, words: str, length: int = KEPT) -> Request:
    """A long prompt that is always the same except for its last words."""
    messages = prompts.messages(f"{long_prompt(length, _nonce(asking, length))} {words}")
    return asking.chat(messages, limit=LIMIT)


@step(f"context-{LENGTHS[0]}", after=("chat",), tokens=6000, deep=True)
def _context_1(asking: Asking, shots: Shots) -> Request:
    return _asked(asking, shots, LENGTHS[0], "")


@step(f"context-{LENGTHS[1]}", after=(f"context-{LENGTHS[0]}",), tokens=12000, deep=True)
def _context_2(asking: Asking, shots: Shots) -> Request:
    return _asked(asking, shots, LENGTHS[1], f"context-{LENGTHS[0]}")


@step(f"context-{LENGTHS[2]}", after=(f"context-{LENGTHS[1]}",), tokens=24000, deep=True)
def _context_4(asking: Asking, shots: Shots) -> Request:
    return _asked(asking, shots, LENGTHS[2], f"context-{LENGTHS[1]}")
