"""What a load asks: a prompt, a file of them, made-up ones, conversations with a shared prefix."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ...endpoint import CallError
from ...wire.template import gaps_in
from ..prompt_file.job import Job
from ..prompt_file.source import Source

Message = Mapping[str, Any]

MOST_PROMPTS = 100_000
MOST_WORDS = 200_000
_WORDS = (
    *("the", "a", "tree", "leaf", "root", "oak", "birch", "stands", "grows", "over", "under"),
    *("light", "rain", "and", "of", "in", "with", "wind", "winter", "seed", "branch", "shade"),
)
_TASK = "Say in a few sentences what this is about."
_ON = ("Go on.", "And what else is there to say?", "Say the same in other words.", "Why is that?")


class LoadError(CallError):
    """A load's prompts, its parameters or its baseline cannot be used."""

    headline = "This load cannot be asked"


@dataclass(frozen=True)
class Prompts:
    """What each request of a load asks.

    texts:         asked in turn, each a prompt or the messages of a conversation
    words:         length of made-up prompts used instead of the texts; 0 asks the texts
    nonce:         whether each made-up prompt begins differently, so that no cache knows it
    turns:         turns in each conversation; the assistant's answer goes back with the next turn,
                   its reasoning does not
    prefix_words:  length of a made-up system message that all conversations share
    """

    texts: Sequence[str | Sequence[Message]]
    words: int = 0
    nonce: bool = True
    turns: int = 1
    prefix_words: int = 0

    def opening(self, number: int) -> list[Message]:
        """The messages that a conversation begins with."""
        shared = made_up(self.prefix_words, seed=-1)
        system = [{"role": "system", "content": shared}] if shared else []
        if self.words:
            seed = number if self.nonce else 0
            return [
                *system,
                _user_message(f"{_marked(seed)} {made_up(self.words, seed=seed)}\n\n{_TASK}"),
            ]
        asked = self.texts[number % len(self.texts)]
        return [*system, *([_user_message(asked)] if isinstance(asked, str) else asked)]

    def next_turn(self, answer: str, turn: int) -> list[Message]:
        """The messages added after an answer: the answer itself and the next question."""
        return [{"role": "assistant", "content": answer}, _user_message(_ON[turn % len(_ON)])]

    def __str__(self) -> str:
        if self.words:
            sentence = f"made-up prompts of {self.words:,} words, "
            sentence += "each with a beginning of its own" if self.nonce else "all the same"
        else:
            sentence = f"{len(self.texts):,} prompts" if len(self.texts) > 1 else "one prompt"
        if self.turns > 1:
            sentence += f", {self.turns} turns each"
        shared = f", after a shared beginning of {self.prefix_words:,} words"
        return sentence + (shared if self.prefix_words else "")


def made_up(words: int, *, seed: int) -> str:
    """A text of this many words, the same for the same seed."""
    chance = random.Random(seed)
    return " ".join(chance.choices(_WORDS, k=min(words, MOST_WORDS)))


def read_prompts(
    path: str, prompt: str = "", watch: Callable[[], None] = lambda: None
) -> list[str | list[Message]]:
    """The prompts of a file in any form that a batch accepts: words, JSON, a table, Batch lines.

    prompt:  for a table, with {{column}} in it
    watch:   called now and then; what it raises ends the reading
    raises:  LoadError, InputError
    """
    source = Source(Path(path), prompt if gaps_in(prompt) else "")
    jobs = islice(source.jobs(watch), MOST_PROMPTS)
    if found := [_asked(job) for job in jobs]:
        return found
    raise LoadError("prompts", f"{Path(path).name} without any", "Write one on each line.")


def _asked(job: Job) -> str | list[Message]:
    if job.api != "chat":
        raise LoadError("prompts for a chat", f"a line for {job.url}", "Take it out.")
    messages: list[Message] = job.body.get("messages") or []
    if not messages:
        raise LoadError("messages in each line", f"none for {job.custom_id}", "Take it out.")
    alone = len(messages) == 1 and messages[0] == _user_message(str(messages[0].get("content")))
    return str(messages[0]["content"]) if alone else messages


def _user_message(text: str) -> Message:
    return {"role": "user", "content": text}


def _marked(seed: int) -> str:
    return f"Note {random.Random(seed).getrandbits(48):012x}."
