"""Checks of tool calls: the same forced call in full and streamed, compared piece by piece."""

from __future__ import annotations

import re
from typing import Any

from ...finding import Conformance
from ...wire.parsing import parsed
from .check import Result, check, deviates, ignored, passed, tolerated, turned_down, unclear
from .prompts import TOOL
from .shots import Shot, Shots, objects
from .steps import calling

CALL = "OpenAI's ChatCompletionMessageToolCall"
PIECES = "OpenAI's ChatCompletionMessageToolCallChunk"
_FULL = ("tools-named", "tools-required", "tools-auto")
_STREAMS = ("tools-stream", "tools-two")
_IN_TEXT = re.compile(
    r"<tool_call>|<function=|<\|tool_call|\[TOOL_CALLS\]|\{\s*\"name\"\s*:\s*\"" + TOOL + r"\""
)
_OR_REFUSED: tuple[Conformance, ...] = ("pass", "ignored", "refused")


@check(
    "tools-forced", "tools", "feature", f"a tool_choice that names {TOOL} makes the model call it",
    core=True, key=True, needs=("chat", *_FULL), gives=(*_OR_REFUSED, "tolerated"),
    source="OpenAI's ChatCompletionToolChoiceOption",
    why="Tools that are accepted and ignored look like a model that will not call.",
    do="llama.cpp: --jinja; vLLM: --enable-auto-tool-choice and a --tool-call-parser.",
)  # fmt: skip
def _tools_forced(shots: Shots) -> Result:
    shots.answered("chat")
    named = shots["tools-named"]
    no = turned_down(named)
    if no and no.verdict != "refused":
        return no
    if not no and (calls := named.answer.tool_calls):
        if calls[0].name == TOOL:
            return passed("it was called", named, named.json_of(_calls(named)[:1]))
        return tolerated(f"another function was called: {calls[0].name!r}"[:120], named)
    if called := calling(shots):
        how = "refused" if no else "ignored"
        choice = shots[called].sent.get("tool_choice")
        return tolerated(f"a named choice is {how}; {choice!r} brings a call", named)
    if no:
        return no
    if named.spent and not named.text.strip():
        return unclear("the limit of tokens came first", named)
    return ignored("text came in the place of a call", named, named.text)


@check(
    "tools-required", "tools", "feature", "tool_choice required makes the model call some tool",
    needs=("chat", "tools-required"), gives=_OR_REFUSED,
    source="OpenAI's ChatCompletionToolChoiceOption",
    why="Agents that must act get text.", do="Name the tool in tool_choice.",
)  # fmt: skip
def _tools_required(shots: Shots) -> Result:
    shots.answered("chat")
    shot = shots["tools-required"]
    if no := turned_down(shot):
        return no
    if shot.answer.tool_calls:
        return passed("a call came", shot)
    if shot.spent and not shot.text.strip():
        return unclear("the limit of tokens came first", shot)
    return ignored("text came in the place of a call", shot, shot.text)


@check(
    "tools-none", "tools", "feature", "tool_choice none prevents a call",
    needs=("chat", "tools-none"), gives=_OR_REFUSED,
    source="OpenAI's ChatCompletionToolChoiceOption",
    why="A call comes where a program shows text.", do="Do not send the tools.",
)  # fmt: skip
def _tools_none(shots: Shots) -> Result:
    shots.answered("chat")
    shot = shots["tools-none"]
    if no := turned_down(shot):
        return no
    if shot.answer.tool_calls:
        return ignored("a call came", shot, shot.json_of(_calls(shot)))
    if not calling(shots):
        return unclear("no call came with any other tool_choice either", shot)
    return passed("no call came", shot)


@check(
    "tools-arguments-string", "tools", "must", "arguments are a string that holds a JSON object",
    core=True, needs=_FULL, gives=("pass", "deviates"), source=CALL,
    why="Clients hand the string to a JSON parser.",
    do="Send JSON.stringify of the arguments, not the object and not Python's repr.",
)  # fmt: skip
def _tools_arguments_string(shots: Shots) -> Result:
    shot = _called(shots)
    for call in _calls(shot):
        arguments = (call.get("function") or {}).get("arguments")
        if not isinstance(arguments, str):
            return deviates("an object, not a string", shot, shot.json_of(call))
        if shot.spent and parsed(arguments.encode()) is None:
            continue
        if not isinstance(parsed(arguments.encode()), dict):
            return deviates("the string holds no JSON object", shot, arguments)
    whole = [call for call in shot.answer.tool_calls if parsed(call.arguments.encode()) is not None]
    if not whole:
        return unclear("the call was cut by the limit of tokens", shot)
    return passed("a string of JSON", shot, shot.json_of(_calls(shot)[:1]))


@check(
    "tools-call-shape", "tools", "must", "a call has an id and type function",
    needs=_FULL, gives=("pass", "tolerated"), source=CALL,
    why="The tool's answer refers to the id.", do="Send both.",
)  # fmt: skip
def _tools_call_shape(shots: Shots) -> Result:
    shot = _called(shots)
    for call in _calls(shot):
        if not isinstance(call.get("id"), str) or not call["id"]:
            return tolerated("a call without an id", shot, shot.json_of(call))
        if call.get("type") != "function":
            return tolerated(f"type is {call.get('type')!r}"[:80], shot, shot.json_of(call))
    return passed("id and type are there", shot)


@check(
    "tools-finish-reason", "tools", "should", "finish_reason tool_calls after a call",
    needs=("tools-auto",), gives=("pass", "tolerated"), source=CALL,
    why="Some agents look at it before they look for calls.",
    do="Look for tool_calls, not at finish_reason.",
)  # fmt: skip
def _tools_finish_reason(shots: Shots) -> Result:
    shot = shots.answered("tools-auto")
    if not shot.answer.tool_calls:
        return unclear("the model did not call by itself", shot, shot.text)
    reason = shot.answer.finish_reason
    if reason == "tool_calls":
        return passed("tool_calls", shot)
    if reason is None:
        return unclear("no finish reason came", shot)
    return tolerated(f"it is {reason!r}"[:80], shot)


@check(
    "tools-stream-index", "tools", "must", "each streamed call has an index, counted from 0",
    core=True, needs=("stream", *_FULL, "tools-stream"), gives=("pass", "deviates"), source=PIECES,
    why="openai-python's .stream() fails without one, and glues calls with the same one.",
    do="Number the calls of an answer 0, 1, 2.",
)  # fmt: skip
def _tools_stream_index(shots: Shots) -> Result:
    shot = _called_in_stream(shots, "tools-stream")
    indices: list[Any] = [piece.get("index") for piece in _pieces(shot)]
    if any(type(index) is not int for index in indices):
        return deviates("a piece without an index", shot, shot.json_of(_pieces(shot)[:2]))
    if min(indices) != 0 or set(indices) != {*range(len(set(indices)))}:
        return deviates(f"the indices are {sorted(set(indices))[:8]}", shot)
    return passed(f"{len(indices)} pieces", shot)


@check(
    "tools-stream-name-once", "tools", "must", "id and name come in a call's first piece only",
    needs=("stream", *_FULL, "tools-stream"), gives=("pass", "tolerated", "deviates"),
    source=PIECES,
    why="Clients join what comes: get_weatherget_weather.", do="Send both once.",
)  # fmt: skip
def _tools_stream_name_once(shots: Shots) -> Result:
    shot = _called_in_stream(shots, "tools-stream")
    pieces = _pieces(shot)
    names = [piece for piece in pieces if (piece.get("function") or {}).get("name")]
    ids = [piece for piece in pieces if piece.get("id")]
    calls = len(shot.answer.tool_calls)
    if len(names) > calls:
        return deviates(f"the name came {len(names)} times", shot, shot.json_of(pieces[:3]))
    if len(ids) > calls:
        return tolerated(f"the id came {len(ids)} times", shot, shot.json_of(pieces[:3]))
    if ids and ids[0] is not pieces[0]:
        return tolerated("the id came late", shot, shot.json_of(pieces[:3]))
    return passed("once", shot)


@check(
    "tools-stream-arguments", "tools", "must", "streamed arguments are pieces of a string of JSON",
    core=True, needs=("stream", *_FULL, "tools-stream"), gives=("pass", "deviates"), source=PIECES,
    why="Clients join the pieces and parse them.", do="Send text, in as many pieces as you like.",
)  # fmt: skip
def _tools_stream_arguments(shots: Shots) -> Result:
    shot = _called_in_stream(shots, "tools-stream")
    for piece in _pieces(shot):
        arguments = (piece.get("function") or {}).get("arguments")
        if not isinstance(arguments, str | None):
            return deviates("an object, not a string", shot, shot.json_of(piece))
    joined = shot.answer.tool_calls[0].arguments
    if not isinstance(parsed(joined.encode()), dict):
        if shot.spent:
            return unclear("the call was cut by the limit of tokens", shot, joined)
        return deviates("joined, they are no JSON object", shot, joined)
    return passed("they join to JSON", shot, joined)


@check(
    "tools-stream-same", "tools", "should", "the streamed call is the one of the full answer",
    needs=("stream", *_FULL, "tools-stream"), gives=("pass", "ignored"), source=PIECES,
    why="A program that streams would act otherwise.", do="Ask without stream.",
)  # fmt: skip
def _tools_stream_same(shots: Shots) -> Result:
    shots.sound_stream()
    full, shot = _called(shots), shots.streamed("tools-stream")
    if len(shot.answer.choices) > 1:
        return unclear("more choices came than were asked for", shot)
    if not shot.answer.tool_calls:
        if shot.spent and not shot.text.strip():
            return unclear("the limit of tokens came first", shot)
        return ignored("streamed, text comes in the place of the call", shot, shot.text)
    one, other = full.answer.tool_calls[0], shot.answer.tool_calls[0]
    if one.name == other.name and parsed(one.arguments.encode()) == parsed(
        other.arguments.encode()
    ):
        return passed("the same call", shot)
    return unclear("another call, as sampling allows", shot, shot.json_of(other))


@check(
    "tools-parallel", "tools", "feature", "two cities bring two calls; one, if parallel is off",
    needs=("stream", *_FULL, "tools-two", "tools-one"), gives=("pass", "ignored", "refused"),
    source="OpenAI's ParallelToolCalls",
    why="Programs that handle one call at a time get two.", do="Handle as many as come.",
)  # fmt: skip
def _tools_parallel(shots: Shots) -> Result:
    _called(shots)
    shots.sound_stream()
    two, one = shots["tools-two"], shots["tools-one"]
    for shot in (two, one):
        if no := turned_down(shot):
            return no
    together, apart = len(two.answer.tool_calls), len(one.answer.tool_calls)
    if apart > 1:
        return ignored(f"{apart} calls though parallel_tool_calls is false", one)
    if together < 2:
        return unclear(f"{together} call came where two were allowed", two)
    return passed("two calls, and one where it is off", two)


@check(
    "tools-two-apart", "tools", "must", "two streamed calls are kept apart by their index",
    needs=("stream", *_FULL, "tools-two"), gives=("pass", "deviates"), source=PIECES,
    why="Most clients glue calls of the same index into one.",
    do="Number the calls of an answer 0, 1, 2.",
)  # fmt: skip
def _tools_two_apart(shots: Shots) -> Result:
    shot = _called_in_stream(shots, "tools-two")
    calls = shot.answer.tool_calls
    indices = {piece.get("index") for piece in _pieces(shot)}
    if len(calls) < 2:
        return unclear("only one call came", shot)
    if len(indices) < len(calls):
        came = f"{len(calls)} calls under {len(indices)} index"
        return deviates(came, shot, shot.json_of(_pieces(shot)[:4]))
    return passed(f"{len(calls)} calls, each with its own index", shot)


@check(
    "tools-round-trip", "tools", "must", "the tool's answer is taken, and an answer comes",
    core=True, needs=(*_FULL, "tools-answer"), gives=("pass", "deviates"),
    source="OpenAI's ChatCompletionRequestToolMessage",
    why="An agent stops after its first call.",
    do="Look at the chat template; send content \"\" in the place of null.",
)  # fmt: skip
def _tools_round_trip(shots: Shots) -> Result:
    shot = shots["tools-answer"]
    status = shot.status or 0
    if status in (429, 502, 503, 504):
        return unclear(f"status {status}", shot, shot.words)
    if status != 200 or shot.error:
        return deviates(f"status {status}", shot, shot.words or shot.error)
    if not (shot.text.strip() or shot.answer.tool_calls or shot.answer.reasoning):
        return unclear("the answer is empty, perhaps the model's doing", shot)
    return passed("answered", shot, shot.text)


@check(
    "tools-not-in-text", "tools", "should", "no call stands in the text",
    needs=("chat", *_FULL), gives=("pass", "deviates"), source="nothing; programs show the text",
    why="The call is shown to a reader, and nobody runs it.",
    do="Another tool parser for this model (vLLM: --tool-call-parser).",
)  # fmt: skip
def _tools_not_in_text(shots: Shots) -> Result:
    asked = [label for label in (*_FULL, *_STREAMS) if label in shots]
    answered = [shots[label] for label in asked if shots[label].status == 200]
    for shot in answered:
        if found := _IN_TEXT.search(shot.text):
            return deviates(
                "a call stands in the text", shot, shot.text[max(found.start() - 20, 0) :]
            )
    if not any(shot.answer.tool_calls for shot in answered):
        return unclear("no call came at all", answered[0] if answered else None)
    return passed(f"none in {len(answered)} answers")


def _called(shots: Shots) -> Shot:
    """The full answer with a call.

    raises:  Lacking where no call came
    """
    if label := calling(shots):
        return shots[label]
    raise shots.lacking("no tool call came")


def _called_in_stream(shots: Shots, label: str) -> Shot:
    _called(shots)
    shots.sound_stream()
    shot = shots.streamed(label)
    if not shot.answer.tool_calls or not _pieces(shot):
        raise shots.lacking("streamed, no tool call came")
    return shot


def _calls(shot: Shot) -> list[dict[str, Any]]:
    return objects(shot.message.get("tool_calls"))


def _pieces(shot: Shot) -> list[dict[str, Any]]:
    """The pieces of calls in a stream, in order."""
    return [piece for delta in shot.deltas for piece in objects(delta.get("tool_calls"))]
