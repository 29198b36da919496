"""A conversation: its turns, what the next request holds of them, and what they sum up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ...client.exchange import Exchange
from ...endpoint import CallError
from ...escaping import for_terminal
from ...finding import Finding
from .calls import Called, judge_calls, results
from .own_message import Message, own_keys, own_messages, plain, said
from .structured import Shape, judge_structure

Kind = Literal["say", "again", "edit", "go on", "results"]


# The word for a turn that was held elsewhere.
IMPORTED = "imported"


class TurnError(CallError):
    """There is no turn to do this with."""

    headline = "There is no such turn"


@dataclass(frozen=True)
class Step:
    """What is to be done next.

    kind:    say something; ask for the last answer again; say something else in its place; let it
             go on where it stopped; answer its calls
    prompt:  what is said, where something is
    shape:   what the answer is to look like, where it is to be an object
    parameters:  of this request alone
    """

    kind: Kind = "say"
    prompt: str = ""
    shape: Shape | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Round:
    """One request of a turn and what it brought.

    own:      the server's message, as it goes back
    goes_on:  whether it goes on with the text of the round before it
    called:   what came of the calls in it
    shape:    what the answer was to look like
    """

    exchange: Exchange
    own: tuple[Message, ...] = ()
    goes_on: bool = False
    called: tuple[Called, ...] = ()
    shape: Shape | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What there is to say of the request, of its calls and of its shape."""
        shaped = self.shape and not self.called and judge_structure(self.exchange, self.shape)
        called = judge_calls(self.exchange, self.called)
        return (*self.exchange.findings, *called, *([shaped] if shaped else []))

    @property
    def results(self) -> tuple[Message, ...]:
        """What its calls brought, as it goes back."""
        return results(self.called, self.exchange.request.api)


@dataclass(frozen=True)
class Turn:
    """What was said once, and what came of it: `turn.text`, `turn.exchange`, `turn.word`.

    rounds:   a request each; more than one where the answer was gone on with, or called tools
    earlier:  the answers that this one stands in place of, the oldest first
    told:     of a turn that was held elsewhere its messages; it has no rounds
    """

    prompt: str
    rounds: tuple[Round, ...] = ()
    earlier: tuple[Turn, ...] = ()
    told: tuple[Message, ...] = ()

    @property
    def exchange(self) -> Exchange:
        """The last request and its answer.

        raises:  TurnError for a turn that was held elsewhere
        """
        if not self.rounds:
            raise TurnError("a turn that was asked here", "one of a file", "Say something more.")
        return self.rounds[-1].exchange

    @property
    def text(self) -> str:
        """The answer's text."""
        told = (one.get("content") for one in self.told if one.get("role") == "assistant")
        came = (one.exchange.text for one in self.rounds)
        return "".join([*(text for text in told if isinstance(text, str)), *came])

    @property
    def word(self) -> str:
        """One word for how the answer came."""
        return self.exchange.word if self.rounds else IMPORTED

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What there is to say of its requests, its calls and its shape."""
        return tuple(found for one in self.rounds for found in one.findings)

    @property
    def value(self) -> Any:
        """The object that the answer is, where one was asked for; None where it is none."""
        last = self.rounds[-1] if self.rounds else None
        return last.shape.value(last.exchange.text.strip()) if last and last.shape else None

    @property
    def shape(self) -> Shape | None:
        """What the answer was to look like."""
        return self.rounds[0].shape if self.rounds else None

    @property
    def holds(self) -> bool:
        """Whether an answer came, so that the next request tells of it."""
        return bool(self.told) or any(one.own for one in self.rounds)

    @property
    def messages(self) -> tuple[Message, ...]:
        """It as later requests hold it; () where no answer came."""
        if self.told or not self.holds:
            return self.told
        return ({"role": "user", "content": self.prompt}, *self._answered())

    def _answered(self) -> list[Message]:
        sent: list[Message] = []
        text = ""
        for one in self.rounds:
            text = text + one.exchange.text if one.goes_on else one.exchange.text
            if one.goes_on:
                sent[-1] = said(text)
            else:
                sent += [*one.own, *one.results]
        return sent

    def __repr__(self) -> str:
        if self.told:
            return for_terminal(f"{self.word}: {self.text[:60]}")
        if not self.rounds:
            return "Nothing was asked yet."
        said = repr(self.exchange)
        return said if said.startswith(self.word) else f"{self.word}: {said}"


@dataclass
class Conversation:
    """Turns, the newest last.

    plain:    whether the server's own keys are left out of what goes back to it
    refused:  the exchange in which it did not take them
    failed:   what was asked in place of an answer, and brought none
    system, tools:  what a file told besides, for as long as nothing was asked here
    interrupted:  the numbers of the turns behind which something else was asked
    """

    turns: list[Turn] = field(default_factory=list)
    plain: bool = False
    refused: Exchange | None = None
    failed: list[Exchange] = field(default_factory=list)
    system: str = ""
    tools: tuple[Any, ...] = ()
    interrupted: set[int] = field(default_factory=set)

    @property
    def messages(self) -> tuple[Message, ...]:
        """All that was said and answered, as a request holds it."""
        return self._of(self.turns)

    @property
    def before_last(self) -> tuple[Message, ...]:
        """All that was said before the last turn."""
        return self._of(self.turns[:-1])

    @property
    def asked(self) -> list[Turn]:
        """The turns that were asked here."""
        return [turn for turn in self.turns if turn.rounds]

    @property
    def exchanges(self) -> list[Exchange]:
        """Every request of the conversation, the earlier answers' and the failed ones' too."""
        turns = [one for turn in self.turns for one in (*turn.earlier, turn)]
        return [*(one.exchange for turn in turns for one in turn.rounds), *self.failed]

    def to_send(self, step: Step) -> tuple[Message, ...]:
        """The messages of the next request.

        raises:  TurnError where there is no turn to ask again or to go on with
        """
        if step.kind == "say":
            return (*self.messages, {"role": "user", "content": step.prompt})
        if not self.turns:
            raise TurnError("a turn before this one", "none", "Say something first.")
        last, before = self.turns[-1], self.before_last
        if step.kind == "results":
            return self.messages
        if step.kind != "go on":
            return (*before, {"role": "user", "content": step.prompt or last.prompt})
        if not last.rounds or not last.exchange.text:
            do = "Say something, or ask for the last answer again."
            raise TurnError("an answer that began", "none", do)
        *rest, _ = self._of([last])
        begun = last.rounds[-1].goes_on and self._of([last])[-1]
        return (*before, *rest, begun or said(last.exchange.text))

    def shape_for(self, step: Step) -> Shape | None:
        """What the next answer is to look like: as the one that it goes on from, or replaces."""
        kept = step.kind in ("again", "results") and self.turns
        return step.shape or (self.turns[-1].shape if kept else None)

    def note_calls(self, called: Sequence[Called]) -> None:
        """Note what came of the last answer's calls."""
        last = self.turns[-1]
        *before, one = last.rounds
        self.turns[-1] = replace(last, rounds=(*before, replace(one, called=tuple(called))))

    def take(self, step: Step, exchange: Exchange) -> None:
        """Note what came of a step; the last answer stays where nothing came in its place."""
        goes_on = step.kind == "go on"
        one = Round(exchange, own_messages(exchange.reading), goes_on, shape=self.shape_for(step))
        if step.kind == "say":
            before = self.turns[-1] if self.turns else None
            if before and before.rounds and not before.exchange.endpoint.url:
                # What could not be asked was typed wrong, and is now typed again.
                self.turns.pop()
            self.turns.append(Turn(step.prompt, (one,)))
            return
        last = self.turns[-1]
        if not one.own and last.holds:
            # An empty answer after a call, or a refusal: what was answered before stays.
            self.failed.append(exchange)
        elif goes_on or step.kind == "results":
            self.turns[-1] = replace(last, rounds=(*last.rounds, one))
        else:
            earlier = (*last.earlier, replace(last, earlier=())) if last.holds else last.earlier
            self.turns[-1] = Turn(step.prompt or last.prompt, (one,), earlier)

    def give_way(self, exchange: Exchange) -> bool:
        """Leave the server's own keys out, if it may be them that it refused or failed at."""
        found = exchange.findings[0].name if exchange.findings else ""
        keys = own_keys(exchange.request.messages) if exchange.request.api == "chat" else []
        if self.plain or not keys or found not in ("refused-request", "server-error"):
            return False
        self.plain, self.refused = True, exchange
        return True

    def settle(self, exchange: Exchange) -> None:
        """Send the server's own keys again where it refused the same without them, too."""
        if exchange.failure:
            self.plain, self.refused = False, None

    def interrupt(self) -> None:
        """Note that something else is asked behind the last turn: a cache may hold that now."""
        self.interrupted.add(len(self.turns))

    def _of(self, turns: list[Turn]) -> tuple[Message, ...]:
        said = (message for turn in turns for message in turn.messages)
        return tuple(map(plain, said)) if self.plain else tuple(said)


def prompt_tokens(exchange: Exchange) -> int | None:
    """How long the prompt was, whatever of it was cached; None where the server did not say.

    Anthropic's Messages count what was cached beside the prompt, the other APIs in it.
    """
    usage = exchange.usage
    if usage is None or usage.prompt_tokens is None or exchange.request.api != "messages":
        return usage.prompt_tokens if usage else None
    written = usage.raw.get("cache_creation_input_tokens")
    beside = usage.cached_tokens or 0, written if isinstance(written, int) else 0
    return usage.prompt_tokens + sum(beside)
