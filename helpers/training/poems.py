"""Poems, built from the stock of verse."""

import re
from random import Random

from . import stock
from .stock import Verse
from .subjects import Subject

PICTURES = {
    "plant": "🌳",
    "water": "🌊",
    "animal": "🐾",
    "sky": "✨",
    "food": "🍞",
    "season": "🍂",
    "feeling": "♥",
    "moon": "🌙",
    "rain": "🌧",
    "cat": "🐈",
    "rose": "🌹",
    "snow": "❄",
    "train": "🚂",
    "tea": "🍵",
    "coffee": "☕",
    "bird": "🐦",
}
SHARES = {"open": (6, 4, 1), "mid": (4, 4, 1.5), "close": (4, 3, 2)}


def fits(verse: Verse, subject: Subject) -> bool:
    """Whether a verse suits a subject: no "it" for "trees", no bare name to begin a line."""
    text = "\n".join(verse)
    if subject.plural and re.search(r"\b[Ii]ts?\b", re.sub(r"\[.*?\]", "", text)):
        return False
    return (
        subject.phrase.startswith(("the ", "my "))
        or subject.group != "any"
        or not re.search(r"^\{S\}", text, re.M)
    )


def filled(verse: Verse, subject: Subject) -> Verse:
    """A verse with the subject in it."""
    done: list[str] = []
    for line in verse:
        line = re.sub(r"\[([^|\]]*)\|([^\]]*)\]", r"\2" if subject.plural else r"\1", line)
        line = line.replace("{S}", subject.phrase)
        line = re.sub(r"(?<=[.!?] )[a-z]", lambda match: match[0].upper(), line)
        begins = not done or done[-1].endswith((".", "!", "?"))
        done.append(line[0].upper() + line[1:] if begins else line)
    return tuple(done)


def draw(rng: Random, role: str, subject: Subject, used: set[Verse]) -> Verse:
    """An unused verse for a role: the subject's own, one of its group, or a general one."""
    own = "" if subject.plural else subject.noun
    pools = [
        [
            verse
            for verse in stock.verses().get((role, theme), [])
            if verse not in used and fits(verse, subject)
        ]
        for theme in (own, subject.group if subject.group != "any" else "", "any")
    ]
    weights = [share if pool else 0 for pool, share in zip(pools, SHARES[role], strict=True)]
    verse = rng.choice(rng.choices(pools, weights)[0])
    used.add(verse)
    return verse


def opening_quatrain(rng: Random, subject: Subject, used: set[Verse]) -> Verse | None:
    """An ABAB quatrain that fits, the subject's own first."""
    for theme in ("" if subject.plural else subject.noun, subject.group, "any"):
        pool = [verse for verse in stock.verses().get(("quad", theme), []) if fits(verse, subject)]
        if pool and rng.random() < 0.8:
            verse = rng.choice(pool)
            used.add(verse)
            return verse
    return None


def picture(subject: Subject) -> str:
    """The emoji of a subject or of its group."""
    return PICTURES.get(subject.noun) or PICTURES.get(subject.group, "🌿")


def poem(rng: Random, subject: Subject, count: int = 8, avoid: set[Verse] | None = None) -> str:
    """A poem of 2, 4, 6, 8 or 12 lines, or a haiku of 3.

    avoid:  verses not to use again; this poem's are added to it
    """
    used = set() if avoid is None else avoid
    if count == 3:
        return "\n".join(filled(rng.choice(stock.verses()["haiku", "any"]), subject))
    body: list[Verse] = []
    quatrain = opening_quatrain(rng, subject, used) if count >= 8 and rng.random() < 0.35 else None
    body.append(quatrain or draw(rng, "open", subject, used))
    while sum(map(len, body)) < count - 2:
        body.append(draw(rng, "mid", subject, used))
    if count > 2:
        body.append(draw(rng, "close", subject, used))
    rows = [line for verse in body for line in filled(verse, subject)]
    if count > 2 and rng.random() < 0.12:
        rows[-1] += f" {picture(subject)}"
    size = 6 if count == 6 else 4
    return "\n\n".join("\n".join(rows[start : start + size]) for start in range(0, len(rows), size))
