"""A value as it is typed on a command line, where one of some kind is wanted."""

from __future__ import annotations

import math
from typing import Any

from ..wire.literal import Unreadable, value_of

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")
_KINDS: dict[type, str] = {
    bool: "true or false", int: "a whole number", float: "a number with a fraction", list: "a list",
    tuple: "a list", dict: "a dictionary", str: "a text", type(None): "null",
}  # fmt: skip


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
