"""A value as a person or a table has it in a text: as JSON writes it, or as Python does."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any, NoReturn


class Unreadable(ValueError):
    """A text is no such value; the message says what it is instead, and nothing of the text."""


def value_of(text: str) -> Any:
    """The value that a text means.

    raises:  Unreadable, with the place where it stops being one
    """
    text = text.strip()
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        said = f"character {error.pos + 1}: {error.msg[:1].lower()}{error.msg[1:]}"
    except (ValueError, RecursionError):
        said = "a number that JSON has not, or too many brackets"
    try:
        # Second: what both can be, such as the halves of an emoji, is meant as JSON.
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise Unreadable(f"neither JSON nor a Python value ({said})") from None


def unsendable(fields: Mapping[str, Any]) -> str:
    """The first field that JSON has no form for, "" where it has one for all."""
    return next((name for name, value in fields.items() if not _is_json(value)), "")


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
