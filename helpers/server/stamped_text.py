"""A seeded answer in Markdown, cut into tokens of a typical length."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise

CHARACTERS_PER_TOKEN = 4.3
SEED = 7

_WORDS = (
    *("the", "a", "tree", "leaf", "root", "oak", "birch", "stands", "grows", "over", "under"),
    *("light", "rain", "and", "of", "in", "with", "wind", "winter", "seed", "branch", "shade"),
    *("bark", "green", "quiet", "year", "river", "*old*", "**slow**", "`ring`", "—", "forêt", "木"),
)


def tokens(count: int) -> list[str]:
    """An answer's tokens, 4.3 characters long on average and the same every time."""
    chance = random.Random(SEED)
    length = round(count * CHARACTERS_PER_TOKEN)
    text = ""
    for block in _blocks(chance):
        text += block
        if len(text) >= length:
            break
    cuts = sorted(chance.sample(range(1, length), count - 1))
    return [text[start:end] for start, end in pairwise([0, *cuts, length])]


def _blocks(chance: random.Random) -> Iterator[str]:
    """Yield an endless document: headings, paragraphs, lists, tables and code."""
    while True:
        yield f"## {_words(chance, 4)}\n\n"
        for _ in range(chance.randint(1, 3)):
            yield f"{_words(chance, chance.randint(30, 90))}.\n\n"
        yield "".join(f"- {_words(chance, 8)}\n" for _ in range(chance.randint(3, 6))) + "\n"
        if chance.random() < 0.4:
            rows = "".join(
                f"| {_words(chance, 2)} | {_words(chance, 3)} |\n"
                for _ in range(chance.randint(2, 5))
            )
            yield f"| tree | says |\n| --- | --- |\n{rows}\n"
        if chance.random() < 0.4:
            lines = "".join(f"    {_words(chance, 6)}\n" for _ in range(chance.randint(3, 12)))
            yield f"```python\ndef grow():\n{lines}```\n\n"


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choice(_WORDS) for _ in range(count))
