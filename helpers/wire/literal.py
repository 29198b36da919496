"""A value as a person or a table has it in a text: as JSON writes it, or as Python does."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")
_KINDS: dict[type, str] = {
    bool: "true or false", int: "a whole number", float: "a number with a fraction", list: "a list",
    tuple: "a list", dict: "a dictionary", str: "a text", type(None): "null",
}  # fmt: skip


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# Python's own takes NaN and Infinity, which JSON has not.
DECODER = json.JSONDecoder(parse_constant=_no_constant)


class Unreadable(ValueError):
    """A text is no such value; the message says what it is instead, and nothing of the text."""


def value_of(text: str) -> Any:
    """The value that a text means.

    raises:  Unreadable, with the place where it stops being one
    """
    text = text.strip()
    try:
        return DECODER.decode(text)
    except json.JSONDecodeError as error:
        said = f"character {error.pos + 1}: {error.msg[:1].lower()}{error.msg[1:]}"
    except (ValueError, RecursionError):
        said = "a number that JSON has not, or too many brackets"
    try:
        # Second: what both can be, such as the halves of an emoji, is meant as JSON.
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise Unreadable(f"neither JSON nor a Python value ({said})") from None


def object_of(text: str) -> dict[str, Any]:
    """The object that a text means, {} where it is empty.

    raises:  Unreadable
    """
    found: dict[str, Any] = typed_as(text or "{}", dict)
    return found


def typed_as(text: str, kind: type) -> Any:
    """The value that a text means where one of this kind is wanted.

    raises:  Unreadable
    """
    text = text.strip()
    if kind is bool and text.lower() in _TRUE + _FALSE:
        return text.lower() in _TRUE
    if kind in (int, float):
        return _number(text, kind)
    if kind is bool:
        raise Unreadable(_instead(text))
    value = value_of(text)
    if kind in (list, tuple) and isinstance(value, list | tuple):
        return kind(value)
    if kind is not type(None) and type(value) is not kind:
        raise Unreadable(_KINDS.get(type(value), "another value"))
    return value


def _number(text: str, kind: type) -> int | float:
    try:
        number: int | float = kind(text)
    except ValueError:
        raise Unreadable(_instead(text)) from None
    if not math.isfinite(number):
        raise Unreadable("no number that ends")
    return number


def _instead(text: str) -> str:
    """What a text is that is no such value."""
    try:
        return _KINDS.get(type(value_of(text)), "another value")
    except Unreadable:
        return "a text"


def unsendable(fields: Mapping[str, Any]) -> str:
    """The first field that JSON has no form for, "" where it has one for all."""
    return next((name for name, value in fields.items() if not _is_json(value)), "")


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
