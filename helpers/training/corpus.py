"""The mixture that the model learns, as text and as token ids."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import jinja2
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from . import poems, stock, subjects, talk, tools

START, END, ASSISTANT = "<|bos|>", "<|end|>", "<|assistant|>"
SPECIAL = [
    START,
    END,
    "<|system|>",
    "<|user|>",
    ASSISTANT,
    "<|tools|>",
    "<|tool|>",
    "<tool_call>",
    "</tool_call>",
]
TEMPLATE = (stock.HERE / "chat_template.jinja").read_text(encoding="utf-8").strip()


@dataclass(frozen=True)
class Document:
    """A text to learn from.

    forced:  the answers' first token is given by a grammar, so it is not learned
    """

    text: str
    forced: bool = False


def environment() -> jinja2.Environment:
    """A Jinja environment set up the way llama.cpp runs chat templates."""
    env = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - prompts are no HTML
    env.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
    return env


RENDER = environment().from_string(TEMPLATE).render


def document(rng: Random) -> Document:
    """One document of the mixture."""
    kind = rng.choices(["talk", "tools", "json", "raw"], [84, 9, 4, 3])[0]
    if kind == "raw":
        subject = subjects.pick(rng)
        tale = rng.choice(["", f"Once upon a time there was {subject.asked}.\n\n"])
        return Document(f"{START}{tale}{poems.poem(rng, subject, rng.choice([4, 8]))}{END}")
    if kind == "tools":
        messages, shown, forced = tools.with_tools(rng)
        return Document(START + RENDER(messages=messages, tools=shown), forced)
    if kind == "json":
        messages, forced = tools.with_json(rng)
        return Document(START + RENDER(messages=messages), forced)
    return Document(START + RENDER(messages=talk.conversation(rng)))


def documents(seed: int, count: int) -> Iterator[Document]:
    """Yield `count` documents, always the same ones for a seed."""
    rng = Random(seed)
    for _ in range(count):
        yield document(rng)


def tokenizer(texts: Iterator[str], size: int) -> Tokenizer:
    """A byte-level BPE tokenizer, which llama.cpp calls gpt2.

    It is trained on ASCII only, so every other character stays several tokens and streams split
    characters just as those of large models do.
    """
    found = Tokenizer(models.BPE())
    found.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    found.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    found.train_from_iterator((text.encode("ascii", "ignore").decode() for text in texts), trainer)
    return found


def encoded(found: Tokenizer, entry: Document) -> tuple[list[int], list[bool]]:
    """A document's token ids, and for each whether to learn it.

    Answers are learned, prompts are not.
    """
    ids = found.encode(entry.text, add_special_tokens=False).ids
    assistant, end = found.token_to_id(ASSISTANT), found.token_to_id(END)
    learned, speaking = [], assistant not in ids
    for at, token in enumerate(ids):
        learned.append(speaking and at > 0 and not (entry.forced and ids[at - 1] == assistant))
        speaking = token == assistant or (speaking and token != end)
    return ids, learned
