"""Checks of streamed tool calls: the same forced call unstreamed and streamed, compared."""

from __future__ import annotations

from typing import Any

from ....wire.parsing import objects, parsed
from ..check import (
    Result,
    check,
    deviates,
    granted,
    ignored,
    no_call,
    passed,
    tolerated,
    unclear,
)
from ..shots import Shot, Shots
from .tools import FULL, called

PIECES = "OpenAI's ChatCompletionMessageToolCallChunk"


@check(
    "tools-stream-index", "tools", "must", "each streamed call has an index, counted from 0",
    core=True, needs=("stream", *FULL, "tools-stream"), gives=("pass", "deviates"), source=PIECES,
    why="openai-python's .stream() fails without one, and glues calls with the same one.",
    do="Number the calls of an answer 0, 1, 2.",
)  # fmt: skip
def _tools_stream_index(shots: Shots) -> Result:
    shot = _called_in_stream(shots, "tools-stream")
    indices: list[Any] = [piece.get("index") for piece in _pieces(shot)]
    # JSON has only one number type: 0.0 is 0.
    if any(type(index) is not int and index not in range(128) for index in indices):
        return deviates("a piece without an index", shot, shot.json_of(_pieces(shot)[:2]))
    if min(indices) != 0 or set(indices) != {*range(len(set(indices)))}:
        return deviates(f"the indices are {sorted(set(indices))[:8]}", shot)
    return passed(f"{len(indices)} pieces", shot)


@check(
    "tools-stream-name-once", "tools", "must", "id and name come in a call's first piece only",
    needs=("stream", *FULL, "tools-stream"), gives=("pass", "tolerated", "deviates"),
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
    core=True, needs=("stream", *FULL, "tools-stream"), gives=("pass", "deviates"), source=PIECES,
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
            return unclear("the call was cut by the token limit", shot, joined)
        return deviates("joined, they are not a JSON object", shot, joined)
    return passed("they join to JSON", shot, joined)


@check(
    "tools-stream-same", "tools", "should", "the streamed call is the same as the full answer's",
    needs=("stream", *FULL, "tools-stream"), gives=("pass", "ignored"), source=PIECES,
    why="A program that streams would act differently.", do="Ask without stream.",
)  # fmt: skip
def _tools_stream_same(shots: Shots) -> Result:
    shots.sound_stream()
    full, shot = called(shots), shots.streamed("tools-stream")
    if len(shot.answer.choices) > 1:
        return unclear("more choices came than were asked for", shot)
    if not shot.answer.tool_calls:
        return no_call(shot, "streamed, text comes in place of the call")
    one, other = full.answer.tool_calls[0], shot.answer.tool_calls[0]
    if one.name == other.name and parsed(one.arguments.encode()) == parsed(
        other.arguments.encode()
    ):
        return passed("the same call", shot)
    return unclear("another call, as sampling allows", shot, shot.json_of(other))


@check(
    "tools-parallel", "tools", "feature", "two cities bring two calls; one, if parallel is off",
    needs=("stream", *FULL, "tools-two", "tools-one"), gives=("pass", "ignored", "refused"),
    source="OpenAI's ParallelToolCalls",
    why="Programs that handle one call at a time get two.", do="Handle as many as come.",
)  # fmt: skip
def _tools_parallel(shots: Shots) -> Result:
    called(shots)
    shots.sound_stream()
    two, one = granted(shots["tools-two"]), granted(shots["tools-one"])
    together, apart = len(two.answer.tool_calls), len(one.answer.tool_calls)
    if apart > 1:
        return ignored(f"{apart} calls though parallel_tool_calls is false", one)
    if together < 2:
        return unclear(f"{together} call came where two were allowed", two)
    return passed("two calls, and one where it is off", two)


@check(
    "tools-two-apart", "tools", "must", "two streamed calls are kept apart by index and id",
    needs=("stream", *FULL, "tools-two"), gives=("pass", "deviates"), source=PIECES,
    why="Most clients glue calls of the same index into one, and answer calls by their id.",
    do="Number the calls of an answer 0, 1, 2, and give each an id of its own.",
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
    ids = [call.id for call in calls if call.id]
    if len({*ids}) < len(ids):
        return deviates(f"{len(calls)} calls share an id", shot, shot.json_of(_pieces(shot)[:4]))
    return passed(f"{len(calls)} calls, each with its own index", shot)


def _called_in_stream(shots: Shots, label: str) -> Shot:
    called(shots)
    shots.sound_stream()
    shot = shots.streamed(label)
    if not shot.answer.tool_calls or not _pieces(shot):
        raise shots.lacking("streamed, no tool call came")
    return shot


def _pieces(shot: Shot) -> list[dict[str, Any]]:
    """The pieces of calls in a stream, in order."""
    return [piece for delta in shot.deltas for piece in objects(delta.get("tool_calls"))]
