"""Objects from text that is not JSON, or more than one: a person can read it, no client does."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from .bounds import LARGE, Bounds, separators
from .parsing import parsed

# Bare control characters in strings are no reason to give up.
_DECODER = json.JSONDecoder(strict=False)
_WORDS = {"None": "null", "True": "true", "False": "false", "undefined": "null"}
# Strings in double quotes match as well, though not faulty, so that nothing inside them is mended.
# No character is scanned twice: an unterminated string matches to the end of the text.
_FAULTY = re.compile(
    r"""("(?:[^"\\]|\\.)*+"?)|'((?:[^'\\]|\\.)*+)'?|//[^\n]*|/\*[^*]{0,200}\*/|,(?=\s*+[}\]])"""
    r"""|\b(None|True|False|undefined)\b|\b([A-Za-z_]\w*+)(?=\s*+:)""",
    re.DOTALL,
)


def salvaged(text: str) -> list[dict[str, Any]]:
    """The objects in a text, one after the other, whatever is between them.

    If there is no valid one, the usual faults are mended first: single quotes, trailing commas,
    comments, bare names, Python's constants. In a large text they are not, since that takes long.
    """
    if separators(text) > Bounds.values:
        return []
    text = _unwrapped(text)
    found = _objects(text)
    return found if found or len(text) > LARGE else _objects(_FAULTY.sub(_mended, text))


def _objects(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    at = text.find("{")
    while at >= 0:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        found.append(value)
        at = text.find("{", end)
    return found


def _unwrapped(text: str) -> str:
    """The text inside a JSON string or a Python bytes literal; otherwise the text itself."""
    text = text.strip()
    try:
        value = ast.literal_eval(text) if text[:2] in ("b'", 'b"') else None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    inside = parsed(text.encode("utf-8", "replace")) if text[:1] == '"' else None
    return inside if isinstance(inside, str) else text


def _mended(match: re.Match[str]) -> str:
    double, single, word, name = match.groups()
    if single is not None:
        return '"' + single.replace("\\'", "'").replace('"', '\\"') + '"'
    return double or _WORDS.get(word or "", "") or (f'"{name}"' if name else "")
