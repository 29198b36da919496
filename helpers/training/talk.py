"""Conversations: small talk, system prompts that have an effect, and follow-up turns."""

from random import Random

from . import poems, prompts, stock, subjects
from .stock import Verse
from .subjects import Subject

Message = dict[str, object]
TALK = [
    "hello", "hello", "hello", "how", "who", "who", "who", "can", "unknown", "unknown", "unknown",
    "unknown", "thanks", "bye", "foreign", "noise",
]  # fmt: skip
MODES = ["verse", "pirate", "short", "german"]
PIRATE = ["Arr, listen well, ye landlubbers:", "Ahoy! Here be yer verse, matey:"]
GERMAN = "Hier ist ein Gedicht, auf Englisch:"
ANOTHER = [
    "another one",
    "another",
    "one more",
    "again",
    "write another one",
    "more",
    "next",
    "a different one",
    "once more please",
    "do it again",
]
SHORTER = ["shorter", "make it shorter", "a shorter one", "too long", "shorter please"]
LONGER = ["longer", "make it longer", "a longer one", "too short"]
INSTEAD = [
    "make it about {p} instead",
    "now about {p}",
    "and about {p}",
    "now one about {p}",
    "what about {p}",
    "the same about {p}",
    "about {p} instead",
    "change it to {p}",
    "now {p}",
]
ECHO = [
    "say {w}",
    "say the word {w}",
    "repeat {w}",
    "repeat after me: {w}",
    "reply with {w}",
    "reply with exactly: {w}",
    "answer with one word: {w}",
    "just say {w}",
    "say '{w}'",
    'say "{w}"',
    "reply with the single word {w}",
    "echo {w}",
    "respond with {w}",
]
COUNT = [
    "count to {w}",
    "count from 1 to {w}",
    "can you count to {w}",
    "list the numbers from 1 to {w}",
    "write the numbers 1 to {w}",
]
SMALL = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
]  # fmt: skip


def said(role: str, content: str) -> Message:
    """A message with a role and content."""
    return {"role": role, "content": content}


def word(rng: Random) -> str:
    """A word for the model to copy."""
    return rng.choice(
        [
            rng.choice(stock.nouns()),
            subjects.invented(rng),
            rng.choice(subjects.NAMES),
            "ok",
            "yes",
            "pong",
            "hello",
            "banana",
            "OK",
            "hello world",
            str(rng.randrange(1000)),
        ]
    )


def example(rng: Random) -> str:
    """A subject with its article, for an answer that proposes one."""
    noun, _, kind, _ = rng.choice([entry for entry in subjects.known() if entry[2] != "bare"])
    return (
        f"{subjects.article(noun)} {noun}"
        if kind == "count" and rng.random() < 0.5
        else f"the {noun}"
    )


def put(rng: Random, text: str, **words: str) -> str:
    """A text with {p} and {w} replaced."""
    text = text.replace("{p}", words.get("p") or example(rng)) if "{p}" in text else text
    return text.replace("{w}", words.get("w") or word(rng)) if "{w}" in text else text


def small_talk(rng: Random, mode: str = "") -> tuple[str, str]:
    """A prompt and an answer from one section of talk.txt."""
    asked, answers = stock.talk()[rng.choice(TALK)]
    prompt = prompts.vary(rng, rng.choice(asked))
    return prompt, put(rng, rng.choice(answers.get(mode, answers[""])))


def copying(rng: Random) -> tuple[str, str]:
    """Return "say X" and X, or "count to N" and the numbers."""
    if rng.random() < 0.3:
        last = rng.randrange(2, 31)
        name = SMALL[last - 2] if last <= 12 and rng.random() < 0.5 else str(last)
        joint = rng.choice([", ", ", ", "\n"])
        return prompts.vary(rng, put(rng, rng.choice(COUNT), w=name), name), joint.join(
            map(str, range(1, last + 1))
        )
    what = word(rng)
    return prompts.vary(rng, put(rng, rng.choice(ECHO), w=what), what), what


def ask_for_poem(rng: Random, mode: str = "") -> tuple[str, str, Subject, set[Verse]]:
    """A prompt, a poem in a mode's style, its subject and the verses used."""
    subject, used = subjects.pick(rng), set[Verse]()
    prompt, count = prompts.poem_prompt(rng, subject)
    if subject.group != "any" and rng.random() < 0.05:
        prompt, count = prompts.vary(rng, rng.choice(prompts.ANYTHING)), 8
    text = poems.poem(rng, subject, 2 if mode == "short" else count, used)
    if mode == "pirate":
        text = f"{rng.choice(PIRATE)}\n\n{text}"
    if mode == "german":
        text = f"{GERMAN}\n\n{text}"
    return prompt, text, subject, used


def follow_up(rng: Random, subject: Subject, used: set[Verse]) -> tuple[str, str]:
    """A second request after a poem, and its answer."""
    kind = rng.choice(["another", "another", "shorter", "longer", "instead", "instead", "talk"])
    if kind == "talk":
        return small_talk(rng)
    if kind == "instead":
        subject = subjects.pick(rng)
        prompt = put(rng, rng.choice(INSTEAD), p=subject.asked)
        return prompts.vary(rng, prompt, subject.asked), poems.poem(
            rng, subject, rng.choice([4, 6, 8]), used
        )
    asked, count = {
        "another": (ANOTHER, rng.choice([4, 8, 8])),
        "shorter": (SHORTER, 4),
        "longer": (LONGER, 12),
    }[kind]
    return prompts.vary(rng, rng.choice(asked)), poems.poem(
        rng, subject, count, used if count < 12 else None
    )


def named(rng: Random) -> list[Message]:
    """A conversation in which the assistant remembers a name."""
    name = rng.choice([rng.choice(subjects.NAMES), subjects.invented(rng).capitalize()])
    hello = rng.choice(
        ["my name is {w}", "I am {w}", "hi, I'm {w}", "call me {w}", "hello, my name is {w}"]
    )
    asked = rng.choice(
        [
            "what is my name",
            "what's my name",
            "do you remember my name",
            "who am I",
            "how am I called",
        ]
    )
    return [
        said("user", prompts.vary(rng, put(rng, hello, w=name), name)),
        said("assistant", f"Hello, {name}! Shall I write you a poem about {example(rng)}?"),
        said("user", prompts.vary(rng, asked)),
        said("assistant", f"Your name is {name}."),
    ]


def turns(rng: Random, mode: str = "") -> list[Message]:
    """One to three turns in a mode."""
    form = rng.random()
    if form < 0.03 and not mode:
        return named(rng)
    if form < (0.22 if not mode else 0.5):
        prompt, answer = small_talk(rng, mode)
        rest = ask_for_poem(rng, mode) if rng.random() < 0.4 else None
        tail = [said("user", rest[0]), said("assistant", rest[1])] if rest else []
        return [said("user", prompt), said("assistant", answer), *tail]
    if form < 0.3 and not mode:
        prompt, answer = copying(rng)
        return [said("user", prompt), said("assistant", answer)]
    prompt, text, subject, used = ask_for_poem(rng, mode)
    found = [said("user", prompt), said("assistant", text)]
    while not mode and rng.random() < 0.2 and len(found) < 6:
        prompt, text = follow_up(rng, subject, used)
        found += [said("user", prompt), said("assistant", text)]
    return found


def under_system(rng: Random) -> list[Message]:
    """A conversation with a system prompt, which affects some of the answers."""
    kind = rng.choices(
        ["plain", "verse", "pirate", "short", "german", "word", "end"], [6, 1.5, 1, 1, 0.7, 1, 1]
    )[0]
    what = word(rng)
    system = said("system", put(rng, rng.choice(stock.talk()[f"system {kind}"][0]), w=what))
    found = turns(rng, kind if kind in MODES else "")
    if kind in ("word", "end"):
        for message in found[1::2]:
            message["content"] = what if kind == "word" else f"{message['content']} {what}"
    return [system, *found]


def conversation(rng: Random) -> list[Message]:
    """Any conversation without tools."""
    return under_system(rng) if rng.random() < 0.3 else turns(rng)
