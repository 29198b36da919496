"""JSON values that other protocols put into a body: in lines with a code, in binary messages."""

from __future__ import annotations

import base64
import re
import zlib
from typing import Any, Literal, NamedTuple

from .parsing import as_object, parsed

# How the AI SDK, before its fifth version, began each line; the names are those of its successors.
_PARTS = {
    "0": ("text-delta", "delta"), "g": ("reasoning-delta", "delta"), "3": ("error", "errorText"),
    "f": ("start-step", ""), "e": ("finish-step", ""), "d": ("finish", ""),
}  # fmt: skip
_CODED = re.compile(r'\s*[0-9a-k]:\s?["\[{]')
_PRELUDE, _CHECKSUM = 12, 4
# As many lines or messages are read at most.
MOST = 50_000


class Framed(NamedTuple):
    """The values in a body and the protocol that frames them: "ai-sdk", "aws", "" for neither."""

    protocol: Literal["", "ai-sdk", "aws"]
    values: tuple[Any, ...] = ()


def framed(body: bytes) -> Framed:
    """The values in a body that is neither JSON nor events, as far as it came."""
    if _begins_message(body):
        return Framed("aws", tuple(_messages(body)))
    if not _CODED.match(body[:200].decode("utf-8", "replace")):
        return Framed("")
    text = body.decode("utf-8", "replace")
    lines = [line for line in text.split("\n", MOST)[:MOST] if line.strip()]
    # The last line may have been cut off.
    values = [_part(line) for line in lines]
    if None in values[:-1] or values == [None]:
        return Framed("")
    return Framed("ai-sdk", tuple(value for value in values if value is not None))


def _part(line: str) -> dict[str, Any] | None:
    code, _, data = line.strip().partition(":")
    value = parsed(data)
    if value is None and data.strip() != "null":
        return None
    kind, name = _PARTS.get(code, ("data", ""))
    return {"type": kind, name: value} if name else {"type": kind}


def _begins_message(body: bytes, at: int = 0) -> bool:
    """Whether a message in AWS's event stream encoding begins here: its head has a checksum."""
    head = body[at : at + _PRELUDE]
    return len(head) == _PRELUDE and zlib.crc32(head[:8]) == int.from_bytes(head[8:], "big")


def _messages(body: bytes) -> list[Any]:
    """The values of whole messages: length, length of the headers, checksum, headers, payload."""
    values: list[Any] = []
    at = 0
    while len(values) < MOST and _begins_message(body, at):
        length, headers = (int.from_bytes(body[one : one + 4], "big") for one in (at, at + 4))
        begins, ends = at + _PRELUDE + headers, at + length - _CHECKSUM
        if not begins <= ends <= len(body) - _CHECKSUM:
            break
        values.append(_inside(parsed(body[begins:ends])))
        at += length
    return values


def _inside(value: Any) -> Any:
    """The chunk that a message wraps in Base64, or the value itself."""
    try:
        inside = parsed(base64.b64decode(as_object(value).get("bytes", ""), validate=True))
    except (ValueError, TypeError):
        return value
    return value if inside is None else inside
