"""Checks of structured output: the prompt never mentions it, so only the server can enforce it."""

from __future__ import annotations

from typing import Any

from ....wire.parsing import as_object, parsed
from ...json_schema import structure_errors
from ..check import Result, beside_chat, check, deviates, ignored, passed, unclear
from ..shots import Shot, Shots

FORMAT = "OpenAI's response_format"


@check(
    "json-schema", "structured", "feature", "the text fits the schema that was sent",
    core=True, key=True, needs=("chat", "json-schema"), gives=("pass", "ignored", "refused"),
    source="OpenAI's ResponseFormatJsonSchema",
    why="If it is ignored, parsers fail now and then, and nobody knows why.",
    do="Check every answer against the schema, or ask a server that constrains its sampling.",
)  # fmt: skip
def _json_schema(shots: Shots) -> Result:
    return _fits(shots, "json-schema")


@check(
    "json-schema-stream", "structured", "feature", "a streamed text fits the schema, too",
    needs=("chat", "stream", "json-schema", "json-schema-stream"),
    gives=("pass", "ignored", "refused"),
    source="OpenAI's ResponseFormatJsonSchema",
    why="Programs that stream would get free text.", do="Ask without stream.",
)  # fmt: skip
def _json_schema_stream(shots: Shots) -> Result:
    shots.sound_stream()
    streamed, full = shots["json-schema-stream"], shots["json-schema"]
    piece = streamed.text.strip()
    if piece and piece != full.text.strip() and piece in full.text and _fits_its_own(full):
        return unclear("a piece of the text is missing: stream-equals-full", streamed, piece)
    return _fits(shots, "json-schema-stream")


def _fits(shots: Shots, label: str) -> Result:
    beside_chat(shots, label)
    shot = shots.answered(label)
    value = parsed(shot.text.strip().encode())
    if _fits_its_own(shot):
        return passed("it fits", shot, shot.text)
    if why := _cannot_tell(shot, value):
        return unclear(why, shot, shot.text)
    misses = isinstance(value, dict | list)
    return ignored("JSON that does not fit" if misses else _instead(shot), shot, shot.text)


def _fits_its_own(shot: Shot) -> bool:
    """Whether a text is JSON that fits the schema sent with it."""
    value = parsed(shot.text.strip().encode())
    return value is not None and not structure_errors(value, _schema(shot))


def _schema(shot: Shot) -> dict[str, Any]:
    """The schema that was sent."""
    form = as_object(shot.sent.get("response_format"))
    return as_object(as_object(form.get("json_schema")).get("schema"))


def _cannot_tell(shot: Shot, value: Any) -> str:
    """Why text that does not fit proves nothing, "" if it does prove something."""
    if shot.answer.refusal:
        return "the model refused"
    if not shot.text.strip():
        return "no text came"
    # A truncated answer might have fitted in the end.
    if shot.spent and value is None and shot.text.lstrip().startswith("{"):
        return "it was cut by the token limit"
    return ""


@check(
    "json-object", "structured", "feature", "response_format json_object gives one JSON object",
    needs=("chat", "json-object"), gives=("pass", "ignored", "refused"),
    source="OpenAI's ResponseFormatJsonObject",
    why="Programs parse the whole text.", do="Use json_schema, or take the fence off yourself.",
)  # fmt: skip
def _json_object(shots: Shots) -> Result:
    beside_chat(shots, "json-object")
    shot = shots.answered("json-object")
    value = parsed(shot.text.strip().encode())
    if isinstance(value, dict):
        return passed("one JSON object", shot, shot.text)
    if why := _cannot_tell(shot, value):
        return unclear(why, shot, shot.text)
    return ignored(_instead(shot), shot, shot.text)


def _instead(shot: Shot) -> str:
    """What came that is no JSON by itself."""
    return "JSON in a fence" if shot.text.lstrip().startswith("```") else "free text came"


@check(
    "json-bad-format", "structured", "should", "a response_format that does not exist is refused",
    needs=("chat", "json-bad-format"), gives=("pass", "ignored", "deviates"), source=FORMAT,
    why="A typo would go unnoticed.", do="Check the value in the server.",
)  # fmt: skip
def _json_bad_format(shots: Shots) -> Result:
    shots.answered("chat")
    shot = shots["json-bad-format"]
    status = shot.status or 0
    if 400 <= status < 500 or (status == 200 and shot.error):
        return passed(f"status {status}", shot, shot.words)
    if status >= 500:
        return deviates(f"status {status} in place of a refusal (4xx)", shot, shot.words)
    return ignored("accepted: nobody looks at it", shot)
