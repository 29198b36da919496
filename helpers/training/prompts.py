"""The many ways in which people ask for a poem, typing errors included."""

from random import Random

from .subjects import Subject

ASKS = [
    "write",
    "write",
    "write",
    "write me",
    "compose",
    "make",
    "give me",
    "tell me",
    "create",
    "please write",
    "can you write",
    "could you write me",
    "I want",
    "I would like",
    "let me have",
    "generate",
    "make up",
    "do",
]
WHAT = {
    2: ["a couplet", "two lines", "a two-line poem"],
    3: ["a haiku"],
    4: [
        "a short poem",
        "a small poem",
        "a very short poem",
        "four lines",
        "a quatrain",
        "a little poem",
        "a short verse",
    ],
    8: [
        "a poem",
        "a poem",
        "a poem",
        "a poem",
        "a verse",
        "a rhyme",
        "a nice poem",
        "some verses",
        "a beautiful poem",
        "poetry",
        "a poem with rhymes",
        "a song",
        "an ode",
        "a sonnet",
        "a limerick",
        "a ballad",
        "a poem in English",
    ],
    12: ["a long poem", "a longer poem", "a poem of twelve lines", "a poem with three stanzas"],
}
LINKS = ["about", "about", "about", "about", "about", "on", "of", "for", "to", "that is about"]
ANYTHING = [
    "write a poem",
    "write me a poem",
    "a poem",
    "poem",
    "a poem please",
    "write something",
    "write something nice",
    "surprise me",
    "another poem",
    "give me a poem",
    "write any poem",
    "make a rhyme",
    "please rhyme",
    "tell me a poem",
    "recite a poem",
    "yes",
    "yes please",
    "sure, a poem",
]
GREETINGS = ["hello, ", "hi, ", "hey, ", "please, ", "hi! ", "ok, ", "now ", "good morning, "]
WISHES = [
    " that rhymes",
    " with rhymes",
    " for my friend",
    " for children",
    " in English",
    ", thank you",
    " for me",
    " and make it nice",
    " with emotion",
    " today",
]
LINE_COUNTS = {2: [2], 3: [3], 4: [4], 8: [4, 6, 8, 8, 8, 8], 12: [12]}


def typo(rng: Random, word: str) -> str:
    """A word with two letters swapped, one left out or one doubled."""
    at = rng.randrange(1, len(word) - 1)
    return rng.choice(
        [
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        ]
    )


def vary(rng: Random, text: str, keep: str = "") -> str:
    """A prompt as people type it: with typos, without capitals, with or without a full stop.

    keep:  the words that must stay intact
    """
    if rng.random() < 0.12:
        words = text.split(" ")
        spots = [
            at
            for at, word in enumerate(words)
            if len(word) > 3 and word.isalpha() and word not in keep
        ]
        if spots:
            at = rng.choice(spots)
            words[at] = typo(rng, words[at])
        text = " ".join(words)
    if rng.random() < 0.45:
        text = text[0].upper() + text[1:]
    if text[-1].isalnum():
        text += rng.choices(
            ["", ".", "!", "?", " please", ", please.", " "], [50, 25, 5, 6, 4, 4, 1]
        )[0]
    return text.strip()


def poem_prompt(rng: Random, subject: Subject) -> tuple[str, int]:
    """A prompt for a poem and how many lines it should have."""
    size = rng.choices([2, 3, 4, 8, 12], [1, 0.6, 4, 16, 2])[0]
    what, link = rng.choice(WHAT[size]), rng.choice(LINKS)
    form = rng.choices(["full", "noun", "bare"], [14, 4, 1 if subject.group != "any" else 0])[0]
    if form == "bare":
        return vary(rng, subject.asked, subject.asked), rng.choice(LINE_COUNTS[8])
    if form == "full":
        what = f"{rng.choice(ASKS)} {what}"
    elif rng.random() < 0.6:
        what = what.removeprefix("an ").removeprefix("a ")
    text = f"{what} {link} {subject.asked}"
    text = rng.choice(GREETINGS) + text if rng.random() < 0.06 else text
    text += rng.choice(WISHES) if rng.random() < 0.08 else ""
    return vary(rng, text, subject.asked), rng.choice(LINE_COUNTS[size])
