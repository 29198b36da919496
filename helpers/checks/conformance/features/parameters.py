"""Checks of parameters: whether each does what it says, or is accepted and ignored."""

from __future__ import annotations

from dataclasses import replace

from ....wire.parsing import objects
from ....wording import counted
from ...logprobs import judge_logprobs, tokens_of
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
from .limits import OR_REFUSED, PLAIN, REQUEST, repeatable
from .streaming import choices_of


@check(
    "param-temperature", "parameters", "should", "temperature 1 varies what temperature 0 repeats",
    needs=(*PLAIN, "seed-1"), gives=OR_REFUSED, source=REQUEST,
    why="If it is ignored, every answer is the same, or none can be repeated.",
    do="Set it in the server.",
)  # fmt: skip
def _param_temperature(shots: Shots) -> Result:
    if (refused := _refused_plainly(shots, "temperature")) is not None:
        return refused
    shots.answered("chat")
    if no := turned_down(shots["seed-1"]):
        return _of_this(no, "temperature")
    if not repeatable(shots):
        return unclear("at temperature 0 the answers differ, too", shots["chat-2"])
    # The seed is the same in both, so only the temperature can make the difference.
    plain, shot = shots.answered("chat").text, shots.answered("seed-1")
    if shot.text != plain:
        return passed("the same three times at 0, another text at 1", shot, shot.text)
    if len(plain.split()) < LIMIT // 2:
        return unclear("the answer is too short to vary", shot, plain)
    return ignored("the same text at 0 and at 1", shot, plain)


@check(
    "param-seed", "parameters", "feature", "one seed repeats an answer, another one changes it",
    needs=(*PLAIN, "seed-1", "seed-2", "seed-other"), gives=OR_REFUSED, source=REQUEST,
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
    """A refusal; unclear if it does not name the parameter in question."""
    if no.verdict == "refused" and name not in no.quote:
        return replace(no, verdict="unclear", came="the request was refused for another reason")
    return no


def _refused_plainly(shots: Shots, name: str) -> Result | None:
    """The refusal of a parameter that was already refused in the plain request."""
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
    shot = beside_chat(shots, "n")
    indices = [choice.get("index") for choice in shots.answered("n").choices]
    if len(indices) < 2:
        return ignored("one choice came", shot)
    if sorted(map(str, indices)) != ["0", "1"] and set(indices) != {0, 1}:
        return deviates(f"{len(indices)} choices, with the indices {indices[:4]}"[:120], shot)
    return passed("two choices", shot)


@check(
    "param-logit-bias", "parameters", "feature", "logit_bias 100 leaves only one token to write",
    needs=(*PLAIN, "logit-bias"), gives=OR_REFUSED, source=REQUEST,
    why="Programs forbid words with it, or force a yes or a no.",
    do="Force words with response_format and an enum.",
)  # fmt: skip
def _param_logit_bias(shots: Shots) -> Result:
    beside_chat(shots, "logit-bias")
    shot, plain = shots.answered("logit-bias"), shots.answered("chat")
    if not repeatable(shots):
        return unclear("the answers differ from run to run", shot)
    if not shot.text.strip():
        return unclear("no text came", shot)
    if plain.text.startswith(shot.text):
        return ignored("the same text as without it", shot, shot.text)
    return passed("a different text from the one without it", shot, shot.text)


@check(
    "logprobs-full", "parameters", "feature", "logprobs for each token: token, logprob, bytes",
    needs=("chat", "logprobs"), gives=("pass", "ignored", "refused", "tolerated", "deviates"),
    source="OpenAI's ChatCompletionTokenLogprob",
    why="Programs that score answers read them.", do="Read both shapes, or ask another server.",
)  # fmt: skip
def _logprobs_full(shots: Shots) -> Result:
    beside_chat(shots, "logprobs")
    shot = shots.answered("logprobs")
    found = shot.choices[0].get("logprobs") if shot.choices else None
    if not found:
        return ignored("logprobs is null, or missing", shot)
    listed = objects(found.get("content")) if isinstance(found, dict) else []
    if not listed:
        return tolerated("not in the chat API's shape", shot, shot.json_of(found))
    if not all(_is_logprob(one) for one in listed):
        return deviates("a token lacks its logprob", shot, shot.json_of(listed[0]))
    finding = judge_logprobs(shot.reading, tokens_of(shot.reading))
    if finding.name == "logprobs-over-one":
        return deviates("a logprob is above 0: not a probability", shot, shot.json_of(listed[0]))
    # White space around the text is left to the check text-whitespace.
    joined = "".join(str(one.get("token")) for one in listed)
    if finding.name == "logprobs-other-text" and joined.strip() != shot.text.strip():
        return tolerated("the tokens do not add up to the text", shot, finding.evidence)
    if not any(objects(one.get("top_logprobs")) for one in listed):
        return tolerated("top_logprobs are missing", shot, shot.json_of(listed[0]))
    return passed(f"{counted(len(listed), 'token')}", shot, shot.json_of(listed[0]))


def _is_logprob(one: dict[str, object]) -> bool:
    number = one.get("logprob")
    return isinstance(one.get("token"), str) and isinstance(number, int | float)


@check(
    "logprobs-stream", "parameters", "feature", "logprobs come in the stream, too",
    needs=("stream", "logprobs", "logprobs-stream"),
    gives=("pass", "tolerated", "ignored", "refused"),
    source="OpenAI's CreateChatCompletionStreamResponse",
    why="A program that reads them in full misses them in a stream.", do="Ask without stream.",
)  # fmt: skip
def _logprobs_stream(shots: Shots) -> Result:
    shots.sound_stream()
    full, shot = shots["logprobs"], granted(shots["logprobs-stream"])
    choices = choices_of(shots.streamed("logprobs-stream"))
    found = [one["logprobs"] for one in choices if one.get("logprobs") is not None]
    listed = [objects(one.get("content")) for one in found if isinstance(one, dict)]
    if count := sum(map(len, listed)):
        return passed(f"{counted(count, 'token')}", shot)
    if any(found):
        return tolerated("not in the chat API's shape", shot, shot.json_of(found[:2]))
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
    plain, shot = shots.answered("chat"), granted(shots["effort"])
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
