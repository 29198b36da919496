"""A conversation: its turns, how the next request includes them, and how each step changes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ...client.exchange import Exchange
from ...endpoint import CallError
from ...escaping import for_terminal
from ...finding import Finding
from .calls import Called, judge_calls, results
from .own_message import Message, assistant_message, own_keys, own_messages, plain
from .structured import Shape, judge_structure

Kind = Literal["say", "again", "edit", "go on", "results"]


# The word for a turn held elsewhere.
IMPORTED = "imported"


class TurnError(CallError):
    """There is no turn that this can be done with."""

    headline = "There is no such turn"


@dataclass(frozen=True)
class Step:
    """What is to be done next.

    kind:    say something; ask for the last answer again; say something else in its place; let it
             continue where it stopped; answer its calls
    prompt:  what is said, if anything is
    shape:   the structure that the answer is to have, if it is to be an object
    parameters:  of this request alone
    """

    kind: Kind = "say"
    prompt: str = ""
    shape: Shape | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Round:
    """One request of a turn and its result.

    own:      the server's message, as it goes back
    goes_on:  whether it continues the text of the round before it
    called:   the outcomes of its calls
    shape:    the structure that the answer was to have
    """

    exchange: Exchange
    own: tuple[Message, ...] = ()
    goes_on: bool = False
    called: tuple[Called, ...] = ()
    shape: Shape | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings on the request, its calls and its shape."""
        shaped = self.shape and not self.called and judge_structure(self.exchange, self.shape)
        called = judge_calls(self.exchange, self.called)
        return (*self.exchange.findings, *called, *([shaped] if shaped else []))

    @property
    def results(self) -> tuple[Message, ...]:
        """The results of its calls, as they go back."""
        return results(self.called, self.exchange.request.api)


@dataclass(frozen=True)
class Turn:
    """One thing the user said, and the response: `turn.text`, `turn.exchange`, `turn.word`.

    rounds:    one per request; several if the answer was continued or called tools
    earlier:   the answers that this one replaces, the oldest first
    imported:  the messages of a turn held elsewhere, which has no rounds
    """

    prompt: str
    rounds: tuple[Round, ...] = ()
    earlier: tuple[Turn, ...] = ()
    imported: tuple[Message, ...] = ()

    @property
    def exchange(self) -> Exchange:
        """The last request and its answer.

        raises:  TurnError for a turn held elsewhere
        """
        if not self.rounds:
            raise TurnError("a turn that was asked here", "one from a file", "Say something more.")
        return self.rounds[-1].exchange

    @property
    def text(self) -> str:
        """The answer's text."""
        elsewhere = (one.get("content") for one in self.imported if one.get("role") == "assistant")
        here = (one.exchange.text for one in self.rounds)
        return "".join([*(text for text in elsewhere if isinstance(text, str)), *here])

    @property
    def word(self) -> str:
        """One word for how the answer came."""
        return self.exchange.word if self.rounds else IMPORTED

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings on its requests, its calls and its shape."""
        return tuple(found for one in self.rounds for found in one.findings)

    @property
    def value(self) -> Any:
        """The answer as an object, if one was asked for; None if it is not one."""
        last = self.rounds[-1] if self.rounds else None
        return last.shape.value(last.exchange.text.strip()) if last and last.shape else None

    @property
    def shape(self) -> Shape | None:
        """The structure that the answer was to have."""
        return self.rounds[0].shape if self.rounds else None

    @property
    def prompt_tokens(self) -> int | None:
        """The length of the prompt that it began with; None if the server did not say."""
        return prompt_tokens(self.rounds[0].exchange)

    @property
    def cached_tokens(self) -> int | None:
        """How much of that prompt was cached; None if the server did not say."""
        usage = self.rounds[0].exchange.usage
        return usage.cached_tokens if usage else None

    @property
    def holds(self) -> bool:
        """Whether an answer came, so that later requests include this turn."""
        return bool(self.imported) or any(one.own for one in self.rounds)

    @property
    def messages(self) -> tuple[Message, ...]:
        """The turn as later requests include it; () if no answer came."""
        if self.imported or not self.holds:
            return self.imported
        return ({"role": "user", "content": self.prompt}, *self._answered())

    def _answered(self) -> list[Message]:
        sent: list[Message] = []
        text = ""
        for one in self.rounds:
            text = text + one.exchange.text if one.goes_on else one.exchange.text
            if one.goes_on:
                sent[-1] = assistant_message(text)
            else:
                sent += [*one.own, *one.results]
        return sent

    def __repr__(self) -> str:
        if self.imported:
            return for_terminal(f"{self.word}: {self.text[:60]}")
        if not self.rounds:
            return "Nothing was asked yet."
        words = repr(self.exchange)
        return words if words.startswith(self.word) else f"{self.word}: {words}"


@dataclass
class Conversation:
    """Turns, the newest last.

    plain:    whether the server's own keys are left out of what is sent back
    refused:  the exchange in which it did not accept them
    failed:   requests that should have replaced or continued an answer, but brought none
    system, tools:  further contents of a file, used until something is asked here
    interrupted:  the numbers of the turns after which something else was asked
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
        """Everything said and answered, as a request holds it."""
        return self._of(self.turns)

    @property
    def before_last(self) -> tuple[Message, ...]:
        """Everything said before the last turn."""
        return self._of(self.turns[:-1])

    @property
    def asked(self) -> list[Turn]:
        """The turns that were asked here."""
        return [turn for turn in self.turns if turn.rounds]

    @property
    def exchanges(self) -> list[Exchange]:
        """Every request of the conversation, including those that failed or were asked again."""
        turns = [one for turn in self.turns for one in (*turn.earlier, turn)]
        return [*(one.exchange for turn in turns for one in turn.rounds), *self.failed]

    def to_send(self, step: Step) -> tuple[Message, ...]:
        """The messages of the next request.

        raises:  TurnError if there is no turn to ask again or to continue
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
        return (*before, *rest, begun or assistant_message(last.exchange.text))

    def shape_for(self, step: Step) -> Shape | None:
        """The structure for the next answer; asked again, or after calls, it keeps the turn's."""
        kept = step.kind in ("again", "results") and self.turns
        return step.shape or (self.turns[-1].shape if kept else None)

    def note_calls(self, called: Sequence[Called]) -> None:
        """Note the outcomes of the last answer's calls."""
        last = self.turns[-1]
        *before, one = last.rounds
        self.turns[-1] = replace(last, rounds=(*before, replace(one, called=tuple(called))))

    def take(self, step: Step, exchange: Exchange) -> None:
        """Note the result of a step; if it brought no answer, the last one stays."""
        goes_on = step.kind == "go on"
        one = Round(exchange, own_messages(exchange.reading), goes_on, shape=self.shape_for(step))
        if step.kind == "say":
            before = self.turns[-1] if self.turns else None
            if before and before.rounds and not before.exchange.endpoint.url:
                # It could not even be sent because of a typing error, and is now typed again.
                self.turns.pop()
            self.turns.append(Turn(step.prompt, (one,)))
            return
        last = self.turns[-1]
        if not one.own and last.holds:
            # An empty answer after a call, or a refusal: the earlier answer stays.
            self.failed.append(exchange)
        elif goes_on or step.kind == "results":
            self.turns[-1] = replace(last, rounds=(*last.rounds, one))
        else:
            earlier = (*last.earlier, replace(last, earlier=())) if last.holds else last.earlier
            self.turns[-1] = Turn(step.prompt or last.prompt, (one,), earlier)

    def give_way(self, exchange: Exchange) -> bool:
        """Leave the server's own keys out if it may have refused, or failed on, them."""
        found = exchange.findings[0].name if exchange.findings else ""
        keys = own_keys(exchange.request.messages) if exchange.request.api == "chat" else []
        if self.plain or not keys or found not in ("refused-request", "server-error"):
            return False
        self.plain, self.refused = True, exchange
        return True

    def settle(self, exchange: Exchange) -> None:
        """Send the server's own keys again if it refused the request without them, too."""
        if exchange.failure:
            self.plain, self.refused = False, None

    def interrupt(self) -> None:
        """Note that something else was asked after the last turn, so a cache may hold that now."""
        self.interrupted.add(len(self.turns))

    def _of(self, turns: list[Turn]) -> tuple[Message, ...]:
        messages = (message for turn in turns for message in turn.messages)
        return tuple(map(plain, messages)) if self.plain else tuple(messages)


def prompt_tokens(exchange: Exchange) -> int | None:
    """The length of the prompt, including what was cached; None if the server did not say.

    Anthropic's Messages count cached tokens separately, the other APIs include them.
    """
    usage = exchange.usage
    if usage is None or usage.prompt_tokens is None or exchange.request.api != "messages":
        return usage.prompt_tokens if usage else None
    written = usage.raw.get("cache_creation_input_tokens")
    beside = usage.cached_tokens or 0, written if isinstance(written, int) else 0
    return usage.prompt_tokens + sum(beside)
