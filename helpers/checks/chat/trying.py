"""Asked beside a conversation, which stays as it is: Stop and Continue, and the context's end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ...client.chat import ask
from ...client.exchange import Exchange
from ...client.models import ModelList, entries
from ...escaping import for_terminal
from ...finding import Finding
from ...wire.parsing import as_object
from ...wire.request import Request
from ..conformance.plan.long_prompts import FIRST, LAST, SLOW_S, long_prompt
from ..stopping import closed_early
from .judging import TOO_LONG
from .own_message import Message, assistant_message
from .turns import prompt_tokens

# The fields for the longest prompt in servers' lists of models.
_PLACES = ("max_model_len", "n_ctx", "context_length", "max_context_length", "context_window")
STOP_AFTER, ENOUGH = 12, 12
MORE_TOKENS = 24
SHORTEST, LONGEST = 400, 13_000
ANSWER_TOKENS = 16
# If doubling the words raises the count by less than a twentieth, the prompt has stopped growing.
_STANDS_STILL = 1.05


@dataclass(frozen=True)
class Experiment:
    """The exchanges of an experiment, and what it shows."""

    exchanges: tuple[Exchange, ...]
    finding: Finding

    def __repr__(self) -> str:
        return for_terminal(str(self.finding))


def context_of(models: ModelList | None, model: str) -> int | None:
    """A model's context length in tokens, from the list of models; None if it doesn't say."""
    listed = entries(models.recording) if models and models.names else []
    entry = next((one for one in listed if one["id"] == model), None)
    if entry is None:
        return None
    places: dict[str, Any] = {**entry, **as_object(entry.get("meta"))}
    found = (places.get(name) for name in _PLACES)
    return next((size for size in found if type(size) is int and size > 0), None)


async def stop_and_go_on(exchange: Exchange) -> Experiment:
    """An answer stopped after a few chunks, and the response to a request to continue it.

    exchange:  gives the endpoint and the request
    """
    if exchange.conclusive:
        return Experiment((), exchange.findings[0])
    first = await closed_early(
        exchange.endpoint, exchange.request.as_stream(True), after=STOP_AFTER
    )
    if len(first.text) < ENOUGH or first.answer.finish_reason:
        says = "Whether an answer can be continued is unclear: it was over, or hardly begun."
        return Experiment((first,), _going_on("unclear", says, "", "Ask for a longer answer."))
    messages = (*exchange.request.messages, _typed(exchange.request, assistant_message(first.text)))
    shorter = exchange.request.without("max_tokens", max_tokens=MORE_TOKENS)
    more = await ask(exchange.endpoint, replace(shorter, messages=messages))
    return Experiment((first, more), _how_it_went_on(first.text, more))


def _how_it_went_on(begun: str, more: Exchange) -> Finding:
    evidence = f"stopped after “{begun[-40:]}”, then came “{more.text[:40]}”"
    if more.failure and more.conclusive:
        says = "A stopped answer cannot be continued: the server refuses its own beginning."
        do = "Say “go on” as a new turn instead."
        return _going_on("remark", says, more.failure.quote or more.failure.says, do)
    if not more.text.strip():
        says = "Whether an answer can be continued is unclear: nothing more came."
        return _going_on("unclear", says, evidence, "Ask for a longer answer.")
    if more.text.lstrip().startswith(begun.strip()[:ENOUGH]):
        says = "The server starts over where it should continue: a stopped answer comes twice."
        do = "vLLM: continue_final_message and add_generation_prompt false. Or say “go on”."
        return _going_on("remark", says, evidence, do)
    if not _joins(begun, more.text):
        says = "Whether a stopped answer continues is unclear: what came may be a new beginning."
        return _going_on("unclear", says, evidence, "Ask with temperature=0 to see.")
    return _going_on("pass", "Stop and Continue work: a stopped answer continues.", evidence, "")


def _joins(begun: str, more: str) -> bool:
    """Whether the continuation can be mid-sentence, if the beginning breaks off there."""
    ended = begun.rstrip(" ")[-1:] in ("\n", ".", "!", "?", ":")
    return ended or not more[0].isupper()


def _going_on(level: Any, says: str, evidence: str, do: str) -> Finding:
    return Finding("stop-and-continue", level, says, evidence, do, about="stop")


async def context_end(exchange: Exchange, context: int | None, *, deep: bool = False) -> Experiment:
    """Longer and longer prompts, doubled until one is refused, cut, or long enough.

    exchange:  gives the endpoint
    context:   the length that the server claims; None if unknown
    deep:      also asks a public address with a key, where the prompts may cost money
    """
    endpoint = exchange.endpoint
    if exchange.conclusive:
        return Experiment((), exchange.findings[0])
    if endpoint.api_key_env and not endpoint.near and not deep:
        says = "Where the context ends was not asked: long prompts may cost money here."
        return Experiment((), _ends("unclear", says, do="Ask with deep=True."))
    taken: list[Exchange] = []
    words = SHORTEST
    while words <= LONGEST:
        asked = await ask(endpoint, _long(exchange.request, words))
        if asked.failure or not asked.usage:
            return Experiment((*taken, asked), _where_it_ended(taken, asked, words, context))
        if taken and _stands_still(taken[-1], asked):
            return Experiment((*taken, asked), _how_it_was_cut(asked))
        taken.append(asked)
        if (asked.recording.end_s or 0.0) > SLOW_S:
            break
        words *= 2
    most = (prompt_tokens(taken[-1]) or 0) if taken else 0
    says = f"The context holds at least {most:,} tokens; a longer prompt was not tried."
    return Experiment(tuple(taken), _ends("pass", says, _promised(context)))


def _long(request: Request, words: int) -> Request:
    message = _typed(request, {"role": "user", "content": long_prompt(words, nonce=words)})
    return replace(
        request.as_stream(False).without("max_tokens", max_tokens=ANSWER_TOKENS),
        messages=(message,),
    )


def _typed(request: Request, message: Message) -> Message:
    """A message in the form of the request's API."""
    return {"type": "message", **message} if request.api == "responses" else message


def _where_it_ended(
    exchanges: list[Exchange], exchange: Exchange, words: int, context: int | None
) -> Finding:
    most = (prompt_tokens(exchanges[-1]) or 0) if exchanges else 0
    first = exchange.findings[0]
    if first.name == TOO_LONG:
        says = f"The context ends after {most:,} tokens that were taken, and the server says so."
        return _ends("pass", says, " · ".join(filter(None, (first.quote, _promised(context)))))
    if exchange.failure:
        says = f"A prompt of {words:,} words failed, but not for its length."
        return _ends("remark", says, str(first))
    says = "Where the context ends is unclear: the tokens of the prompts are not counted."
    return _ends("unclear", says)


def _stands_still(before: Exchange, after: Exchange) -> bool:
    old, new = (prompt_tokens(one) for one in (before, after))
    return bool(old and new and new < _STANDS_STILL * old)


def _how_it_was_cut(exchange: Exchange) -> Finding:
    """Cut needs both: a prompt that no longer grows, and its first word lost but not its last."""
    count = prompt_tokens(exchange) or 0
    if FIRST not in exchange.text and LAST in exchange.text:
        says = f"A prompt that does not fit is cut silently at {count:,} tokens."
        do = "Ollama: OLLAMA_CONTEXT_LENGTH, or num_ctx in a Modelfile."
        return _ends(
            "fail", says, f"its first word is lost, its last one found: {exchange.text}", do
        )
    says = f"Prompts stop growing at {count:,} tokens; the model does not tell what it read."
    return _ends("unclear", says)


def _promised(context: int | None) -> str:
    return f"its list of models says {context:,}" if context else ""


def _ends(level: Any, says: str, evidence: str = "", do: str = "") -> Finding:
    return Finding("context-end", level, says, evidence, do, about="context")
