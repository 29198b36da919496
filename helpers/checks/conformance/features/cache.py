"""Checks of the prompt cache: identical prompts, and prompts with the same beginning."""

from __future__ import annotations

from ....wording import counted
from ..check import Result, check, passed, unclear
from ..shots import Shot, Shots
from .usage import USAGE


@check(
    "cache-reported", "usage", "feature", "cached_tokens says how much of a prompt was read before",
    needs=("chat", "chat-2"), gives=("pass", "absent"), source=USAGE,
    why="Cached tokens cost less, and the first text comes sooner.",
    do="Keep the beginning of prompts the same, to the byte.",
)  # fmt: skip
def _cache_reported(shots: Shots) -> Result:
    shot = shots.answered("chat-2")
    cached = _cached_tokens(shot)
    same = _same_bytes(shots.answered("chat"), shot)
    if cached is None:
        return Result("absent", "not reported", label=shot.label)
    if cached:
        return passed(f"{counted(cached, 'token')} cached; {same}", shot, shot.json_of(shot.usage))
    return unclear(f"0 tokens cached, perhaps too few to keep; {same}", shot)


@check(
    "cache-prefix", "context", "feature", "a long prompt with the same beginning is read from a "
    "cache",
    needs=("chat", "cache-cold"), also=("cache-warm", "cache-brief-cold", "cache-brief-warm"),
    gives=("pass", "absent"), source=USAGE,
    why="Agents send the same beginning each time: without a cache, it is paid for and read anew.",
    do="Put what changes (dates, ids) at the end of the prompt; see whether the server can cache.",
)  # fmt: skip
def _cache_prefix(shots: Shots) -> Result:
    shots.answered("chat")
    brief = "cache-brief-warm" in shots
    labels = ("cache-brief-cold", "cache-brief-warm") if brief else ("cache-cold", "cache-warm")
    cold, shot = map(shots.answered, labels)
    cached, same = _cached_tokens(shot), _same_bytes(cold, shot)
    if cached is None:
        return Result("absent", f"not reported; {same}", label=shot.label)
    counts = f"{cached:,} of {shot.usage.get('prompt_tokens')} tokens cached; {same}"
    if cached:
        return passed(counts, shot, shot.json_of(shot.usage))
    # A cache may take a while to fill, or be on another machine.
    return unclear(counts, shot, shot.json_of(shot.usage))


def _cached_tokens(shot: Shot) -> int | None:
    """The tokens read from a cache, None if not counted; DeepSeek has its own name for them."""
    details = shot.usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    cached = shot.usage.get("prompt_cache_hit_tokens") if cached is None else cached
    return int(cached) if isinstance(cached, int | float) else None


def _same_bytes(first: Shot, again: Shot) -> str:
    """How far two requests are identical, in bytes."""
    one, other = first.recording.request_body, again.recording.request_body
    if one == other:
        return f"both requests are the same, {counted(len(one), 'byte')}"
    pairs = zip(one, other, strict=False)
    place = next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    return f"the requests are the same up to byte {place}"
