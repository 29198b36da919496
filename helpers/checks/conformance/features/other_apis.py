"""Checks of the other chat APIs: text completions, for old programs, and Anthropic's messages."""

from __future__ import annotations

from typing import Any

from ....finding import Conformance
from ....wire.parsing import as_object, objects
from ....wording import counted
from ..check import Result, check, deviates, granted, ignored, passed, tolerated, unclear
from ..shots import Shot, Shots

COMPLETION = "OpenAI's CreateCompletionResponse"
MESSAGE = "Anthropic's Message"
EVENTS = "Anthropic's streaming messages"
STOP_REASONS = (
    "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal",
    "model_context_window_exceeded",
)  # fmt: skip
_THERE: tuple[Conformance, ...] = ("pass", "absent", "refused", "deviates")
_STREAMED: tuple[Conformance, ...] = ("pass", "ignored", "deviates")


@check(
    "completions-full", "completions", "feature", "choices[0].text holds what continues a prompt",
    core=True, key=True, needs=("completion",), gives=_THERE, source=COMPLETION,
    why="Code completion (fill in the middle) and evaluation harnesses speak this API.",
    do="Use chat.completions; most chat servers have no other API.",
)  # fmt: skip
def _completions_full(shots: Shots) -> Result:
    shot = granted(shots["completion"])
    if not shot.choices or not isinstance(shot.choices[0].get("text"), str):
        came = "a chat completion came" if shot.message else "there is no text"
        return deviates(came, shot, shot.words)
    if not shot.text.strip():
        return unclear("the text is empty, perhaps the model's doing", shot)
    return passed(counted(len(shot.text), "character"), shot, shot.text)


@check(
    "completions-stream", "completions", "feature", "stream: true gives chunks with text",
    needs=("completion", "completion-stream"), gives=_STREAMED, source=COMPLETION,
    why="Editors show code while it is written.", do="Ask without stream.",
)  # fmt: skip
def _completions_stream(shots: Shots) -> Result:
    shot = granted(shots["completion-stream"])
    if not shot.reading.sse:
        return ignored("the whole answer came as one JSON object", shot, shot.words)
    brought = [choice for chunk in shot.chunks for choice in objects(chunk["choices"])]
    if not any(isinstance(choice.get("text"), str) for choice in brought):
        return deviates("no chunk has a text", shot, shot.json_of(shot.chunks[:1]))
    return passed(counted(len(shot.chunks), "chunk"), shot)


@check(
    "messages-full", "messages", "feature", "a message whose content is a list of blocks",
    core=True, key=True, needs=("message",), gives=_THERE, source=MESSAGE,
    why="Claude Code, and whatever is built on Anthropic's SDKs, speaks this API only.",
    do="Put a gateway that translates before it, such as LiteLLM's.",
)  # fmt: skip
def _messages_full(shots: Shots) -> Result:
    shot = granted(shots["message"])
    if not isinstance(shot.value.get("content"), list):
        came = "a chat completion came" if shot.choices else "there is no list of content"
        return deviates(came, shot, shot.words)
    if shot.value.get("type") != "message" or shot.value.get("role") != "assistant":
        values = {name: shot.value.get(name, "missing") for name in ("type", "role")}
        return deviates("type is not message, or role not assistant", shot, shot.json_of(values))
    if not (shot.text.strip() or shot.answer.reasoning):
        return unclear("its blocks hold no text", shot, shot.json_of(shot.value["content"]))
    return passed(counted(len(shot.text), "character"), shot, shot.json_of(shot.value["content"]))


@check(
    "messages-stop-reason", "messages", "must", "stop_reason, and usage with both counts",
    needs=("message",), gives=("pass", "tolerated"), source=MESSAGE,
    why="Agents decide by it whether to go on, and count what is left of the context.",
    do="Send end_turn, max_tokens, stop_sequence or tool_use; count input_tokens, output_tokens.",
)  # fmt: skip
def _messages_stop_reason(shots: Shots) -> Result:
    shot = _message(shots)
    counts = as_object(shot.value.get("usage"))
    lacking = [name for name in ("input_tokens", "output_tokens") if name not in counts]
    if not shot.value.get("stop_reason"):
        lacking = ["stop_reason", *lacking]
    if lacking:
        return tolerated(f"it lacks {', '.join(lacking)}", shot, shot.json_of(counts))
    reason = str(shot.value["stop_reason"])[:80]
    if reason not in STOP_REASONS:
        return tolerated(f"stop_reason is a word of its own: {reason!r}", shot)
    return passed(reason, shot, shot.json_of(counts))


@check(
    "messages-stream", "messages", "must", "message_start, blocks with their pieces, message_stop",
    core=True, needs=("message", "message-stream"), gives=_STREAMED, source=EVENTS,
    why="Anthropic's clients follow the events as a state machine.",
    do="Send each event with its “event:” line, and message_stop at the end.",
)  # fmt: skip
def _messages_stream(shots: Shots) -> Result:
    shot = granted(shots["message-stream"])
    if not shot.reading.sse:
        return ignored("the whole message came as one JSON object", shot, shot.words)
    kinds = [step.type for step in shot.reading.steps]
    for wanted in ("message_start", "content_block_delta", "message_stop"):
        if wanted not in kinds:
            return _lacks(shot, wanted)
    unnamed = [step for step in shot.reading.steps if step.name != step.type]
    if unnamed:
        data = shot.events[unnamed[0].event][2].data
        return deviates("events are not named as their data says", shot, data)
    return passed(counted(len(kinds), "event"), shot)


def _lacks(shot: Shot, wanted: str) -> Result:
    """The result for a stream that lacks one of its required events."""
    if wanted == "content_block_delta" and shot.answer.finish_reason:
        return unclear("no text came", shot)
    came = f"no {wanted} came" if shot.reading.steps else "no event of a message came"
    if shot.chunks:
        came = "a chat's chunks came"
    last: Any = shot.events[-1][2].data if shot.events else ""
    return deviates(came, shot, str(last))


def _message(shots: Shots) -> Shot:
    """The full message.

    raises:  Lacking if none came
    """
    shot = shots["message"]
    if shot.status != 200 or not isinstance(shot.value.get("content"), list):
        raise shots.lacking("no message came")
    return shot
