"""Does the system prompt still hold after ten turns? Asked beside a conversation.

Only the letters are checked: every answer is to begin with one word. A model that does not follow
this in the first turn shows nothing about the tenth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...client.chat import ask
from ...client.exchange import Exchange
from ...finding import Finding, Level
from ...wire.request import Request, chat
from .trying import Experiment
from .turns import Conversation, Step, prompt_tokens

TURNS = 10
WORD = "QUERCUS"
SYSTEM = f"Begin every answer with the word {WORD}, whatever is asked."
QUESTION = "Name a tree."
BETWEEN = ("And another one.", "Is it tall?", "Where does it grow?", "What is its wood good for?")
# Enough for the word and a few more; not every server counts reasoning in this limit.
ANSWER_TOKENS = 48


async def system_prompt_holds(exchange: Exchange, *, turns: int = TURNS) -> Experiment:
    """The same question in the first and the last turn, under an instruction that can be checked.

    exchange:  gives the endpoint, the API and whether to stream
    turns:     how many, two at least
    """
    if exchange.conclusive:
        return Experiment((), exchange.findings[0])
    conversation, last = Conversation(), max(2, turns)
    found, number = None, 0
    while found is None:
        number += 1
        prompt = QUESTION if number in (1, last) else BETWEEN[number % len(BETWEEN)]
        step = Step("say", prompt)
        asked = await ask(exchange.endpoint, _request(exchange, conversation, step), forgiving=True)
        conversation.take(step, asked)
        tried = [turn.exchange for turn in conversation.turns]
        found = _judged(tried, number, last)
    return Experiment((*tried,), found)


def _request(exchange: Exchange, conversation: Conversation, step: Step) -> Request:
    """The request of a turn: like the conversation's own, with another system prompt."""
    asked = exchange.request
    request = chat(
        conversation.to_send(step), model=asked.model, stream=asked.streamed, api=asked.api,
        system=SYSTEM, max_tokens=ANSWER_TOKENS, temperature=0,
    )  # fmt: skip
    return replace(request, headers={**request.headers, **asked.headers})


def _judged(tried: Sequence[Exchange], number: int, last: int) -> Finding | None:
    """What a turn shows; None if the next one is to be asked."""
    first, now = tried[0], tried[-1]
    if now.failure:
        says = f"Whether the system prompt holds is unclear: turn {number} was not answered."
        return _holds("unclear", says, str(now.failure))
    if not _follows(first):
        do = "Ask a model that follows instructions."
        if first.endpoint.built_in:
            says = "The built-in model follows no instruction: it shows nothing of a system prompt."
            return _holds("pass", says, _seen(first), do)
        says = "Whether the system prompt holds is unclear: the model does not follow it at all."
        return _holds("unclear", says, _seen(first), do)
    if number < last:
        return None
    if _follows(now):
        return _holds("pass", f"The system prompt still holds after {last} turns.", _seen(now))
    old, new = (prompt_tokens(one) for one in (tried[-2], now))
    if old and new and new <= old:
        says = f"The system prompt is lost by turn {last}, and the prompt has stopped growing."
        do = "The beginning is cut off silently: await chat.find_context_end()."
        return _holds("remark", says, f"{old:,} and then {new:,} tokens; {_seen(now)}", do)
    says = f"In turn {last} the model no longer does what the system prompt says."
    do = (
        "It was sent along and the prompt kept growing, so the model did that: repeat it in the "
        "prompt."
    )
    return _holds("remark", says, _seen(now), do)


def _follows(exchange: Exchange) -> bool:
    return exchange.text.lstrip(" \n\t*_\"'“#").upper().startswith(WORD)


def _seen(exchange: Exchange) -> str:
    return f"to begin with {WORD}; got “{' '.join(exchange.text.split())[:60]}”"


def _holds(level: Level, says: str, evidence: str, do: str = "") -> Finding:
    return Finding("system-prompt", level, says, evidence, do, about="system")
