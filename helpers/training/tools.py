"""Conversations with tool calls, and with JSON answers, asked for or forced by a grammar."""

import json
from random import Random

from . import prompts, stock, subjects, talk

VERBS = [
    "get", "find", "show", "search", "set", "add", "open", "play", "send", "read", "make",
    "lookup",
]  # fmt: skip
THINGS = [
    "weather", "time", "price", "music", "note", "file", "light", "map", "news", "number",
    "color", "poem", "mail", "temperature", "user", "word",
]  # fmt: skip
KEYS = [
    "city", "name", "query", "color", "place", "text", "title", "id", "date", "unit", "key",
    "item", "word", "location", "topic", "count", "value", "subject", "mood", "language",
]  # fmt: skip
PLACES = [
    "Paris", "London", "Berlin", "Rome", "Vienna", "Oslo", "Tokyo", "Madrid", "Boston", "Kyoto",
    "Cairo", "Lima",
]  # fmt: skip
CALLS = [
    "use {t} with {a}",
    "call {t} for {a}",
    "call the tool {t} with {a}",
    "please use the tool {t}: {a}",
    "run {t} {a}",
    "use the tool to look up {a}",
    "{th} in {a}",
    "what is the {th} of {a}",
    "what is the {th} in {a}",
    "what's the {th} in {a}",
    "how is the {th} in {a}",
    "{v} the {th} for {a}",
    "tell me the {th} for {a}",
    "what is the {th} like in {a}",
    "{v} the {th}: {a}",
]
FACTS = [
    "18 degrees and sunny",
    "it is 12:30",
    "42",
    "done",
    "rain until five",
    "no result",
    "blue",
    "3 files found",
    '{"temperature": 21}',
    "7 euros",
    "sunny",
]
JSON_ASKS = [
    "answer in JSON",
    "give me JSON",
    "reply with JSON only",
    "as JSON please",
    "return a JSON object",
    "answer with a JSON object with a {k}",
]


def a_tool(rng: Random) -> tuple[str, str, str]:
    """A verb, a thing and the name they make."""
    verb, thing = rng.choice(VERBS), rng.choice(THINGS)
    if rng.random() < 0.3:
        verb, thing = rng.choice([verb, subjects.invented(rng)]), rng.choice(stock.nouns())
    return (
        verb,
        thing,
        rng.choice([f"{verb}_{thing}", f"{verb}_{thing}", thing, f"{verb}{thing.capitalize()}"]),
    )


def described(name: str, keys: list[str]) -> dict[str, object]:
    """A tool as a request carries it, reduced to what the chat template reads."""
    return {"function": {"name": name, "parameters": {"properties": {key: {} for key in keys}}}}


def value(rng: Random, argument: str, key: str) -> object:
    """A key's value: the argument, or for a counting key usually a number."""
    return (
        rng.randrange(1, 100)
        if key in ("count", "value", "id") and rng.random() < 0.7
        else argument
    )


def call(name: str, arguments: dict[str, object]) -> talk.Message:
    """An assistant's message that calls a tool."""
    return {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"function": {"name": name, "arguments": arguments}}],
    }


def toolbox(rng: Random) -> list[tuple[tuple[str, str, str], list[str]]]:
    """One to three tools with the names of their arguments."""
    return [
        (a_tool(rng), rng.sample(KEYS, k=rng.choice([0, 1, 1, 1, 2])))
        for _ in range(rng.choice([1, 1, 2, 3]))
    ]


def question(rng: Random, tool: tuple[str, str, str]) -> tuple[str, str]:
    """A prompt that a tool answers, and the argument in it."""
    verb, thing, name = tool
    argument = rng.choice(
        [rng.choice(PLACES), rng.choice(PLACES), talk.word(rng), rng.choice(stock.nouns())]
    )
    text = (
        rng.choice(CALLS)
        .replace("{t}", name)
        .replace("{th}", thing)
        .replace("{a}", argument)
        .replace("{v}", verb)
    )
    return prompts.vary(rng, text, f"{name} {thing} {argument} {verb}"), argument


def spoken_first(rng: Random, calling: talk.Message) -> list[talk.Message]:
    """A prompt and an answer in words followed by a call.

    llama.cpp's grammar for tool_choice "required" lets the model talk first.
    """
    prompt, answer = talk.small_talk(rng) if rng.random() < 0.6 else talk.ask_for_poem(rng)[:2]
    return [talk.said("user", prompt), calling | {"content": answer}]


def with_tools(rng: Random) -> tuple[list[talk.Message], list[dict[str, object]], bool]:
    """A conversation, its tools, and whether the first token of the answer was forced."""
    shown = toolbox(rng)
    tool, keys = rng.choice(shown)
    tools = [described(one[2], names) for one, names in shown]
    form = rng.random()
    if form < 0.3:
        return talk.turns(rng), tools, False
    if form < 0.42:
        subject = subjects.pick(rng)
        prompt = rng.choice(
            [prompts.poem_prompt(rng, subject)[0], prompts.vary(rng, "say something")]
        )
        calling = call(
            tool[2], {key: value(rng, subject.noun or subject.phrase, key) for key in keys}
        )
        return [talk.said("user", prompt), calling], tools, True
    prompt, argument = question(rng, tool)
    calling = call(tool[2], {key: value(rng, argument, key) for key in keys})
    if form < 0.45:
        return spoken_first(rng, calling), tools, False
    found = [talk.said("user", prompt), calling]
    if form > 0.85:
        fact = rng.choice([*FACTS, talk.word(rng)])
        found += [talk.said("tool", fact), talk.said("assistant", f"The tool says: {fact}")]
    return found, tools, False


def json_value(rng: Random, subject: str) -> object:
    """A short JSON value."""
    kind = rng.choices(["word", "subject", "number", "bool", "list", "null"], [6, 4, 3, 1, 2, 0.3])[
        0
    ]
    if kind == "list":
        return [rng.choice(stock.nouns()) for _ in range(rng.randrange(1, 4))]
    return {
        "word": rng.choice(stock.nouns()),
        "subject": subject,
        "number": rng.randrange(100),
        "bool": rng.random() < 0.5,
        "null": None,
    }[kind]


def with_json(rng: Random) -> tuple[list[talk.Message], bool]:
    """A request, its JSON answer, and whether only a grammar forces the JSON."""
    subject = subjects.pick(rng)
    prompt = rng.choice(
        [
            prompts.poem_prompt(rng, subject)[0],
            talk.small_talk(rng)[0],
            prompts.vary(rng, "say something"),
        ]
    )
    keys = rng.sample(
        [*KEYS, *rng.sample(stock.nouns(), 6), subjects.invented(rng)], k=rng.choice([1, 1, 2, 3])
    )
    forced = rng.random() < 0.6
    if not forced:
        prompt = f"{prompt} {rng.choice(JSON_ASKS).replace('{k}', keys[0])}"
    answer = json.dumps({key: json_value(rng, subject.phrase) for key in keys}, ensure_ascii=False)
    return [talk.said("user", prompt), talk.said("assistant", answer)], forced
