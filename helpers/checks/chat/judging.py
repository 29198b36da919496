"""Does it hold up in a conversation? What its turns show, and no single answer could."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace
from itertools import pairwise

from ...client.exchange import Exchange
from ...finding import Finding, Level
from ..ask import about_the_call
from .own_message import own_keys
from .prefix_cache import judge_cache
from .turns import Conversation, Turn

QUESTION = "Does it hold up in a conversation?"
_SHORTEST_CONTEXT = 256
TOO_LONG = "prompt-too-long"
# How a short answer arrived says nothing about a conversation; whoever stopped one knows it.
_OF_BREVITY = ("too-short", "too-fast", "too-few-reads", "tool-call-only", "stopped")
_REFUSALS = ("refused-request", "refused-roles", "server-error")


def judge(conversation: Conversation) -> list[Finding]:
    """The findings on a conversation: first whether it held up, then the details."""
    held = [turn for turn in conversation.asked if turn.holds]
    found = [*_failures(conversation), *_own_message(conversation, held)]
    found += [*_context(conversation, held), *judge_cache(conversation, held)]
    names = {finding.name for finding in found}
    beside = [
        *_blemishes(held, names),
        *(about_the_call(held[0].rounds[0].exchange) if held else []),
    ]
    return [_in_a_word(conversation, held, found), *found, *beside]


def _in_a_word(conversation: Conversation, turns: list[Turn], findings: list[Finding]) -> Finding:
    if not conversation.exchanges:
        says = "Nothing was said, so there is nothing to judge."
        return Finding("nothing-said", "unclear", says, do="Say something: await chat.say(…).")
    if failed := next((one for one in findings if one.level == "fail"), None):
        # The first failure answers the question, and is not repeated among the details.
        findings.remove(failed)
        return failed
    if unanswered := _unanswered(conversation, turns, findings):
        return unanswered
    if len(turns) < 2:
        says = "One turn is not a conversation: whether a second one works is unknown."
        return Finding("one-turn", "unclear", says, do="Say something more: await chat.say(…).")
    says = f"It holds up: {len(turns)} turns, and each was answered."
    return Finding("conversation", "pass", says, _grown(turns))


def _unanswered(
    conversation: Conversation, turns: list[Turn], findings: list[Finding]
) -> Finding | None:
    """Why there is no verdict: turns that brought neither a usable answer nor a failure."""
    asked = conversation.asked
    full = [turn for turn in asked if _too_long(turn.exchange)]
    if full and not turns:
        findings[:] = [one for one in findings if one.name != "context-end"]
        return full[0].exchange.findings[0].concerning("turn 1")
    if full and len(turns) < 2:
        findings[:] = [one for one in findings if one.name != "context-end"]
        says = "Only one turn fits into the context: whether a conversation holds up is unknown."
        do = "Say less, or start the server with a longer context."
        return Finding("one-turn", "unclear", says, f"“{full[0].exchange.findings[0].quote}”", do)
    silent = [turn for turn in asked if not turn.holds and not turn.exchange.stopped]
    if (silent := [turn for turn in silent if turn not in full]) and silent[0].exchange.findings:
        why = silent[0].exchange.findings[0]
        says = f"{len(silent)} of {len(asked)} turns brought no answer that could be sent back."
        return Finding("turn-unanswered", "unclear", says, why.says, why.do)
    return None


def _failures(conversation: Conversation) -> Iterator[Finding]:
    """The failed requests, except those of a conversation that became too long."""
    alike: dict[tuple[str, str], tuple[Finding, list[str]]] = {}
    for number, turn in enumerate(conversation.turns, 1):
        for one in turn.rounds:
            if (failed := one.exchange.failure) and not _too_long(one.exchange):
                alike.setdefault((failed.name, failed.quote), (failed, []))[1].append(str(number))
    for failed, numbers in alike.values():
        several = f"turns {', '.join(numbers[:-1])} and {numbers[-1]}"
        yield failed.concerning(several if numbers[1:] else f"turn {numbers[0]}")
    for exchange in conversation.failed:
        if exchange.failure and not _too_long(exchange):
            found = exchange.failure.concerning("asked again")
            if _brings_results(exchange) and found.name in _REFUSALS:
                says = "The server called a function and refuses its result."
                do = (
                    "Its chat template has no place for tool results: try another template, or "
                    "another model."
                )
                found = replace(found, name="tool-result-refused", says=says, do=do)
            # If the answer was already finished, there was nothing to continue.
            yield found.at("remark") if _goes_on(exchange) else found


def _blemishes(turns: list[Turn], known: Set[str]) -> Iterator[Finding]:
    """The flaws of answered turns, each once, with the first turn that shows it.

    A conversation survives them, except a key that is repeated to whoever reads it.

    known:  names of the findings already made on the whole conversation
    """
    seen = {*known}
    for number, turn in enumerate(turns, 1):
        for found in turn.findings:
            worse = found.level != "pass" and found.name not in _OF_BREVITY
            if worse and found.name not in seen:
                seen.add(found.name)
                level: Level = "fail" if found.name == "key-echoed" else "remark"
                yield replace(found, level=level, about=f"turn {number}")


def _own_message(conversation: Conversation, turns: list[Turn]) -> Iterator[Finding]:
    """Whether the server accepts its own message when it is sent back."""
    if refused := conversation.refused:
        keys = ", ".join(own_keys(refused.request.messages))
        if len(turns) > 1:
            yield Finding(
                "own-keys-refused", "remark",
                "The server refuses its own message as it came, but accepts the text alone.",
                f"with {keys}: {refused.findings[0].quote or refused.recording.status}",
                "Send back role and content (and tool_calls) only.",
            )  # fmt: skip
        return
    back = [turn for turn in turns[1:] if _sends_back(turn)]
    if back:
        sent = own_keys(back[-1].rounds[0].exchange.request.messages)
        beside = f"with its own keys {', '.join(sent)}" if sent else "role and content"
        says = "The server accepts its own messages back."
        yield Finding("own-message", "pass", says, beside)


def _sends_back(turn: Turn) -> bool:
    messages = turn.rounds[0].exchange.request.messages
    return any(message.get("role") == "assistant" for message in messages)


def _context(conversation: Conversation, turns: list[Turn]) -> Iterator[Finding]:
    """Where the context ended, if it did, and whether the server said so."""
    if full := next(filter(_too_long, conversation.exchanges), None):
        first = full.findings[0]
        most = max((turn.prompt_tokens or 0 for turn in turns), default=0)
        yield Finding(
            "context-end", "remark", "The conversation became longer than the context, and the "
            "server says so.", f"“{first.quote}”; the longest prompt taken: {most:,} tokens",
            "Leave out the oldest turns, or start the server with a longer context.",
        )  # fmt: skip
    for before, after in pairwise(turns):
        old, new = before.prompt_tokens, after.prompt_tokens
        if old and new and new <= old and _longer(before, after):
            yield _cut(old, new)
            return


def _cut(old: int, new: int) -> Finding:
    """What a prompt that does not grow may mean; no context is as short as a few sentences."""
    evidence = f"{old:,} and then {new:,} tokens"
    if old < _SHORTEST_CONTEXT:
        return Finding(
            "history-unread", "unclear", "The prompt did not grow, although more was said: the "
            "server may read only the last message, or miscount.", evidence,
            "Ask it what you said before. A gateway that passes on the last message alone does "
            "this.",
        )  # fmt: skip
    return Finding(
        "context-cut", "unclear", "The prompt stopped growing, although more was said: the "
        "beginning of the conversation may be cut off silently.", evidence,
        "await chat.find_context_end() looks for it. Ollama: OLLAMA_CONTEXT_LENGTH.",
    )  # fmt: skip


def _goes_on(exchange: Exchange) -> bool:
    messages = exchange.request.messages
    return bool(messages) and messages[-1].get("role") == "assistant"


def _brings_results(exchange: Exchange) -> bool:
    """Whether the request ends with a function's result, in any API's form."""
    last = exchange.request.messages[-1] if exchange.request.messages else {}
    content = last.get("content")
    first = content[0] if isinstance(content, list) and content else {}
    kinds = (last.get("role"), last.get("type"), isinstance(first, dict) and first.get("type"))
    return not {"tool", "function_call_output", "tool_result"}.isdisjoint(kinds)


def _longer(before: Turn, after: Turn) -> bool:
    """Whether the later request holds all of the earlier one and more."""
    old, new = (turn.rounds[0].exchange.request.messages for turn in (before, after))
    return len(new) > len(old) and new[: len(old)] == old


def _grown(turns: list[Turn]) -> str:
    first, last = turns[0].prompt_tokens, turns[-1].prompt_tokens
    if not first or not last:
        return "prompt tokens not counted"
    if last <= first:
        return f"the prompt did not grow: {first:,} tokens, then {last:,}"
    return f"the prompt grew from {first:,} to {last:,} tokens"


def _too_long(exchange: Exchange) -> bool:
    return bool(exchange.findings) and exchange.findings[0].name == TOO_LONG
