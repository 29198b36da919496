"""Checks of the Responses API; each names the Open Responses test that asks the same."""

from __future__ import annotations

from typing import Any

from ....diagnose.stream.event_order import broken_rules
from ....diagnose.stream.typed_events import ORDER
from ....finding import Conformance
from ....wire.parsing import objects
from ....wording import counted
from ..check import (
    Result,
    absent,
    check,
    deviates,
    granted,
    no_call,
    passed,
    tolerated,
    turned_down,
    unclear,
)
from ..plan.prompts import TOOL
from ..shots import Shot, Shots

OPEN = "Open Responses, test {}"
BASIC, STREAMING = OPEN.format("basic-response"), OPEN.format("streaming-response")
TOOLS, TOOLS_STREAMED = OPEN.format("tool-calling"), OPEN.format("tool-calling-streaming")
TURNS = OPEN.format("multi-turn") + " and system-prompt"
SCHEMA = "OpenAI's Response"
_ENDS = ("completed", "incomplete")
_LABELS = (
    "names-differ", "no-event-names", "no-numbers", "numbers-not-rising", "numbers-missing",
    "no-place",
)  # fmt: skip
_OR_LIVES: tuple[Conformance, ...] = ("pass", "tolerated", "deviates")


@check(
    "responses-full", "responses", "feature", "a response with a message that holds text",
    core=True, key=True, needs=("response",), gives=("pass", "absent", "refused", "deviates"),
    source=BASIC, why="Agents such as Codex speak this API first.",
    do="Use chat.completions, or a gateway that translates.",
)  # fmt: skip
def _responses_full(shots: Shots) -> Result:
    shot = granted(shots["response"])
    items = _items(shot)
    if not items:
        came = "a chat completion came" if shot.choices else "there is no output"
        return deviates(came, shot, shot.words)
    if shot.value.get("status") not in _ENDS:
        return deviates(f"the status is {shot.value.get('status')!r}"[:80], shot)
    if shot.text.strip() or shot.answer.refusal:
        return passed(
            f"{counted(len(shot.text), 'character')}, status {shot.value['status']}", shot
        )
    if shot.answer.reasoning or any(item.get("type") == "reasoning" for item in items):
        return unclear("the tokens went into reasoning", shot)
    return unclear("the message holds no text", shot, shot.json_of(items))


@check(
    "responses-shape", "responses", "must", "id, object, created_at; items with type and id",
    needs=("response",), gives=_OR_LIVES, source=SCHEMA,
    why="Typed clients refuse what lacks a required field.",
    do="Send the fields of the Response object.",
)  # fmt: skip
def _responses_shape(shots: Shots) -> Result:
    shot = shots.answered("response")
    if shot.value.get("object") != "response":
        return deviates(f"object is {shot.value.get('object')!r}"[:80], shot)
    lacking = [name for name in ("id", "created_at", "model") if not shot.value.get(name)]
    lacking += [
        f"output[{place}].{name}"
        for place, item in enumerate(_items(shot))
        for name in ("type", "id")
        if not item.get(name)
    ]
    if "id" in lacking:
        return deviates(f"it lacks {', '.join(lacking)}"[:200], shot)
    if lacking:
        return tolerated(f"it lacks {', '.join(lacking)}"[:200], shot)
    return passed("they are there", shot)


@check(
    "responses-usage", "responses", "should", "usage counts input and output tokens",
    needs=("response",), gives=("pass", "tolerated", "absent"), source=SCHEMA,
    why="Agents use it to stop before "
    "the context is full.", do="Count input_tokens, output_tokens.",
)  # fmt: skip
def _responses_usage(shots: Shots) -> Result:
    shot = shots.answered("response")
    if not shot.usage:
        return absent("not counted", shot)
    if "input_tokens" in shot.usage and "output_tokens" in shot.usage:
        return passed(f"{shot.usage['input_tokens']} in, {shot.usage['output_tokens']} out", shot)
    return tolerated("counted under other names", shot, shot.json_of(shot.usage))


@check(
    "responses-incomplete", "responses", "must", "status incomplete where the tokens ran out",
    needs=("response",), gives=("pass", "tolerated"), source=SCHEMA,
    why="An agent goes on with half an answer.", do="Compare output_tokens with the limit.",
)  # fmt: skip
def _responses_incomplete(shots: Shots) -> Result:
    shot = shots.answered("response")
    if shot.cut_by_length:
        return passed("incomplete, with its reason", shot)
    if shot.answer.finish_reason == "incomplete":
        return tolerated("incomplete, without a reason", shot)
    usage, limit = shot.answer.usage, shot.sent.get("max_output_tokens")
    if usage is None or usage.completion_tokens != limit:
        raise shots.lacking("the answer ended before its limit of tokens")
    # It may have ended by chance exactly at the limit, so this is no proof.
    return tolerated(f"completed, at {limit} of {limit} tokens", shot)


@check(
    "responses-stream-end", "responses", "must",
    "the last event is completed, incomplete, failed or error; [DONE] may follow",
    core=True, needs=("response-stream",), gives=_OR_LIVES, source=STREAMING,
    why="Without it a cut answer looks like a whole one.", do="End with response.completed.",
)  # fmt: skip
def _responses_stream_end(shots: Shots) -> Result:
    shot = _streamed(shots)
    if shot.reading.statistics.finish_event is None:
        return deviates("the stream ends without one", shot, _last(shot))
    if shot.reading.findings["after-end"]:
        return tolerated("events came after it", shot, _last(shot))
    return passed(f"{shot.reading.steps[-1].type} ends it", shot)


@check(
    "responses-stream-order", "responses", "must",
    "created, item added, part added, deltas, done, part done, item done, for each item",
    core=True, needs=("response-stream",), gives=_OR_LIVES, source=STREAMING,
    why="Clients follow the events as a state machine: what was not announced is dropped.",
    do="openai's create(stream=True) does not mind; .stream() and agents do.",
)  # fmt: skip
def _responses_stream_order(shots: Shots) -> Result:
    return _order(_streamed(shots))


@check(
    "responses-stream-fields", "responses", "must",
    "type equals event:, sequence_number rises, output_index is there",
    needs=("response-stream",), gives=_OR_LIVES, source=STREAMING,
    why="Strict clients refuse events without them.", do="Send the required fields.",
)  # fmt: skip
def _responses_stream_fields(shots: Shots) -> Result:
    shot = _streamed(shots)
    if shot.reading.findings["no-type"]:
        return deviates("events without a type", shot)
    broken = [name for name in broken_rules(shot.reading.steps) if name in _LABELS]
    if broken:
        return tolerated(" ".join(ORDER[name][1] for name in broken).rstrip("."), shot)
    return passed(f"{counted(len(shot.reading.steps), 'event')} have them", shot)


@check(
    "responses-text-consistent", "responses", "must",
    "the deltas, the finished text and the completed response say the same",
    core=True, needs=("response-stream",), gives=_OR_LIVES, source=STREAMING,
    why="What a person watches is not what the program keeps.", do="Take the deltas.",
)  # fmt: skip
def _responses_text_consistent(shots: Shots) -> Result:
    shot = _streamed(shots)
    found = shot.reading.findings
    if not shot.text.strip():
        raise shots.lacking("no text came")
    if found["text-differs"]:
        return deviates("the pieces do not add up to the whole text", shot)
    if found["no-deltas"]:
        return tolerated("the text came without deltas", shot)
    if found["end-without-output"]:
        return tolerated("response.completed holds no output", shot)
    return passed(f"{counted(len(shot.text), 'character')} each time", shot)


@check(
    "responses-turns", "responses", "feature", "a system message and earlier turns are accepted",
    core=True, needs=("response-turns",), gives=("pass", "refused", "deviates"), source=TURNS,
    why="Agents send the whole conversation each time.", do="Send one text as the input.",
)  # fmt: skip
def _responses_turns(shots: Shots) -> Result:
    shot = granted(shots["response-turns"])
    if _items(shot):
        return passed("an output came", shot)
    return deviates("there is no output", shot, shot.words)


@check(
    "responses-tools", "responses", "feature", "tool_choice required brings a function_call item",
    core=True, needs=("response-tools",), gives=("pass", "ignored", "refused", "deviates"),
    source=TOOLS, why="Agents work through tools.", do="Use chat.completions for tools.",
)  # fmt: skip
def _responses_tools(shots: Shots) -> Result:
    shot = granted(shots["response-tools"])
    calls = [item for item in _items(shot) if item.get("type") == "function_call"]
    if not calls:
        return no_call(shot)
    lacking = [name for name in ("call_id", "name", "arguments") if name not in calls[0]]
    if lacking or not isinstance(calls[0].get("arguments"), str):
        return deviates(
            f"the call lacks {', '.join(lacking) or 'a string of arguments'}", shot,
            shot.json_of(calls[0]),
        )  # fmt: skip
    if calls[0]["name"] != TOOL:
        return deviates(f"another function: {calls[0]['name']!r}"[:120], shot)
    return passed("it was called", shot, shot.json_of(calls[0]))


@check(
    "responses-tools-stream", "responses", "must",
    "a streamed call: item added, arguments delta, arguments done, item done",
    needs=("response-tools-stream",), gives=_OR_LIVES, source=TOOLS_STREAMED,
    why="Agents build the call from these events.", do="Ask for calls without stream.",
)  # fmt: skip
def _responses_tools_stream(shots: Shots) -> Result:
    shot = _streamed(shots, "response-tools-stream")
    if not shot.answer.tool_calls:
        return unclear("no call came this time", shot)
    if shot.reading.findings["arguments-differ"]:
        return deviates("the pieces do not add up to the whole arguments", shot)
    return _order(shot)


@check(
    "responses-previous", "responses", "feature",
    "previous_response_id goes on from an earlier response",
    needs=("response-kept", "response-next"), gives=("pass", "absent", "ignored", "deviates"),
    source="OpenAI's CreateResponse", why="It saves sending the conversation again.",
    do="Send the whole conversation as the input.",
)  # fmt: skip
def _responses_previous(shots: Shots) -> Result:
    shot = shots["response-next"]
    no = turned_down(shot)
    if no and no.verdict == "refused":
        return absent(no.came, shot, shot.words)
    granted(shot)
    first, after = shots["response-kept"].answer.usage, shot.answer.usage
    counts = [usage.prompt_tokens for usage in (first, after) if usage and usage.prompt_tokens]
    if len(counts) == 2 and counts[1] <= counts[0]:
        return Result(
            "ignored", f"{counts[1]} input tokens, no more than before", "", shot.label
        )  # fmt: skip
    return passed("it was taken", shot) if len(counts) == 2 else unclear("no counts", shot)


@check(
    "responses-error", "responses", "must", "a request without input is refused with 4xx",
    needs=("response-empty",), gives=("pass", "tolerated", "deviates"), source=SCHEMA,
    why="Faults of a program must not look like faults of the server.",
    do="Answer 400, and say what is missing.",
)  # fmt: skip
def _responses_error(shots: Shots) -> Result:
    shot = shots["response-empty"]
    status = shot.status or 0
    if 400 <= status < 500:
        return passed(f"status {status}", shot)
    if status == 200:
        return tolerated("answered anyway", shot)
    return deviates(f"status {status}", shot, shot.words)


def _items(shot: Shot) -> list[dict[str, Any]]:
    """The output items of a full response."""
    return objects(shot.value.get("output"))


def _streamed(shots: Shots, label: str = "response-stream") -> Shot:
    """The recording with that label, if it is a stream of the Responses API.

    raises:  Lacking if no events of the Responses API came
    """
    shot = shots[label]
    if shot.status != 200 or not shot.reading.sse or not shot.reading.steps:
        raise shots.lacking("no stream of its events came")
    return shot


def _order(shot: Shot) -> Result:
    """The result on whether a stream's events came in the right order."""
    broken = broken_rules(shot.reading.steps)
    names = [name for name in broken if name not in _LABELS]
    red = [name for name in names if ORDER[name][0] == "fail"]
    if not names:
        return passed(f"{counted(len(shot.reading.steps), 'event')} in order", shot)
    first = broken[(red or names)[0]][0]
    came = " ".join(ORDER[name][1] for name in red or names).rstrip(".")
    quote = shot.events[first.event][2].data
    return deviates(came, shot, quote) if red else tolerated(came, shot, quote)


def _last(shot: Shot) -> str:
    return str(shot.events[-1][2].data) if shot.events else ""
