"""The tokens a conversation used so far, and how much of its context they fill."""

from __future__ import annotations

from dataclasses import dataclass

from .turns import Conversation, prompt_tokens


@dataclass(frozen=True)
class Sums:
    """The tokens of a conversation; None if the server did not report them.

    tokens_in, tokens_out:  of all its requests together
    held:                   how many tokens the next prompt holds already
    context:                how many there is room for
    """

    turns: int
    tokens_in: int | None
    tokens_out: int | None
    held: int | None
    context: int | None

    @property
    def share(self) -> float | None:
        """The share of the context that is used."""
        return self.held / self.context if self.held is not None and self.context else None


def sums(conversation: Conversation, context: int | None) -> Sums:
    """The tokens a conversation used so far, and how much of its context they fill."""
    asked = conversation.exchanges
    counted = [turn.exchange for turn in conversation.asked if turn.holds and turn.exchange.usage]
    last = counted[-1] if counted else None
    held = (prompt_tokens(last), last.usage.completion_tokens) if last and last.usage else ()
    return Sums(
        len(conversation.turns),
        _total([prompt_tokens(one) for one in asked]),
        _total([one.usage.completion_tokens for one in asked if one.usage]),
        None if not held or None in held else _total([*held]),
        context,
    )


def _total(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
