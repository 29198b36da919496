"""Checks of what ends an answer: token limits and stop words.

A parameter is only called ignored against a known noise floor: the plain request is sent three
times.
"""

from __future__ import annotations

from ....finding import Conformance
from ..check import (
    Result,
    beside_chat,
    check,
    deviates,
    granted,
    ignored,
    passed,
    tolerated,
    turned_down,
    unclear,
)
from ..plan.step import LIMIT
from ..shots import Shot, Shots

REQUEST = "OpenAI's CreateChatCompletionRequest"
PLAIN = ("chat", "chat-2", "chat-3")
OR_REFUSED: tuple[Conformance, ...] = ("pass", "ignored", "refused")
# Servers that count differently may be off by one.
_SLACK = 1
# A word is at least one token, so twice as many words are certainly beyond the limit.
_CERTAIN = 2


def repeatable(shots: Shots) -> bool:
    """Whether the plain request gets the same text each time: the noise floor.

    raises:  Lacking if it was not answered
    """
    return len({shots.answered(label).text for label in PLAIN}) == 1


@check(
    "limit-max-tokens", "parameters", "must", f"max_tokens {LIMIT} ends the answer there",
    core=True, needs=("chat", "max-tokens"), gives=(*OR_REFUSED, "tolerated"), source=REQUEST,
    why="If it has no effect, answers cost and take as much as they like.",
    do="Try max_completion_tokens; where that does nothing either, stop the stream yourself.",
)  # fmt: skip
def _limit_max_tokens(shots: Shots) -> Result:
    shot = shots["max-tokens"]
    no = turned_down(shot)
    if no and no.verdict == "refused" and "max_completion_tokens" in no.quote:
        return tolerated("refused: it wants max_completion_tokens", shot, no.quote)
    return _limited(shots, "max-tokens")


@check(
    "limit-max-completion-tokens", "parameters", "should",
    f"max_completion_tokens {LIMIT} ends the answer there",
    needs=("chat", "stream", "max-completion-tokens"), gives=(*OR_REFUSED, "tolerated"),
    source=REQUEST,
    why="Newer clients send only this name: if it is ignored, their answers have no limit.",
    do="Send max_tokens to this server.",
)  # fmt: skip
def _limit_max_completion_tokens(shots: Shots) -> Result:
    shots.sound_stream()
    return _limited(shots, "max-completion-tokens")


def _limited(shots: Shots, label: str) -> Result:
    """Whether a token limit was kept, judged by the usage, the finish reason and the words."""
    beside_chat(shots, label)
    shot = shots.answered(label)
    counted, words = _completion_tokens(shot), len((shot.text + shot.answer.reasoning).split())
    if (counted or 0) > LIMIT + _SLACK or words > _CERTAIN * LIMIT:
        if len(shot.text.split()) <= _CERTAIN * LIMIT and _shortened(shots, shot):
            over = (counted or 0) > LIMIT + _SLACK
            why = f"though {counted} tokens are counted then" if over else "not the thoughts"
            return tolerated(f"it cut the answer, {why}", shot, shot.text)
        came = f"{counted} tokens came" if counted else f"{words} words came"
        return ignored(came, shot, shot.text)
    if shot.cut_by_length:
        came = f"{words} words" if counted is None else f"{counted} tokens"
        return passed(f"{came}, then finish_reason length", shot)
    plain = shots.answered("chat")
    if not shot.answer.finish_reason:
        return unclear("the answer has no finish reason", shot, shot.text)
    if plain.text.startswith(shot.text) and len(plain.text) > len(shot.text) and repeatable(shots):
        reason = shot.answer.finish_reason
        return tolerated(f"it was cut, but finish_reason says {reason}"[:120], shot)
    return unclear("the answer ended by itself before the limit", shot, shot.text)


def _shortened(shots: Shots, shot: Shot) -> bool:
    """Whether a limit ended the answer earlier than the plain one, whose limit is twice as high."""
    plain = shots.answered("chat")
    counts = _completion_tokens(shot), _completion_tokens(plain)
    fewer = None not in counts and (counts[0] or 0) + LIMIT // 2 <= (counts[1] or 0)
    return fewer and shot.cut_by_length and len(shot.text) < len(plain.text)


def _completion_tokens(shot: Shot) -> int | None:
    return shot.answer.usage.completion_tokens if shot.answer.usage else None


@check(
    "limit-stop-string", "parameters", "must", "the text ends before the stop word",
    core=True, needs=(*PLAIN, "stop"), gives=(*OR_REFUSED, "deviates", "tolerated"),
    source=REQUEST,
    why="Agents and parsers rely on it; text goes on past the point where it must end.",
    do="Send stop as a list, or cut the text yourself.",
)  # fmt: skip
def _limit_stop_string(shots: Shots) -> Result:
    beside_chat(shots, "stop")
    shot, plain = shots.answered("stop"), shots.answered("chat")
    word = str(shot.sent.get("stop"))
    if shot.text.rstrip().endswith(word):
        return deviates(f"the stop word {word!r} is left in", shot, shot.text)
    if word in shot.text:
        return ignored(f"the text goes on after {word!r}", shot, shot.text)
    if word not in plain.text or not repeatable(shots):
        return unclear("the answers differ from run to run", shot, shot.text)
    if not plain.text.startswith(shot.text) or shot.text == plain.text:
        return unclear("another text came, without the word", shot, shot.text)
    if len(shot.text) + 1 < plain.text.index(word):
        return unclear("it ended long before the word; limit-stop-type says why", shot, shot.text)
    if shot.answer.finish_reason not in ("stop", None):
        return tolerated("it ends there, but finish_reason is another", shot, shot.text)
    return passed(f"it ends before {word!r}", shot, shot.text)


@check(
    "limit-stop-list", "parameters", "should", "any of several stop words ends the text",
    needs=("chat", "stop", "stop-list"), gives=OR_REFUSED, source=REQUEST,
    why="Agents send several; text goes on past all but one of them.",
    do="Send the one that matters, and cut the text at the others yourself.",
)  # fmt: skip
def _limit_stop_list(shots: Shots) -> Result:
    beside_chat(shots, "stop-list")
    shot, alone = shots.answered("stop-list"), shots.answered("stop")
    word = str([*shot.sent.get("stop", ()), ""][1])
    if word in alone.text:
        raise shots.lacking("a stop word alone does not end the text either")
    if word in shot.text:
        return ignored(f"the text goes on after {word!r}, the second of two", shot, shot.text)
    if shot.text.strip() != alone.text.strip():
        return unclear("the answers differ from run to run", shot, shot.text)
    return passed(f"it ends before {word!r}, the second of two", shot, shot.text)


@check(
    "limit-stop-type", "parameters", "should", "stop may be a string, and is one stop word",
    needs=(*PLAIN, "stop-letters"), gives=("pass", "deviates", "refused"), source=REQUEST,
    why="A server that takes it for a list stops at any of its letters.",
    do="Send stop as a list.",
)  # fmt: skip
def _limit_stop_type(shots: Shots) -> Result:
    beside_chat(shots, "stop-letters")
    shot, plain = shots.answered("stop-letters"), shots.answered("chat")
    if not repeatable(shots):
        return unclear("the answers differ from run to run", shot)
    if shot.text == plain.text:
        return passed("a string that does not come changes nothing", shot)
    if plain.text.startswith(shot.text):
        stop = shot.sent.get("stop")
        return deviates(f"it ended early, though {stop!r} does not come", shot, shot.text)
    return unclear("another text came", shot, shot.text)


@check(
    "limit-stop-stream", "parameters", "should", "no piece of the stop word is streamed",
    needs=(*PLAIN, "stream", "stop-stream"), gives=("pass", "ignored", "deviates", "refused"),
    source=REQUEST,
    why="Readers see the beginning of a word that should not be there.",
    do="Hold text back while it may begin a stop word.",
)  # fmt: skip
def _limit_stop_stream(shots: Shots) -> Result:
    shots.sound_stream()
    granted(shots["stop-stream"])
    shot, plain = shots.answered("stop-stream"), shots.answered("chat")
    word = str(shot.sent.get("stop"))
    if word in shot.text:
        left_in = shot.text.rstrip().endswith(word)
        return (deviates if left_in else ignored)(f"{word!r} came", shot, shot.text)
    if word not in plain.text or not repeatable(shots):
        return unclear("the answers differ from run to run", shot, shot.text)
    before = plain.text[: plain.text.index(word)]
    if shot.text.startswith(before) and shot.text != before:
        piece = shot.text[len(before) :]
        if word.startswith(piece.strip()) and len(piece.strip()) > 1:
            return deviates(f"{piece!r}, a piece of {word!r}, came", shot, shot.text)
        return unclear("another text came", shot, shot.text)
    if shot.text.rstrip() == before.rstrip():
        return passed(f"nothing of {word!r} came", shot)
    return unclear("another text came", shot, shot.text)
