"""Checks of the token counts: absent is not zero, and two counts of one thing must agree."""

from __future__ import annotations

from ....wire.parsing import objects
from ....wording import counted
from ..check import Result, check, deviates, granted, ignored, passed, tolerated, unclear
from ..shots import Shot, Shots

USAGE = "OpenAI's CompletionUsage"
OPTIONS = "OpenAI's ChatCompletionStreamOptions"
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


@check(
    "usage-present", "usage", "should", "usage with three counts",
    needs=("chat",), gives=("pass", "absent", "tolerated", "deviates"), source=USAGE,
    why="Cost and speed are counted from it.", do="Count with a tokenizer of your own, and say so.",
)  # fmt: skip
def _usage_present(shots: Shots) -> Result:
    shot = shots.answered("chat")
    usage = shot.usage
    if not usage or all(usage.get(name) is None for name in _COUNTS):
        return Result("absent", "no usage", label=shot.label)
    odd = [name for name in _COUNTS if type(usage.get(name)) not in (int, float, type(None))]
    if odd:
        return deviates(f"no numbers: {', '.join(odd)}", shot, shot.json_of(usage))
    lacking = [name for name in _COUNTS if usage.get(name) is None]
    if lacking:
        return tolerated(f"missing: {', '.join(lacking)}", shot, shot.json_of(usage))
    return passed("three counts", shot, shot.json_of(usage))


@check(
    "usage-sum", "usage", "should", "total = prompt + completion, and neither is 0",
    needs=("chat",), gives=("pass", "tolerated", "deviates"), source=USAGE,
    why="Numbers that do not add up are no basis for a bill.",
    do="Do not compute rates from these numbers.",
)  # fmt: skip
def _usage_sum(shots: Shots) -> Result:
    shot = shots.answered("chat")
    prompt, completion, total, thought = _counts(shot)
    if prompt is None or completion is None or total is None:
        return unclear("not all counts came", shot)
    quote = shot.json_of(shot.usage)
    if total == prompt + completion:
        if prompt and completion:
            return passed(f"{prompt} + {completion} = {total}", shot, quote)
        zero = "prompt" if not prompt else "completion"
        return deviates(f"{zero}_tokens is 0", shot, quote)
    if total == prompt + completion + (thought or 0):
        return tolerated("reasoning is counted outside of completion_tokens", shot, quote)
    if thought is None and total > prompt + completion:
        # Gemini's layer counts reasoning like this, and a model may well reason unseen.
        came = f"{total - prompt - completion} tokens are in the total alone, as unseen thoughts"
        return tolerated(came, shot, quote)
    return deviates(f"{prompt} + {completion} is not {total}", shot, quote)


@check(
    "usage-final-chunk", "usage", "should", "include_usage gives one last chunk with the counts",
    needs=("stream", "stream-usage"), gives=("pass", "tolerated", "ignored", "refused"),
    source=OPTIONS,
    why="Streams cannot be billed or timed in tokens without it.",
    do="Read usage from any chunk; ask for it only where it is taken.",
)  # fmt: skip
def _usage_final_chunk(shots: Shots) -> Result:
    shots.sound_stream()
    shot = granted(shots["stream-usage"])
    chunks = shots.streamed("stream-usage").chunks
    counted = [chunk for chunk in chunks if isinstance(chunk.get("usage"), dict)]
    if not counted:
        if shot.answer.usage:
            return tolerated("the counts are in another place", shot, shot.json_of(shot.usage))
        return ignored("no chunk holds any", shot)
    if len(counted) > 1:
        return tolerated(f"{len(counted)} chunks hold some", shot, shot.json_of(counted[-1]))
    if counted[0]["choices"]:
        return tolerated("they are beside a choice", shot, shot.json_of(counted[0]))
    if counted[0] is not chunks[-1]:
        return tolerated("their chunk is not the last one", shot, shot.json_of(counted[0]))
    return passed("one chunk, the last one", shot, shot.json_of(counted[0]))


@check(
    "usage-not-unasked", "usage", "feature", "no counts in a stream that did not ask for them",
    needs=("stream",), gives=("pass", "tolerated"), source=OPTIONS,
    why="Clients that add up what comes count twice.", do="Take the last one, do not add them up.",
)  # fmt: skip
def _usage_not_unasked(shots: Shots) -> Result:
    shot = shots.streamed("stream")
    counted = sum(isinstance(chunk.get("usage"), dict) for chunk in shot.chunks)
    if counted:
        return tolerated(f"{counted} of {len(shot.chunks)} chunks hold some", shot)
    return passed("none", shot)


@check(
    "usage-stream-equals-full", "usage", "should", "the same counts streamed and in full",
    needs=("chat", "stream-usage"), gives=("pass", "tolerated", "deviates"), source=USAGE,
    why="Where they differ, one of them is an estimate.", do="Trust the full answer's.",
)  # fmt: skip
def _usage_stream_equals_full(shots: Shots) -> Result:
    full, shot = shots.answered("chat"), shots.answered("stream-usage")
    one, other = _counts(full), _counts(shot)
    if one[0] is None or other[0] is None:
        return unclear("one of them does not count", shot)
    quote = f"{full.json_of(full.usage)}\n{shot.json_of(shot.usage)}"
    if abs(one[0] - other[0]) > 1:
        return deviates(f"{one[0]} and {other[0]} tokens for one prompt", shot, quote)
    if full.text == shot.text and one[1] is not None and other[1] is not None:
        if apart := abs(one[1] - other[1]):
            # One may be the end-of-turn token, which no text shows.
            came = f"{one[1]} and {other[1]} tokens for one text"
            return (deviates if apart > 1 else tolerated)(came, shot, quote)
    elif one[1] != other[1]:
        return unclear("the texts differ, and so do their counts", shot, quote)
    if one[0] != other[0]:
        return tolerated(f"{one[0]} and {other[0]} tokens for one prompt", shot, quote)
    return passed("the same", shot, quote)


@check(
    "usage-grows", "usage", "should", "a longer prompt counts more tokens",
    needs=("chat", "turns"), gives=("pass", "deviates"), source=USAGE,
    why="A count that does not move counts something else.", do="Count the prompt in the server.",
)  # fmt: skip
def _usage_grows(shots: Shots) -> Result:
    short, shot = shots.answered("chat"), shots.answered("turns")
    one, other = _counts(short)[0], _counts(shot)[0]
    if not one or not other:
        return unclear("the prompt is not counted", shot)
    if other > one:
        return passed(f"{one} tokens, then {other}", shot)
    return deviates(f"{one} tokens, then {other} for two turns more", shot)


@check(
    "usage-counts-tokens", "usage", "feature", "completion_tokens are as many as logprobs came",
    needs=("logprobs",), gives=("pass", "tolerated"), source=USAGE,
    why="It tells whether tokens are counted, or pieces.", do="Count with a tokenizer of your own.",
)  # fmt: skip
def _usage_counts_tokens(shots: Shots) -> Result:
    shot = shots.answered("logprobs")
    found = shot.choices[0].get("logprobs") if shot.choices else None
    tokens = len(objects(found.get("content"))) if isinstance(found, dict) else 0
    counted, thought = _counts(shot)[1], _counts(shot)[3] or 0
    if not tokens or counted is None:
        return unclear("no logprobs, or no count, to compare", shot)
    # Some servers count reasoning, which has no logprobs; some do not.
    if min(abs(tokens - counted), abs(tokens + thought - counted)) <= 1:
        return passed(f"{tokens} logprobs, {counted} tokens", shot)
    return tolerated(f"{tokens} logprobs, {counted} tokens", shot)


@check(
    "usage-reasoning", "usage", "feature", "reasoning is counted",
    needs=("chat",), gives=("pass", "absent"), source=USAGE,
    why="It is paid for and never seen.", do="Count completion_tokens less the visible text.",
)  # fmt: skip
def _usage_reasoning(shots: Shots) -> Result:
    shot = shots.answered("chat")
    thought = _counts(shot)[3]
    if not shot.answer.reasoning and not thought:
        return unclear("the model did not think", shot)
    if thought:
        return passed(f"{counted(thought, 'token')}", shot, shot.json_of(shot.usage))
    return Result("absent", "not counted by itself", shot.json_of(shot.usage), shot.label)


def _counts(shot: Shot) -> tuple[int | None, int | None, int | None, int | None]:
    usage = shot.answer.usage
    if usage is None:
        return None, None, None, None
    return (
        usage.prompt_tokens, usage.completion_tokens, usage.total_tokens, usage.reasoning_tokens,
    )  # fmt: skip
