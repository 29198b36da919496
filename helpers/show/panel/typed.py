"""The text of a field parsed: numbers, headers, a query, a body.

Pure; each function raises FieldError with what to type instead, and never quotes a possible key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ...endpoint import CallError, check_key_name
from ...secrets.forms import SHORTEST_JUDGED
from ...secrets.shapes import gives_away
from ...wording import kind_of

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = ("model", "messages", "stream")


class FieldError(CallError):
    """A field holds what cannot be sent."""

    headline = "A field cannot be sent"


class EmptyPrompt(FieldError):
    """There is nothing to ask."""

    headline = "The prompt is empty"


def number(name: str, typed: str, kind: type[float] | type[int]) -> float | None:
    """The number in a field, None for an empty one; a comma counts as a decimal point."""
    try:
        return kind(typed.strip().replace(",", ".")) if typed.strip() else None
    except ValueError:
        what = "a whole number" if kind is int else "a number such as 0.7"
        do = "Correct the field, or clear it: empty fields are not sent."
        raise FieldError(f"{what} as {name}", repr(typed[:40]), do) from None


def headers(typed: str) -> dict[str, str]:
    """The headers of lines such as "api-key: $MY_KEY"."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, typed.splitlines())):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not _HEADER_NAME.fullmatch(name):
            do = "Write one header per line, such as X-Tenant: oak."
            raise FieldError("“Name: value” in Headers", _quoted(line), do)
        if not value.isascii() or not value.isprintable():
            do = "Write it without them, or take it from a variable: $NAME."
            raise FieldError(f"plain ASCII in {name}", "other characters", do)
        found[name] = _value(name, value)
    return found


def query(typed: str) -> dict[str, str]:
    """The query's parameters, one "name=value" per line or several joined by &."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, typed.splitlines())):
        pairs = parse_qsl(line.lstrip("?"), keep_blank_values=True)
        if not pairs or "=" not in line:
            do = "Write one per line, such as api-version=2024-10-21."
            raise FieldError("“name=value” in Query", _quoted(line), do)
        found |= {name: _value(name, value) for name, value in pairs}
    return found


def body(typed: str) -> dict[str, Any]:
    """The extra parameters of a JSON object."""
    if not typed.strip():
        return {}
    try:
        found = json.loads(typed)
    except (ValueError, RecursionError) as error:
        what = f"not JSON: {error.msg} in line {error.lineno}" if isinstance(
            error, json.JSONDecodeError
        ) else "something that cannot be read as JSON"  # fmt: skip
        do = 'Write an object with double quotes, such as {"top_p": 0.9}.'
        raise FieldError("a JSON object in Body", what, do) from None
    if not isinstance(found, dict):
        do = 'Put it into an object, such as {"top_p": 0.9}.'
        raise FieldError("a JSON object in Body", f"JSON of another kind: {kind_of(found)}", do)
    for name in _OURS:
        if name in found:
            do = f"Take {name!r} out of Body: the field above sets it."
            raise FieldError("what has no field of its own", repr(name), do)
    return found


def as_headers(given: Mapping[str, str]) -> str:
    """Headers as the user would type them."""
    return "\n".join(f"{name}: {value}" for name, value in given.items())


def as_query(given: Mapping[str, str]) -> str:
    """A query as the user would type it."""
    return "\n".join(urlencode({name: value}, safe="$") for name, value in given.items())


def as_body(given: Mapping[str, Any]) -> str:
    """Extra parameters as the user would type them."""
    return json.dumps(given, ensure_ascii=False, indent=2) if given else ""


def carries_secret(values: Mapping[str, str]) -> bool:
    """Whether any header or parameter comes from a variable, and so counts as a key."""
    return any(value.startswith("$") for value in values.values())


def _value(name: str, value: str) -> str:
    """A value that may be sent; a key is only accepted as a variable's name."""
    if value.startswith("$"):
        return "$" + check_key_name(value[1:].strip("{}"))
    if gives_away(name, value) and len(value.rpartition(" ")[2]) >= SHORTEST_JUDGED:
        raise FieldError(
            f"{name} as the name of a variable, such as $MY_KEY",
            "what looks like a key itself",
            "Put the key into a variable where you start JupyterLab, and type $ and its name here.",
        )
    return value


def _quoted(line: str) -> str:
    """What a message may quote of a line: a key pasted alone must not be repeated."""
    return repr(line) if len(line) < SHORTEST_JUDGED else "a line of another form"
