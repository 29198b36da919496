"""Whether the server reads a conversation's earlier turns from a cache, or all of them again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from ...finding import Finding
from ...wording import ms
from .turns import Conversation, Turn

# OpenAI caches prompts from this length on; nothing can be said about shorter ones.
CACHEABLE = 1024
# If a cache holds, at least this share of the previous prompt is read from it.
HELD = 0.5


def judge_cache(conversation: Conversation, turns: list[Turn]) -> Iterator[Finding]:
    """Whether the server reuses its cache of the turn before."""
    reported = [(turn, cached) for turn in turns if (cached := turn.cached_tokens) is not None]
    over = next(((turn, n) for turn, n in reported if n > (turn.prompt_tokens or n)), None)
    if over:
        yield _more_than_all(*over)
    elif reported and turns[1:]:
        pairs = [
            (cached, before.prompt_tokens or 0, turn.prompt_tokens or 0)
            for before, turn in pairwise(turns)
            if (cached := turn.cached_tokens) is not None and _next(conversation, before, turn)
        ]
        yield _kept(pairs) if pairs else _interrupted()
    elif turns[1:]:
        yield _not_reported(turns)


def _next(conversation: Conversation, before: Turn, turn: Turn) -> bool:
    """Whether one turn directly followed the other, at the same endpoint and model."""
    number = next(n for n, one in enumerate(conversation.turns, 1) if one is before)
    first, second = before.rounds[-1].exchange, turn.rounds[0].exchange
    same = (first.endpoint.base_url, first.request.model) == (
        second.endpoint.base_url, second.request.model,
    )  # fmt: skip
    return same and number not in conversation.interrupted


def _kept(counted: list[tuple[int, int, int]]) -> Finding:
    """The finding on the cache, from (cached tokens, previous prompt, prompt) of each turn."""
    hits = sum(cached >= HELD * read > 0 for cached, read, _ in counted)
    cached, _, prompt = counted[-1]
    evidence = (
        f"in {hits} of {len(counted)} turns; the last: {cached:,} of {prompt:,} prompt tokens"
    )
    if 2 * hits >= len(counted):
        says = "The prefix cache holds from turn to turn."
        return Finding("prefix-cache", "pass", says, evidence)
    if prompt < CACHEABLE:
        says = "Whether the prefix cache holds is unclear: the prompts are too short to keep."
        return Finding("prefix-cache", "unclear", says, evidence, "Say more, or a longer prompt.")
    return Finding(
        "prefix-cache", "remark",
        "The prefix cache does not hold: each turn is read from the start.",
        evidence, "vLLM: --enable-prefix-caching; llama.cpp: cache_prompt, and a slot for each "
        "conversation; behind a balancer: one server for one conversation.",
    )  # fmt: skip


def _interrupted() -> Finding:
    says = "Whether the prefix cache holds is unclear: something else was asked between the turns."
    return Finding("prefix-cache", "unclear", says, do="Say two things in a row.")


def _more_than_all(turn: Turn, cached: int) -> Finding:
    return Finding(
        "cached-more-than-prompt", "remark", "More tokens are said to be cached than the prompt "
        "has.", f"{cached:,} of {turn.prompt_tokens:,}",
        "The server's count is wrong: do not compute costs with it.", verdict="deviates",
    )  # fmt: skip


def _not_reported(turns: list[Turn]) -> Finding:
    times = [turn.rounds[0].exchange.ttft_s for turn in (turns[0], turns[-1])]
    took = " and ".join(map(ms, times))
    return Finding(
        "prefix-cache", "unclear", "The server does not say how much of a prompt was cached.",
        f"first text in the first and the last turn: {took}",
        "Compare first text in a longer conversation.",
    )  # fmt: skip
