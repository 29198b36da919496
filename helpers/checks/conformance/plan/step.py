"""What is asked: the steps of the plan, each a request made from what came before it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ....wire.request import Request
from ..shots import Lacking, Shots
from . import prompts

# The limit of most answers, and the one used when limits are tested: every server accepts 16.
TOKENS, LIMIT = 32, 16
# A reasoning model writes no answer within 32 tokens.
TOKENS_TO_THINK = 512
EFFORT, LEAST_EFFORT = "reasoning_effort", "low"
_LIMITS = ("max_tokens", "max_completion_tokens")


@dataclass(frozen=True)
class Get:
    """A path that is requested with GET."""

    path: str


Question = Request | Get


@dataclass
class Asking:
    """What the requests have in common, adjusted once if the endpoint does not accept it.

    common:   the parameters that every chat is sent, the token limit among them
    notes:    what was changed, in words for the report
    """

    prompt: str
    model: str = ""
    embedding_model: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    common: dict[str, Any] = field(
        default_factory=lambda: {"max_tokens": TOKENS, "temperature": 0, "seed": 42}
    )
    notes: list[str] = field(default_factory=list)
    thinks: bool = False

    def chat(
        self, messages: Iterable[dict[str, Any]] | None = None, limit: int = 0, **changed: Any
    ) -> Request:
        """A chat request with the common parameters, some of them changed; None leaves one out."""
        common = dict(self.common)
        for name in set(common) & set(_LIMITS) if limit and not self.thinks else ():
            common[name] = limit
        given = {**common, **self.extra, "stream": False, **changed}
        sent = {name: value for name, value in given.items() if value is not None}
        asked = tuple(messages or prompts.poem(self.prompt))
        return Request("chat", self.model, asked, sent)

    def refused(self, status: int, words: str) -> bool:
        """Adjust the common parameters to a refusal of the plain request; whether to ask again."""
        if status not in (400, 422):
            return False
        # xAI writes reasoningEffort, others reasoning effort.
        plain = re.sub(r"[\W_]", "", words).casefold()
        named = [name for name in self.common if name.replace("_", "") in plain]
        if not named and EFFORT in self.common:
            # The same request was answered without it.
            named = [EFFORT]
        if not named:
            return False
        for name in named:
            value = self.common.pop(name)
            instead = [one for one in _LIMITS if one != name and one in words]
            if name in _LIMITS and instead:
                self.common[instead[0]] = value
                self.notes.append(f"{name} was refused: {instead[0]} is sent in its place.")
            else:
                self.notes.append(f"{name} was refused: the requests go without it.")
        return True

    def thought(self, *, seen: bool = True) -> None:
        """Give a reasoning model enough tokens to answer, and ask it for little effort.

        seen:  False if reasoning is only assumed, because no text came
        """
        self.thinks = True
        for name in set(self.common) & set(_LIMITS):
            self.common[name] = TOKENS_TO_THINK
        self.common[EFFORT] = LEAST_EFFORT
        why = "The model thinks before it answers" if seen else f"No text came in {TOKENS} tokens"
        self.notes.append(
            f"{why}: up to {TOKENS_TO_THINK} tokens for each answer, {EFFORT} {LEAST_EFFORT}."
        )


@dataclass(frozen=True)
class Step:
    """One request of the plan.

    ask:      builds it from common parameters and earlier recordings; raises Lacking without them
    tokens:   the most it may cost, prompt and answer, if the model does not reason
    after:    the labels it is built from
    deep:     only if a deeper look was asked for, or the endpoint is not paid
    """

    label: str
    ask: Callable[[Asking, Shots], Question] = field(repr=False)
    tokens: int = 0
    after: tuple[str, ...] = ()
    deep: bool = False


STEPS: dict[str, Step] = {}


def step(
    label: str, *, tokens: int = 60, after: tuple[str, ...] = (), deep: bool = False
) -> Callable[[Callable[[Asking, Shots], Question]], Callable[[Asking, Shots], Question]]:
    """Register a function that builds a request as a step of the plan, in the order of the file."""

    def register(
        ask: Callable[[Asking, Shots], Question],
    ) -> Callable[[Asking, Shots], Question]:
        STEPS[label] = Step(label, ask, tokens, after, deep)
        return ask

    return register


def steps_for(needs: Iterable[str], *, deep: bool = False) -> list[Step]:
    """The steps that give these recordings and those they are built from, the deep ones last."""
    wanted, waiting = set(), [*needs]
    while waiting:
        label = waiting.pop()
        if label not in wanted and label in STEPS:
            wanted.add(label)
            waiting += STEPS[label].after
    kept = [one for one in STEPS.values() if one.label in wanted and (deep or not one.deep)]
    return sorted(kept, key=lambda one: one.deep)


def cost(steps: Iterable[Step]) -> tuple[int, int, int]:
    """The number of requests, the most tokens if no model reasons, the number of deep requests."""
    listed = [*steps]
    usual = sum(one.tokens for one in listed if not one.deep)
    return len(listed), usual, sum(one.tokens for one in listed if one.deep)


def raw(asking: Asking, api: Any, **body: Any) -> Request:
    """A request to an API other than chat."""
    return Request(api, asking.model, raw=json.dumps(body).encode())


def lack(why: str) -> Lacking:
    """The exception for a step that cannot be asked."""
    return Lacking(why, asked=True)
