"""JSON out of bytes: whole, or as far as it came. The door to jiter."""

from __future__ import annotations

import json
from typing import Any

import jiter


def strict(text: bytes) -> Any:
    """The JSON value that bytes are.

    raises:  ValueError for anything else, NaN, Infinity and halves of surrogates included
    """
    return jiter.from_json(text, allow_inf_nan=False)


def parsed(text: bytes) -> Any:
    """The JSON value that bytes are, None when they are none."""
    try:
        return jiter.from_json(text)
    except ValueError:
        # Halves of surrogates, which jiter refuses and Python's own json reads.
        try:
            return json.loads(text.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return None


def unescaped(text: str) -> Any:
    """The object that JSON is whose only fault is a bare line end or tab; None for others."""
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def begun(body: bytes, *, holding: str) -> Any:
    """An answer's JSON as far as it came, None when the bytes don't begin as one.

    holding:  the field that an answer is known by, such as "choices"
    """
    try:
        value = jiter.from_json(body, partial_mode="trailing-strings")
    except ValueError:
        return None
    return value if isinstance(value, dict) and value.get(holding) else None


def growing(text: str) -> Any:
    """The JSON value that a text begins to be, as far as it came; None for no JSON."""
    try:
        return jiter.from_json(text.encode("utf-8", "replace"), partial_mode="trailing-strings")
    except ValueError:
        return None


def behind(text: str) -> str | None:
    """What stands behind the JSON value that a text begins with, None where it begins with none."""
    text = text.lstrip()
    try:
        return text[json.JSONDecoder().raw_decode(text)[1] :]
    except (ValueError, RecursionError):
        return None


def begins_with(text: str) -> Any:
    """The JSON value that a text begins with, None where it begins with none."""
    try:
        return json.JSONDecoder().raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None


def json_fault(text: str) -> str:
    """What makes a text no JSON, and where, "" where it is JSON or only breaks off."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        whole = text.rstrip()
        # What ends too soon is cut, not broken.
        cut = error.pos >= len(whole) or error.msg.startswith("Unterminated string")
        return "" if cut else f"{error.msg[:1].lower()}{error.msg[1:]}, character {error.pos + 1:,}"
    except (ValueError, RecursionError):
        return ""
    return ""


def encoded(text: str) -> bytes:
    """Text as UTF-8, with lone halves of surrogates kept as they are."""
    return text.encode("utf-8", "surrogatepass")


def glued(data: str) -> list[str]:
    """The chunks that one event holds, one per line or one right after the other; [] for others."""
    lines = [line.strip() for line in data.replace("}{", "}\n{").split("\n")]
    whole = [line for line in lines if line == "[DONE]" or isinstance(parsed(line.encode()), dict)]
    return whole if len(whole) == sum(map(bool, lines)) else []
