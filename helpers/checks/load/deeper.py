"""A closer look at speed: by depth of context, and with the server's prompt cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...client.chat import begin, complete
from ...finding import Finding
from ...wire.timing import Percentiles, percentiles
from ...wording import ms
from .loading import with_messages
from .prompts import Message, Prompts
from .sample import Sample, sample_of
from .speed import Speed

DEPTHS = (0, 1_000, 4_000, 16_000)
# Cheap depths, for when nobody asked for more.
SHALLOW = (0, 200)
TIMES = 3
WORDS = 400
# For one-syllable words: most tokenizers need few more tokens than words.
WORDS_A_TOKEN = 0.8
# A repeated prompt with less gain than this was not cached, unless the server counts it.
GAIN = 1.3
_DEPTH_SEED, _CACHE_SEED = 10_000, 20_000


@dataclass(frozen=True)
class Depth:
    """The speed after a prompt of about this many tokens.

    prompt_tokens:  as the server counted them; None if it does not say
    refused:        why it was not answered, "" when it was
    """

    asked: int
    prompt_tokens: int | None
    ttft: Percentiles
    tpot: Percentiles
    refused: str = ""


@dataclass(frozen=True)
class CacheGain:
    """Time to first text after new prompts and after a repeated one.

    cached_tokens:  of the repeated prompt, as the server counts them; None if it does not
    """

    new: Percentiles
    repeated: Percentiles
    prompt_tokens: int | None
    cached_tokens: int | None

    @property
    def times(self) -> float | None:
        """How many times sooner the first text of a repeated prompt comes."""
        new_s, repeated_s = self.new.p50, self.repeated.p50
        return new_s / repeated_s if new_s and repeated_s else None

    @property
    def finding(self) -> Finding:
        """Whether the server caches the prompts it has read."""
        if self.times is None:
            return Finding("cache-unclear", "unclear", "The prompts for this were not answered.")
        size = f"{self.prompt_tokens:,} tokens" if self.prompt_tokens else f"{WORDS} words"
        times = f"{self.times:.1f} times sooner"
        evidence = (
            f"{ms(self.new.p50 or 0)} new, {ms(self.repeated.p50 or 0)} repeated, "
            f"medians of {self.new.n}."
        )
        if self.times > GAIN:
            says = f"A prompt of {size} that it has read before is answered {times}."
            do = "Keep the beginning of your prompts the same, and what changes at the end."
            return Finding("prefix-cache", "pass", says, evidence, do)
        if self.prompt_tokens and 2 * (self.cached_tokens or 0) > self.prompt_tokens:
            # From far away, or behind a queue, reading the prompt is a small part of the wait.
            says = (
                f"Of a prompt of {size} that it has read before, {self.cached_tokens:,} come from "
                f"its cache; the first text hardly comes sooner ({self.times:.1f} times)."
            )
            return Finding("prefix-cache", "pass", says, evidence)
        says = f"Reading a prompt of {size} again takes as long as the first time."
        return Finding("no-prefix-cache", "remark", says, evidence)


async def by_depth(speed: Speed, depths: Sequence[int] = DEPTHS) -> list[Depth]:
    """The speed after longer and longer prompts, none of which was asked before.

    It ends at the first one refused as too long.
    """
    found: list[Depth] = []
    for depth in depths:
        words = round(depth * WORDS_A_TOKEN)
        prompts = replace(speed.prompts, words=words, nonce=True) if depth else speed.prompts
        samples = [
            await _asked(speed, prompts.opening(_DEPTH_SEED + number)) for number in range(TIMES)
        ]
        whole = [one for one in samples if not one.failure]
        refused = next((one.failure for one in samples if one.failure), "")
        found.append(
            Depth(
                depth, next((one.prompt_tokens for one in whole), None),
                percentiles([one.timing.ttft_s for one in whole if one.timing.ttft_s is not None]),
                percentiles([one.timing.tpot_s for one in whole if one.timing.tpot_s is not None]),
                refused,
            )
        )  # fmt: skip
        if not whole:
            break
    return found


async def cache_gain(speed: Speed) -> CacheGain:
    """How much sooner the first text comes if the prompt was asked before."""
    new = Prompts((), words=WORDS)
    fresh = [await _asked(speed, new.opening(_CACHE_SEED + number)) for number in range(TIMES)]
    again = [await _asked(speed, new.opening(_CACHE_SEED + TIMES - 1)) for _ in range(TIMES)]
    whole = [one for one in again if not one.failure]
    return CacheGain(
        _firsts(fresh), _firsts(again), next((one.prompt_tokens for one in whole), None),
        next((one.cached_tokens for one in whole), None),
    )  # fmt: skip


async def _asked(speed: Speed, messages: list[Message]) -> Sample:
    """The sample of one request sent alone."""
    exchange = begin(speed.endpoint, with_messages(speed.asked, messages))
    await complete(exchange, sibling=False)
    began = exchange.recording.sent or 0.0
    return sample_of(exchange, 0, began=began, due_s=0.0, turn=0)


def _firsts(samples: Sequence[Sample]) -> Percentiles:
    whole = [one for one in samples if not one.failure]
    return percentiles([one.timing.ttft_s for one in whole if one.timing.ttft_s is not None])
