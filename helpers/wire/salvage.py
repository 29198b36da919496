"""Objects out of text that is no JSON, or more than one: no client reads it, and a person can."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from .bounds import LARGE
from .parsing import parsed

_DECODER = json.JSONDecoder()
_WORDS = {"None": "null", "True": "true", "False": "false", "undefined": "null"}
# What is no fault matches, too: strings in double quotes, so that nothing is mended inside of them.
# Nothing is looked at twice, whatever stands in it: a string without an end goes to the end.
_FAULTY = re.compile(
    r"""("(?:[^"\\]|\\.)*+"?)|'((?:[^'\\]|\\.)*+)'?|//[^\n]*|/\*[^*]{0,200}\*/|,(?=\s*+[}\]])"""
    r"""|\b(None|True|False|undefined)\b|\b([A-Za-z_]\w*+)(?=\s*+:)""",
    re.DOTALL,
)


def salvaged(text: str) -> list[dict[str, Any]]:
    """The objects that stand in a text, one after the other, whatever stands between them.

    Where none is JSON, what is usually wrong with JSON is put right: quotes, commas at an end,
    comments, bare names, Python's words.
    """
    if len(text) > LARGE:
        return []
    text = _unwrapped(text)
    return _objects(text) or _objects(_FAULTY.sub(_mended, text))


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
    """The text in a string of JSON, or in bytes as Python prints them; else the text itself."""
    text = text.strip()
    try:
        value = ast.literal_eval(text) if text[:2] in ("b'", 'b"') else None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    inside = parsed(text.encode("utf-8", "replace")) if text[:1] == '"' else None
    return inside if isinstance(inside, str) else text


def _mended(found: re.Match[str]) -> str:
    double, single, word, name = found.groups()
    if single is not None:
        return '"' + single.replace("\\'", "'").replace('"', '\\"') + '"'
    return double or _WORDS.get(word or "", "") or (f'"{name}"' if name else "")
