"""Checks of what a stream's chunks hold: fields, deltas, and the text they add up to."""

from __future__ import annotations

from typing import Any

from ....finding import Conformance
from ....wire.parsing import objects
from ....wording import counted
from ..check import Result, check, deviates, passed, tolerated, unclear
from ..plan.prompts import SYSTEM
from ..shots import Shot, Shots
from .chat import envelope, oddity
from .limits import PLAIN, repeatable
from .streaming import CHUNK, whole

_OK_OR_NOT: tuple[Conformance, ...] = ("pass", "deviates")
_OR_LIVES: tuple[Conformance, ...] = ("pass", "tolerated", "deviates")


@check(
    "stream-chunk-fields", "streaming", "must", "id, object, created, model, choices in each chunk",
    needs=("stream",), gives=_OR_LIVES, source=CHUNK,
    why="Typed clients refuse chunks without them.", do="Fill in the fields of every chunk.",
)  # fmt: skip
def _stream_chunk_fields(shots: Shots) -> Result:
    shot = shots.streamed("stream")
    kind = "chat.completion.chunk"
    wrong = [
        (chunk, [name for name, right in envelope(chunk, kind).items() if not right])
        for chunk in shot.chunks
    ]
    telling = [(chunk, names) for chunk, names in wrong if names and _brings_text(chunk)]
    if telling:
        chunk, names = telling[0]
        came = f"wrong or missing in {len(telling)} of {len(shot.chunks)}: {', '.join(names)}"
        return deviates(came, shot, shot.json_of(chunk))
    if others := [chunk for chunk, names in wrong if names]:
        return tolerated("only chunks without text lack fields", shot, shot.json_of(others[0]))
    if odd := next(filter(None, map(oddity, shot.chunks)), ""):
        return tolerated(odd, shot, shot.json_of(shot.chunks[0]))
    return passed(f"in {counted(len(shot.chunks), 'chunk')}", shot)


@check(
    "stream-delta-shape", "streaming", "must", "choices[].delta is an object, its content text",
    core=True, needs=("stream",), gives=_OR_LIVES, source=CHUNK,
    why="Programs read choices[0].delta.content of every chunk.",
    do="Send delta: {} where there is nothing to add.",
)  # fmt: skip
def _stream_delta_shape(shots: Shots) -> Result:
    shot = shots.streamed("stream")
    choices = [(choice, chunk) for chunk in shot.chunks for choice in objects(chunk["choices"])]
    judged = [(_judge_delta(choice), chunk) for choice, chunk in choices]
    if bad := [chunk for verdict, chunk in judged if verdict == "deviates"]:
        return deviates("the text is not in delta.content", shot, shot.json_of(bad[0]))
    if odd := [chunk for verdict, chunk in judged if verdict == "tolerated"]:
        came = "a choice without delta, or content in parts"
        return tolerated(came, shot, shot.json_of(odd[0]))
    return passed("every delta is an object", shot)


def _judge_delta(choice: dict[str, Any]) -> Conformance:
    delta = choice.get("delta")
    if delta is None:
        # Azure's asynchronous filter sends such choices, which carry no content.
        return "deviates" if "message" in choice or "text" in choice else "tolerated"
    content = delta.get("content") if isinstance(delta, dict) else None
    if not isinstance(delta, dict) or not isinstance(content, str | list | None):
        return "deviates"
    return "tolerated" if isinstance(content, list) else "pass"


@check(
    "stream-index", "streaming", "must", "every choice has index 0 where one answer was asked for",
    core=True, needs=("stream",), gives=_OR_LIVES, source=CHUNK,
    why="Clients sort by index: with others they show one word, or many answers.",
    do="Send index 0 in each chunk.",
)  # fmt: skip
def _stream_index(shots: Shots) -> Result:
    shot = shots.streamed("stream")
    choices = [choice for chunk in shot.chunks for choice in objects(chunk["choices"])]
    others = [choice for choice in choices if choice.get("index") not in (0, None, "0")]
    if others:
        came = f"{len(others)} of {len(choices)} choices have another index"
        return deviates(came, shot, shot.json_of(others[0]))
    if any(choice.get("index") != 0 for choice in choices):
        return tolerated("the index is missing, null or a string", shot, shot.json_of(choices[0]))
    return passed("index 0 throughout", shot)


@check(
    "stream-same-id", "streaming", "should", "one id in all chunks",
    needs=("stream",), gives=("pass", "tolerated", "deviates"), source=CHUNK,
    why="Programs put chunks together, and log them, by id.",
    do="Make the id once for each request.",
)  # fmt: skip
def _stream_same_id(shots: Shots) -> Result:
    shot = shots.streamed("stream")
    ids = {str(chunk.get("id") or "") for chunk in shot.chunks if _brings_text(chunk)}
    if not ids:
        return unclear("no text came in deltas", shot)
    if len(ids) > 1:
        return deviates(f"{len(ids)} different ids", shot, ", ".join(sorted(ids)[:4]))
    others = {str(chunk.get("id") or "") for chunk in shot.chunks} - ids
    if others:
        return tolerated("only chunks without text have another one", shot)
    return passed("one id", shot)


@check(
    "stream-same-created", "streaming", "should", "one created value in all chunks",
    needs=("stream",), gives=("pass", "tolerated"), source=CHUNK,
    why="Hardly any program looks at it.", do="Take the time once for each request.",
)  # fmt: skip
def _stream_same_created(shots: Shots) -> Result:
    shot = shots.streamed("stream")
    times = {str(chunk.get("created")) for chunk in shot.chunks if chunk["choices"]}
    if len(times) > 1:
        return tolerated(f"{len(times)} different times", shot)
    ended_s = shot.recording.end_s
    if ended_s is None or ended_s < 1.0:
        return unclear("one value, but the stream took less than a second", shot)
    return passed("one value", shot)


@check(
    "stream-role-first", "streaming", "should", "role assistant in the first delta, and only there",
    needs=("stream",), gives=("pass", "tolerated"), source="what OpenAI sends",
    why="Accumulators that add strings make assistantassistant of a repeated one.",
    do="Send the role once, in the first delta.",
)  # fmt: skip
def _stream_role_first(shots: Shots) -> Result:
    shot = shots.streamed("stream")
    deltas = shot.deltas
    places = [place for place, delta in enumerate(deltas) if delta.get("role")]
    if not deltas:
        return unclear("no deltas came", shot)
    if not places:
        return tolerated("no delta says the role", shot)
    if places != [0]:
        return tolerated(f"the role is in {len(places)} of {len(deltas)} deltas", shot)
    return passed("once, at the start", shot)


@check(
    "stream-deltas-not-cumulative", "streaming", "must", "deltas are pieces, not the text so far",
    core=True, needs=("stream",), gives=_OK_OR_NOT, source=CHUNK,
    why="Every client doubles the text, and none notices.",
    do="Send only what is new in each chunk.",
)  # fmt: skip
def _stream_deltas_not_cumulative(shots: Shots) -> Result:
    shot = shots.streamed("stream")
    if shot.cumulative:
        return deviates("each repeats the text before it", shot, shot.pieces[-1])
    if len(shot.pieces) < 4:
        return unclear(f"only {len(shot.pieces)} deltas with text", shot)
    return passed(counted(len(shot.pieces), "piece"), shot)


@check(
    "stream-equals-full", "streaming", "should", "the same text streamed and in full",
    needs=(*PLAIN, "stream"), gives=_OR_LIVES, source="nothing; a difference only hints",
    why="A lost space or line at the start points at whoever strips it.", do="Compare the two.",
)  # fmt: skip
def _stream_equals_full(shots: Shots) -> Result:
    full, shot = shots.answered("chat"), whole(shots)
    if full.text == shot.text:
        return passed("to the character", shot)
    if full.text.strip() == shot.text.strip():
        return tolerated("but for white space around it", shot, repr(shot.text[:80]))
    if not repeatable(shots):
        return unclear("the answers differ from run to run", shot)
    if lost := _lost(full, shot):
        return deviates(lost, shot, f"{full.text}\n{shot.text}")
    return unclear("another text, as sampling allows", shot, shot.text)


def _lost(full: Shot, streamed: Shot) -> str:
    """What streaming lost from a text that is the same each time, "" if nothing can be shown."""
    # A character cut by the token limit is damaged in one of them and left out of the other.
    one, other = full.text.rstrip("\ufffd"), streamed.text.rstrip("\ufffd")
    if "".join(one.split()) == "".join(other.split()):
        return "the letters are the same, and the white space between them is not"
    if not other.strip() or full.answer.finish_reason != streamed.answer.finish_reason:
        return ""
    which = "first" if one.endswith(other) else "last" if one.startswith(other) else ""
    missing = one.removesuffix(other) if which == "first" else one.removeprefix(other)
    # Template tokens, reasoning or the prompt in one of the two have checks of their own.
    if not which or "<" in missing or SYSTEM in missing:
        return ""
    return f"streamed, the {which} {len(missing)} characters are missing"


@check(
    "stream-unicode", "streaming", "must", "characters stay whole",
    needs=("unicode", "stream"), gives=_OK_OR_NOT, source="RFC 8259",
    why="Readers see � in place of an emoji or an accent.",
    do="Hold bytes back until a character is whole.",
)  # fmt: skip
def _stream_unicode(shots: Shots) -> Result:
    shot = shots.streamed("unicode")
    for one in (shot, shots.streamed("stream")):
        if one.reading.findings.get("lone-surrogate"):
            return deviates("half of a character came alone", one)
    text = shot.text
    damaged = text.count("�")
    # A token limit may cut the last character, and a weak model may write invalid bytes.
    if not damaged or text.rstrip("�").count("�") == 0:
        return passed("no damaged character", shot, text)
    return unclear(f"{damaged} damaged characters, perhaps the model's own", shot, text)


def _brings_text(chunk: dict[str, Any]) -> bool:
    deltas = (choice.get("delta") for choice in objects(chunk["choices"]))
    return any(isinstance(delta, dict) and delta.get("content") for delta in deltas)
