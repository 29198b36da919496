"""Where a value's structure violates its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

_MOST_ERRORS, _DEEPEST = 5, 20
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,),
    "integer": (int,), "number": (int, float), "null": (type(None),),
}  # fmt: skip


def structure_errors(value: Any, schema: Mapping[str, Any]) -> list[str]:
    """The first places where the structure differs: types, enums, missing and unexpected names.

    Servers need not enforce anything else in a schema, such as a pattern.
    """
    return list(islice(_wrong(value, schema, schema, "", 0), _MOST_ERRORS))


def _wrong(value: Any, schema: Any, whole: Mapping[str, Any], at: str, depth: int) -> Iterator[str]:
    """Yield each place where a value's structure differs from its schema."""
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return
    if isinstance(reference := schema.get("$ref"), str):
        named = (whole.get("$defs") or {}).get(reference.rpartition("/")[2])
        yield from _wrong(value, named, whole, at, depth + 1)
        return
    where = at.lstrip(".") or "the whole"
    if not _is_of_type(value, schema.get("type")):
        yield f"{where}: expected {schema['type']}, got {_type_of(value)}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{where}: none of the allowed values"
    elif isinstance(value, dict):
        yield from _wrong_object(value, schema, whole, at, depth)
    elif isinstance(value, list):
        for number, one in enumerate(value[:100]):
            yield from _wrong(one, schema.get("items"), whole, f"{at}.{number}", depth + 1)


def _wrong_object(
    value: dict[str, Any], schema: Mapping[str, Any], whole: Mapping[str, Any], at: str, depth: int
) -> Iterator[str]:
    properties = schema.get("properties") or {}
    for name in schema.get("required") or []:
        if name not in value:
            yield f"{at}.{name}".lstrip(".") + ": missing"
    for name, one in value.items():
        if name in properties:
            yield from _wrong(one, properties[name], whole, f"{at}.{name}", depth + 1)
        elif schema.get("additionalProperties") is False:
            yield f"{at}.{name[:40]}".lstrip(".") + ": not asked for"


def _is_of_type(value: Any, kind: Any) -> bool:
    kinds = [kind] if isinstance(kind, str) else kind
    if not isinstance(kinds, list):
        return True
    if isinstance(value, bool):
        return "boolean" in kinds
    return any(isinstance(value, _TYPES.get(one, (object,))) for one in kinds)


def _type_of(value: Any) -> str:
    return next((name for name, kind in _TYPES.items() if type(value) in kind), "something else")
