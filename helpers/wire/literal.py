"""Values read from text, in the notation of JSON or of Python."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from ..wording import kind_of

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# Python's default also accepts NaN and Infinity, which JSON does not have.
DECODER = json.JSONDecoder(parse_constant=_no_constant)


class Unreadable(ValueError):
    """The text is not such a value; the message says what it is, without quoting the text."""


def value_of(text: str) -> Any:
    """The value that a text spells out.

    raises:  Unreadable, with the position where JSON ends
    """
    text = text.strip()
    try:
        return DECODER.decode(text)
    except json.JSONDecodeError as error:
        why = f"character {error.pos + 1}: {error.msg[:1].lower()}{error.msg[1:]}"
    except (ValueError, RecursionError):
        why = "a number that JSON does not have, or too many brackets"
    try:
        # Python second: text that both can read, such as a surrogate pair, is meant as JSON.
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise Unreadable(f"neither JSON nor a Python value ({why})") from None


def object_of(text: str) -> dict[str, Any]:
    """The object that a text spells out, {} if it is empty.

    raises:  Unreadable
    """
    found: dict[str, Any] = typed_as(text or "{}", dict)
    return found


def typed_as(text: str, kind: type) -> Any:
    """The value of the given type that a text spells out.

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
        raise Unreadable(kind_of(value))
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
    """The kind of value that a text is instead of the wanted one."""
    try:
        return kind_of(value_of(text))
    except Unreadable:
        return "text"


def not_json(fields: Mapping[str, Any]) -> str:
    """The name of the first field that JSON cannot represent, "" if it can represent all."""
    return next((name for name, value in fields.items() if not _is_json(value)), "")


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
