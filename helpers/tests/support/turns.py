"""Turns built by hand: what was asked, what came, and what the server counted."""

from __future__ import annotations

import json
from typing import Any

from helpers.checks.chat.turns import Conversation, Step
from helpers.client.exchange import Exchange
from helpers.tests.support.asked import exchange_of
from helpers.tests.support.recordings import recorded
from helpers.tests.support.streams import DONE, event


def usage(prompt: int, completion: int = 10, cached: int | None = None) -> dict[str, Any]:
    """Return what a server counts."""
    details = {} if cached is None else {"prompt_tokens_details": {"cached_tokens": cached}}
    total = prompt + completion
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}
    return counts | details


def answered(
    asked: tuple[Any, ...], *deltas: dict[str, Any], finish: str | None = "stop", **facts: Any
) -> Exchange:
    """Return an exchange in which these deltas came to these messages."""
    counts = facts.pop("usage", None)
    body = {"model": "oak", "stream": True, "messages": list(asked)}
    pieces = [event(delta) for delta in deltas]
    if finish:
        pieces += [event({}, finish, **({"usage": counts} if counts else {})), DONE]
    timed = [(0.2 + 0.03 * number, piece) for number, piece in enumerate(pieces)]
    reads = facts.pop("reads", timed)
    return exchange_of(recorded(reads, request_body=json.dumps(body).encode(), **facts))


def refused(asked: tuple[Any, ...], words: str, status: int = 400) -> Exchange:
    """Return an exchange that was refused in these words."""
    said = json.dumps({"error": {"message": words}}).encode()
    return answered(asked, finish=None, status=status, headers=(), reads=[(0.1, said)])


def say(conversation: Conversation, prompt: str, *deltas: dict[str, Any], **facts: Any) -> None:
    """Say something, and have this answered."""
    step = Step("say", prompt)
    exchange = answered(conversation.to_send(step), *deltas or ({"content": "an oak"},), **facts)
    conversation.take(step, exchange)
