"""Structured output: what is asked for, what came, and whether server or model missed it.

A server that enforces a schema cannot send another structure: if one came, the schema was ignored.
What a schema does not make a server enforce, such as a pattern, is up to the model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...client.exchange import Exchange
from ...endpoint import CallError
from ...finding import Finding
from ...wire.parsing import parsed
from ..json_schema import structure_errors
from .functions import BaseModel, ValidationError, closed, validation_errors


class ShapeError(CallError):
    """An answer cannot be requested in this shape."""

    headline = "This is not a schema"


@dataclass(frozen=True)
class Shape:
    """The structure that an answer is to have.

    schema:  as it is sent: everything required, nothing else allowed
    model:   the pydantic model that it was made from, None for a schema
    """

    name: str
    schema: Mapping[str, Any]
    model: type[BaseModel] | None = None

    @property
    def as_sent(self) -> dict[str, Any]:
        """The parameters that request it, in a chat's form."""
        json_schema = {"name": self.name, "strict": True, "schema": dict(self.schema)}
        return {"response_format": {"type": "json_schema", "json_schema": json_schema}}

    def value(self, text: str) -> Any:
        """The object in a text, as an instance of the model, if any; None if it does not fit."""
        if self.model is None:
            return parsed(text)
        try:
            return self.model.model_validate_json(text)
        except ValidationError:
            return None


def shape_of(wanted: type[BaseModel] | Mapping[str, Any]) -> Shape:
    """A pydantic model or a JSON schema as a shape.

    raises:  ShapeError for anything else
    """
    if isinstance(wanted, type) and issubclass(wanted, BaseModel):
        return Shape(wanted.__name__, strict(closed(wanted.model_json_schema())), wanted)
    if isinstance(wanted, Mapping) and wanted.get("type") == "object":
        return Shape(str(wanted.get("title") or "answer")[:60], dict(wanted))
    do = "Give a class that inherits pydantic's BaseModel, or {'type': 'object', …}."
    raise ShapeError("a pydantic model or the schema of an object", repr(wanted)[:80], do)


def strict(schema: Any) -> Any:
    """A schema for strict mode: everything required, nothing else allowed, no defaults."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: strict(value) for name, value in schema.items() if name != "default"}
    if isinstance(kept.get("properties"), dict):
        kept |= {"required": [*kept["properties"]], "additionalProperties": False}
    return kept


def judge_structure(exchange: Exchange, shape: Shape) -> Finding | None:
    """Whether an answer has the shape that was asked for; None if no answer came."""
    text = exchange.text.strip()
    if exchange.failure or exchange.stopped or not text:
        return None
    value = parsed(text)
    if value is None and _breaks_off(text):
        return _cut(text, exchange.answer.finish_reason == "length")
    wrong = [] if value is None else structure_errors(value, shape.schema)
    if value is None or wrong:
        came = "; ".join(wrong) or f"{_in_place_of_json(text)}: “{text[:120]}”"
        return Finding(
            "schema-ignored", "remark", "The schema was accepted and ignored by the server: "
            "something else came.", came, "See in 04_conformance what it enforces, and validate "
            "every answer. llama.cpp and vLLM enforce a schema; many gateways do not pass it on.",
            verdict="ignored",
        )  # fmt: skip
    if shape.model and (error := _refused(shape.model, text)):
        says = (
            "The structure is right, but the model filled it with values that your class refuses."
        )
        do = "The model did that: say in the prompt, or in descriptions, what is allowed."
        return Finding("schema-model-failed", "remark", says, error, do)
    return Finding("schema-kept", "pass", "The answer has the shape that was asked for.")


def _cut(text: str, at_limit: bool) -> Finding:
    if at_limit:
        says, do = "The object was cut off at the token limit.", "Raise max tokens."
    else:
        says = "The object breaks off, although the answer is said to be complete."
        do = "Ask with stream=False: if it is whole then, the stream loses its end."
    return Finding("schema-cut", "remark", says, text[-80:], do)


def _breaks_off(text: str) -> bool:
    """Whether the text is the start of an object or list, and is valid JSON so far."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        ended = error.pos >= len(text) or error.msg.startswith("Unterminated string")
        return text[0] in "{[" and ended
    except (ValueError, RecursionError):
        pass
    return False


def _in_place_of_json(text: str) -> str:
    """What kind of text came where an object was asked for."""
    if "```" in text:
        return "the object in a Markdown fence"
    if text.startswith("<think"):
        return "thoughts before the object"
    return "an object and more after it" if text[0] in "{[" else "not JSON"


def _refused(model: type[BaseModel], text: str) -> str:
    try:
        model.model_validate_json(text)
    except ValidationError as error:
        return validation_errors(error)
    return ""
