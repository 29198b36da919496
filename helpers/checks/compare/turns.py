"""Targets asked in turns: once cold, once all together, then A B B A, so that drift is shared.

A machine that warms up or fills up would favour whichever target is asked at the better time. Pairs
in alternating order share that effect, and the ratio within each pair is what is compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...client.exchange import Exchange
from ...wire.recording import Recording
from ...wire.request import Api, chat
from ..clients.tool import PROMPT, TOOL
from ..sweep.asking import Sweep
from ..sweep.grid import Question
from .targets import Target, TargetError

COLD, TOGETHER, TOOLS = "cold", "together", "tool call"
CALL_TOKENS = 200
UNPAIRED = (COLD, TOGETHER, TOOLS)


class Comparison:
    """What is compared and its exchanges so far.

    targets:  the first is the one that the others are compared with
    sweep:    every request in order; those of recordings were asked long ago
    """

    def __init__(
        self,
        targets: Sequence[Target],
        prompts: Sequence[str],
        *,
        turns: int = 4,
        stream: bool = True,
        api: Api = "chat",
        tools: bool = True,
    ) -> None:
        if type(turns) is not int or turns < 1:
            do = "Give how many pairs of each prompt are asked: turns=4."
            raise TargetError("at least one turn", repr(turns)[:40], do)
        self.targets, self.prompts = tuple(targets), tuple(prompts)
        self._how: dict[str, Any] = {"stream": stream, "api": api}
        self.sweep = Sweep(list(self._batches(turns, tools=tools and stream and api == "chat")))

    @property
    def first(self) -> Target:
        """The target that the others are compared with."""
        return self.targets[0]

    def exchanges(self, target: Target) -> list[Exchange]:
        """All of a target's exchanges that have ended, in the order in which they were asked."""
        return [one for _, _, one in self._ended(target)]

    def labelled(self, target: Target) -> list[Recording]:
        """A target's recordings, each labelled with its turn, for a later comparison to read."""
        for turn, _, one in self._ended(target):
            one.recording.label = turn
        return [one.recording for one in self.exchanges(target)]

    def turn(self, target: Target, turn: str) -> Exchange | None:
        """A target's exchange of one unpaired turn: COLD, TOGETHER or TOOLS."""
        return next((one for name, _, one in self._ended(target) if name == turn), None)

    def warm(self, target: Target) -> dict[tuple[str, int], Exchange]:
        """A target's exchanges that are compared, by their turn and their prompt's number."""
        return {
            (turn, prompt): one for turn, prompt, one in self._ended(target) if turn not in UNPAIRED
        }

    def latest(self, target: Target) -> tuple[str, Exchange | None]:
        """A target's exchange in progress, or the last one asked, and its turn."""
        numbers = [n for n in self.sweep.exchanges if self._of(n) is target]
        shown = [n for n in numbers if self.sweep.questions[n].varied["turn"] != TOOLS]
        if not shown:
            return "recorded" if target.recorded else "", _last(target.recorded)
        return str(self.sweep.questions[shown[-1]].varied["turn"]), self.sweep.exchanges[shown[-1]]

    def _ended(self, target: Target) -> list[tuple[str, int, Exchange]]:
        if target.recorded:
            named = [one.recording.label or str(n) for n, one in enumerate(target.recorded, 1)]
            return [
                (label, self._number(one), one)
                for label, one in zip(named, target.recorded, strict=True)
            ]
        asked = [(self.sweep.questions[n], self.sweep.exchanges[n])
                 for n in self.sweep.answered if self._of(n) is target]  # fmt: skip
        return [(str(q.varied["turn"]), int(q.varied["prompt"]), one) for q, one in asked]

    def _number(self, exchange: Exchange) -> int:
        """The number of the prompt that a recording answers; 0 if it is not one of ours."""
        prompts = list(self.prompts)
        return prompts.index(exchange.prompt) if exchange.prompt in prompts else 0

    def _of(self, number: int) -> Target:
        return self.targets[int(self.sweep.questions[number].varied["target"])]

    def _batches(self, turns: int, *, tools: bool) -> Sequence[list[Question]]:
        live = [number for number, one in enumerate(self.targets) if not one.recorded]
        ask = self._question
        batches = [[ask(one, 0, COLD)] for one in live]
        batches.append([ask(one, 0, TOGETHER) for one in live])
        for turn in range(1, turns + 1):
            order = live if turn % 2 else live[::-1]
            batches += [
                [ask(one, prompt, str(turn))]
                for prompt in range(len(self.prompts)) for one in order
            ]  # fmt: skip
        return batches + [[ask(one, -1, TOOLS)] for one in live if tools]

    def _question(self, number: int, prompt: int, turn: str) -> Question:
        target = self.targets[number]
        more = {"tools": [TOOL]} if turn == TOOLS else {}
        words = PROMPT if turn == TOOLS else self.prompts[prompt]
        # A call that is cut off in the middle says nothing about how calls arrive.
        room = {"max_tokens": CALL_TOKENS} if more and "max_tokens" in target.parameters else {}
        how = {**self._how, **target.parameters, **more, **room}
        request = chat(words, model=target.endpoint.model, **how)
        return Question(
            target.endpoint, request, {"target": number, "prompt": prompt, "turn": turn}
        )


def _last(exchanges: Sequence[Exchange]) -> Exchange | None:
    plain = [one for one in exchanges if one.recording.label != TOOLS]
    return plain[-1] if plain else None
