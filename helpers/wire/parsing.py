"""JSON, complete or cut off, and the parts of it that have the right kind. The door to jiter."""

from __future__ import annotations

import json
from typing import Any

import jiter

# Converting takes time that grows with the square of the digits; Python itself stops at 4300.
_MOST_DIGITS = 4000


def strict(text: bytes) -> Any:
    """The JSON value in bytes, parsed strictly.

    raises:  ValueError for anything else, including NaN, Infinity and lone surrogates
    """
    return jiter.from_json(text, allow_inf_nan=False)


def parsed(text: bytes | str) -> Any:
    """The JSON value in a text, parsed leniently; None if it is not JSON."""
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    try:
        return jiter.from_json(data)
    except ValueError:
        # Python's own json reads lone surrogates and numbers of any length, which jiter refuses.
        try:
            return json.loads(data.decode("utf-8", "replace"), parse_int=_whole)
        except (ValueError, RecursionError):
            return None


def _whole(digits: str) -> int | float:
    """A whole number, infinite beyond the digits that Python converts to an int."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def as_object(value: Any) -> dict[str, Any]:
    """A JSON object; {} for anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """A JSON list; [] for anything else."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a JSON list; [] for anything else."""
    return [one for one in as_list(value) if isinstance(one, dict)]


def unescaped(text: str) -> Any:
    """The object in JSON whose only fault is bare control characters; None for anything else."""
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def begun(body: bytes, *, holding: str) -> Any:
    """The JSON of an answer that breaks off, None if the bytes do not begin as an answer.

    holding:  the field by which an answer is recognised, such as "choices"
    """
    try:
        value = jiter.from_json(body, partial_mode="trailing-strings")
    except ValueError:
        return None
    return value if isinstance(value, dict) and value.get(holding) else None


def growing(text: str) -> Any:
    """The JSON value in a text that may still be incomplete; None if it is not JSON."""
    try:
        return jiter.from_json(text.encode("utf-8", "replace"), partial_mode="trailing-strings")
    except ValueError:
        return None


def behind(text: str) -> str | None:
    """The text after the JSON value that it begins with, None if it does not begin with one."""
    text = text.lstrip()
    try:
        return text[json.JSONDecoder().raw_decode(text)[1] :]
    except (ValueError, RecursionError):
        return None


def begins_with(text: str) -> Any:
    """The JSON value that a text begins with, None if it does not begin with one."""
    try:
        return json.JSONDecoder().raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None


def json_fault(text: str) -> str:
    """The syntax error in a text and its position, "" if it is JSON or only breaks off."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        whole = text.rstrip()
        # JSON that ends too soon is cut off, not malformed.
        cut = error.pos >= len(whole) or error.msg.startswith("Unterminated string")
        return "" if cut else f"{error.msg[:1].lower()}{error.msg[1:]}, character {error.pos + 1:,}"
    except (ValueError, RecursionError):
        return ""
    return ""


def beyond_json(data: str) -> bool:
    """Whether NaN or Infinity occurs outside strings: Python parses them, JSON forbids them."""
    if "NaN" not in data and "Infinity" not in data:
        return False
    outside = "".join(data.replace("\\\\", "").replace('\\"', "").split('"')[::2])
    return "NaN" in outside or "Infinity" in outside


def encoded(text: str) -> bytes:
    """Text as UTF-8, with lone surrogates kept as they are."""
    return text.encode("utf-8", "surrogatepass")


def glued(data: str) -> list[str]:
    """The chunks in one event, one per line or directly adjacent; [] if there is anything else."""
    lines = [line.strip() for line in data.replace("}{", "}\n{").split("\n")]
    whole = [line for line in lines if line == "[DONE]" or isinstance(parsed(line.encode()), dict)]
    return whole if len(whole) == sum(map(bool, lines)) else []
