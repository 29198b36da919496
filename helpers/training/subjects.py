"""What a poem can be about, and how a prompt names it."""

from dataclasses import dataclass
from functools import cache
from random import Random

from . import stock

ADJECTIVES = [
    "old", "little", "red", "blue", "green", "quiet", "broken", "golden", "lonely", "sleepy",
    "happy", "small", "big", "white", "black", "lost", "tiny", "strange",
]  # fmt: skip
NAMES = [
    "Anna", "Berlin", "Paris", "London", "Tom", "Maria", "Ben", "Lisa", "Max", "Emma", "Rome",
    "Oslo", "Vienna", "Peter", "Clara", "Jonas", "Kyoto", "Africa", "Linux", "Python",
]  # fmt: skip
SYLLABLES = [
    "ba", "be", "bo", "da", "de", "do", "fa", "fi", "ga", "go", "ka", "ki", "la", "li", "lo",
    "ma", "mi", "mo", "na", "ne", "no", "pa", "po", "ra", "ri", "ro", "sa", "so", "ta", "ti",
    "to", "va", "vo", "za", "zu",
]  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """A subject: "a tree" in the prompt, "the tree" in the poem."""

    asked: str
    phrase: str
    plural: bool
    noun: str
    group: str


def plural_of(noun: str) -> str:
    """A noun's regular plural."""
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def article(noun: str) -> str:
    """Return "a" or "an"."""
    return "an" if noun[0] in "aeiou" else "a"


@cache
def known() -> list[tuple[str, str, str, str]]:
    """Every noun of subjects.txt as (noun, plural, kind, group)."""
    found = []
    for line in filter(None, stock.lines("subjects.txt")):
        title, words = line.split(": ")
        group, kind = title.split()
        for word in words.split():
            noun, _, plural = word.partition("/")
            found.append((noun, plural or plural_of(noun), kind, group))
    return found


def phrased(rng: Random, noun: str, plural: str, kind: str, group: str) -> Subject:
    """A noun as a subject, with one of the articles it can have."""
    if kind == "bare":
        return Subject(noun, noun, False, noun, group)
    if kind == "mass":
        return Subject(rng.choice([noun, noun, f"the {noun}"]), f"the {noun}", False, noun, group)
    form = rng.choices(["a", "the", "", "my", "plural"], [8, 8, 3, 2, 4])[0]
    if form == "plural":
        return Subject(rng.choice([plural, f"the {plural}"]), f"the {plural}", True, noun, group)
    asked = {"a": f"{article(noun)} {noun}", "the": f"the {noun}", "": noun, "my": f"my {noun}"}[
        form
    ]
    return Subject(asked, f"my {noun}" if form == "my" else f"the {noun}", False, noun, group)


def invented(rng: Random) -> str:
    """A word that does not exist, to be copied letter by letter."""
    return "".join(rng.choices(SYLLABLES, k=rng.choice([2, 2, 3]))) + rng.choice(
        ["", "n", "l", "r", "x"]
    )


def stranger(rng: Random) -> Subject:
    """A subject outside every theme: a rare noun, a name, two words or an invented word."""
    form = rng.choices(["noun", "name", "two", "invented"], [5, 1, 3, 2])[0]
    if form == "name":
        name = rng.choice([*NAMES, invented(rng).capitalize()])
        return Subject(name, name, False, "", "any")
    noun = rng.choice(stock.nouns()) if form != "invented" else invented(rng)
    if form == "two":
        noun = f"{rng.choice(ADJECTIVES)} {rng.choice([noun, rng.choice(known())[0].lower()])}"
    return phrased(rng, noun, plural_of(noun), "count", "any")


def pick(rng: Random) -> Subject:
    """Any subject; those with verses of their own are likelier."""
    if rng.random() < 0.28:
        return stranger(rng)
    own = {theme for role, theme in stock.verses() if role == "open"}
    weights = [4 if entry[0] in own else 1 for entry in known()]
    return phrased(rng, *rng.choices(known(), weights)[0])
