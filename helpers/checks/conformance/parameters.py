"""Checks of parameters: whether each one does what it says, or is accepted and ignored.

Before a parameter is said to do nothing, the noise floor is known: the plain request was sent
three times.
"""

from __future__ import annotations

from dataclasses import replace

from ...finding import Conformance
from .check import (
    Result,
    check,
    deviates,
    ignored,
    passed,
    tolerated,
    turned_down,
    unclear,
)
from .plan import LIMIT
from .shots import Shot, Shots, objects

REQUEST = "OpenAI's CreateChatCompletionRequest"
_PLAIN = ("chat", "chat-2", "chat-3")
_OR_REFUSED: tuple[Conformance, ...] = ("pass", "ignored", "refused")
# A server that counts otherwise may be off by one.
_SLACK = 1
# A word is at least a token, so twice as many words are certainly beyond the limit.
_CERTAIN = 2


def repeatable(shots: Shots) -> bool:
    """Whether the plain request gets the same text each time: the noise floor.

    raises:  Lacking where it was not answered
    """
    return len({shots.answered(label).text for label in _PLAIN}) == 1


@check(
    "limit-max-tokens", "parameters", "must", f"max_tokens {LIMIT} ends the answer there",
    core=True, needs=("chat", "max-tokens"), gives=(*_OR_REFUSED, "tolerated"), source=REQUEST,
    why="Accepted without effect, answers cost and take what they like.",
    do="Send max_completion_tokens to this server.",
)  # fmt: skip
def _limit_max_tokens(shots: Shots) -> Result:
    result = _limited(shots, "max-tokens")
    if result.verdict == "refused" and "max_completion_tokens" in result.quote:
        return tolerated(
            "refused: it wants max_completion_tokens", shots["max-tokens"], result.quote
        )
    return result


@check(
    "limit-max-completion-tokens", "parameters", "should",
    f"max_completion_tokens {LIMIT} ends the answer there",
    needs=("chat", "stream", "max-completion-tokens"), gives=(*_OR_REFUSED, "tolerated"),
    source=REQUEST,
    why="Newer clients send only this name: ignored, their answers are without a limit.",
    do="Send max_tokens to this server.",
)  # fmt: skip
def _limit_max_completion_tokens(shots: Shots) -> Result:
    shots.sound_stream()
    return _limited(shots, "max-completion-tokens")


def _limited(shots: Shots, label: str) -> Result:
    """Whether a limit of tokens was kept, told by the usage, the finish reason and the words."""
    shots.answered("chat")
    shot = shots[label]
    if no := turned_down(shot):
        return no
    shot = shots.answered(label)
    counted, words = _completion_tokens(shot), len((shot.text + shot.answer.reasoning).split())
    if (counted or 0) > LIMIT + _SLACK or words > _CERTAIN * LIMIT:
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


def _completion_tokens(shot: Shot) -> int | None:
    return shot.answer.usage.completion_tokens if shot.answer.usage else None


@check(
    "limit-stop-string", "parameters", "must", "the text ends before the stop word",
    core=True, needs=(*_PLAIN, "stop"), gives=(*_OR_REFUSED, "deviates", "tolerated"),
    source=REQUEST,
    why="Agents and parsers rely on it; text goes on past the point where it must end.",
    do="Send stop as a list, or cut the text yourself.",
)  # fmt: skip
def _limit_stop_string(shots: Shots) -> Result:
    shots.answered("chat")
    shot = shots["stop"]
    if no := turned_down(shot):
        return no
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
    "limit-stop-type", "parameters", "should", "stop may be a string, and is one stop word",
    needs=(*_PLAIN, "stop-letters"), gives=("pass", "deviates", "refused"), source=REQUEST,
    why="A server that takes it for a list stops at any of its letters.",
    do="Send stop as a list.",
)  # fmt: skip
def _limit_stop_type(shots: Shots) -> Result:
    shots.answered("chat")
    shot = shots["stop-letters"]
    if no := turned_down(shot):
        return no
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
    needs=(*_PLAIN, "stream", "stop-stream"), gives=("pass", "ignored", "deviates", "refused"),
    source=REQUEST,
    why="Readers see the beginning of a word that should not be there.",
    do="Hold text back while it may begin a stop word.",
)  # fmt: skip
def _limit_stop_stream(shots: Shots) -> Result:
    shots.sound_stream()
    shot = shots["stop-stream"]
    if no := turned_down(shot):
        return no
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


@check(
    "param-temperature", "parameters", "should", "temperature 1 varies what temperature 0 repeats",
    needs=(*_PLAIN, "seed-1"), gives=_OR_REFUSED, source=REQUEST,
    why="Ignored, every answer is the same, or none is repeatable.", do="Set it in the server.",
)  # fmt: skip
def _param_temperature(shots: Shots) -> Result:
    if (refused := _refused_plainly(shots, "temperature")) is not None:
        return refused
    shots.answered("chat")
    if no := turned_down(shots["seed-1"]):
        return _of_this(no, "temperature")
    if not repeatable(shots):
        return unclear("at temperature 0 the answers differ, too", shots["chat-2"])
    # The seed is the same in both: only the temperature can make the difference.
    plain, shot = shots.answered("chat").text, shots.answered("seed-1")
    if shot.text != plain:
        return passed("the same three times at 0, another text at 1", shot, shot.text)
    if len(plain.split()) < LIMIT // 2:
        return unclear("the answer is too short to vary", shot, plain)
    return ignored("the same text at 0 and at 1", shot, plain)


@check(
    "param-seed", "parameters", "feature", "one seed repeats an answer, another one changes it",
    needs=(*_PLAIN, "seed-1", "seed-2", "seed-other"), gives=_OR_REFUSED, source=REQUEST,
    why="Tests that rely on it would differ from run to run.",
    do="Use temperature 0 for answers that repeat.",
)  # fmt: skip
def _param_seed(shots: Shots) -> Result:
    if (refused := _refused_plainly(shots, "seed")) is not None:
        return refused
    shots.answered("chat")
    labels = ("seed-1", "seed-2", "seed-other")
    for label in labels:
        if no := turned_down(shots[label]):
            return _of_this(no, "seed")
    first, again, other = (shots.answered(label).text for label in labels)
    shot = shots["seed-2"]
    if first == again == other:
        return unclear("the answer does not vary, so a seed cannot be seen", shot, first)
    if first == again:
        return passed("the same seed twice, the same text", shot, first)
    if not repeatable(shots):
        return unclear("the answers differ from run to run", shot)
    return ignored("the same seed, two texts", shot, f"{first}\n{again}")


def _of_this(no: Result, name: str) -> Result:
    """A refusal, unclear where it names another parameter than the one in question."""
    if no.verdict == "refused" and name not in no.quote:
        return replace(no, verdict="unclear", came="the request was refused for another reason")
    return no


def _refused_plainly(shots: Shots, name: str) -> Result | None:
    """The refusal of a parameter that even the plain request named."""
    if "chat-refused" not in shots:
        return None
    shot = shots["chat-refused"]
    if name in shot.words and name not in shots["chat"].sent:
        return Result("refused", f"refused with status {shot.status}", shot.words, shot.label)
    return None


@check(
    "param-n", "parameters", "feature", "n: 2 gives two choices, with index 0 and 1",
    needs=("chat", "n"), gives=("pass", "ignored", "refused", "deviates"), source=REQUEST,
    why="One answer where two were paid for, and nothing says so.", do="Send n requests.",
)  # fmt: skip
def _param_n(shots: Shots) -> Result:
    shots.answered("chat")
    shot = shots["n"]
    if no := turned_down(shot):
        return no
    indices = [choice.get("index") for choice in shots.answered("n").choices]
    if len(indices) < 2:
        return ignored("one choice came", shot)
    if sorted(map(str, indices)) != ["0", "1"]:
        return deviates(f"{len(indices)} choices, with the indices {indices[:4]}"[:120], shot)
    return passed("two choices", shot)


@check(
    "logprobs-full", "parameters", "feature", "logprobs for each token: token, logprob, bytes",
    needs=("chat", "logprobs"), gives=("pass", "ignored", "refused", "tolerated", "deviates"),
    source="OpenAI's ChatCompletionTokenLogprob",
    why="Whoever scores answers reads them.", do="Read both shapes, or ask another server.",
)  # fmt: skip
def _logprobs_full(shots: Shots) -> Result:
    shots.answered("chat")
    shot = shots["logprobs"]
    if no := turned_down(shot):
        return no
    shot = shots.answered("logprobs")
    found = shot.choices[0].get("logprobs") if shot.choices else None
    if not found:
        return ignored("logprobs is null, or missing", shot)
    listed = objects(found.get("content")) if isinstance(found, dict) else []
    if not listed:
        return tolerated("another shape than the chat API's", shot, shot.json_of(found))
    if not all(_is_logprob(one) for one in listed):
        return deviates("a token lacks its logprob", shot, shot.json_of(listed[0]))
    joined = "".join(str(one.get("token")) for one in listed)
    if shot.text.strip() and joined.strip() != shot.text.strip():
        return tolerated("the tokens do not add up to the text", shot, joined)
    return passed(f"{len(listed)} tokens", shot, shot.json_of(listed[0]))


def _is_logprob(one: dict[str, object]) -> bool:
    number = one.get("logprob")
    return isinstance(one.get("token"), str) and isinstance(number, int | float)


@check(
    "logprobs-stream", "parameters", "feature", "logprobs come in the stream, too",
    needs=("stream", "logprobs", "logprobs-stream"), gives=("pass", "ignored", "refused"),
    source="OpenAI's CreateChatCompletionStreamResponse",
    why="What reads them in full misses them in a stream.", do="Ask without stream.",
)  # fmt: skip
def _logprobs_stream(shots: Shots) -> Result:
    shots.sound_stream()
    full, shot = shots["logprobs"], shots["logprobs-stream"]
    if no := turned_down(shot):
        return no
    count = 0
    for chunk in shots.streamed("logprobs-stream").chunks:
        for choice in objects(chunk["choices"]):
            found = choice.get("logprobs")
            count += len(objects(found.get("content"))) if isinstance(found, dict) else 0
    if count:
        return passed(f"{count} tokens", shot)
    if full.status == 200 and full.choices and full.choices[0].get("logprobs"):
        return ignored("none came, though the full answer has them", shot)
    return ignored("none came", shot)


@check(
    "param-unknown", "parameters", "feature", "a field nobody knows is passed over, or refused",
    needs=("chat", "unknown-field"), gives=("pass", "tolerated"), source="what servers do",
    why="Where it is refused, one field too many costs every request.",
    do="Send this server only what it knows.",
)  # fmt: skip
def _param_unknown(shots: Shots) -> Result:
    shots.answered("chat")
    shot = shots["unknown-field"]
    if shot.status == 200 and not shot.error:
        return passed("passed over", shot)
    if shot.status in (400, 422):
        return tolerated(f"strict: status {shot.status}", shot, shot.words)
    return unclear(f"status {shot.status}", shot, shot.words)


@check(
    "param-reasoning-effort", "parameters", "feature", "reasoning_effort changes the thinking",
    needs=("chat", "effort"), gives=("pass", "refused"), source=REQUEST,
    why="Thinking costs time and tokens.", do="Look for the server's own switch.",
)  # fmt: skip
def _param_reasoning_effort(shots: Shots) -> Result:
    plain, shot = shots.answered("chat"), shots["effort"]
    if no := turned_down(shot):
        return no
    low, high = _thought(plain), _thought(shot)
    if not (low or high):
        return unclear("accepted; the model does not think, so it cannot be seen", shot)
    if high > 1.5 * low:
        return passed(f"{low} tokens of thought at low, {high} at high", shot)
    return unclear(f"{low} and {high} tokens of thought", shot)


def _thought(shot: Shot) -> int:
    usage = shot.answer.usage
    counted = usage.reasoning_tokens if usage else None
    return counted if counted is not None else len(shot.answer.reasoning.split())
