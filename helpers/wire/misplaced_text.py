"""Finds text that a server put where the API has none, so that it is not lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from .answer import Delta
from .builders.builder import Builder
from .encoding import utf_8
from .parsing import encoded, parsed
from .salvage import salvaged
from .server_error import server_error
from .surrogates import encodable

DEEP = 6
# Limits of the search: the body's size, an object's fields, a list's items; and a minimum number
# of bare pieces.
LARGE, NAMES, PLACES, FEW = 4_000_000, 50, 4, 3
# Fields that describe the answer and are not part of its text.
_ABOUT = frozenset({
    "id", "object", "model", "role", "type", "index", "finish_reason", "native_finish_reason",
    "stop_reason", "matched_stop", "logprobs", "refusal", "reasoning", "reasoning_content",
    "reasoning_details", "reasoning_text", "thinking", "thinking_blocks", "thoughts",
    "content_filter_results", "service_tier", "system_fingerprint", "error", "provider", "status",
    "usage", "obfuscation",
})  # fmt: skip
# Outside a choice a string may be anything; only under these names is it text.
_TEXT = frozenset({
    "content", "text", "delta", "message", "response", "output", "output_text", "answer", "value",
    "completion", "result", "generated_text",
})  # fmt: skip
# What may come before the first of several JSON texts: white space, or the sign of RFC 7464.
_BETWEEN = b" \t\r\n\x1e"
# Text without anything around it: no JSON, page, field of an event, number of a chunk or error.
_PROSE = re.compile(
    r"(?!\s*(?:[\[{<]|\w*\s?:|\d+\s|HTTP/|Traceback|error|internal ))[^\0-\x08\ufffd]+\Z", re.I
)
# The fields for speech and pictures, as OpenAI and OpenRouter name them.
_MEDIA = ("audio", "images")


class MisplacedText(NamedTuple):
    """Text in a place where the API has none.

    path:  where it was found: "choices[0].delta.text"; "" for text with nothing around it
    """

    path: str
    text: str

    @property
    def in_a_choice(self) -> bool:
        """Whether it is inside a choice, as the API's own text is."""
        return self.path.startswith("choices[0]")

    @property
    def medium(self) -> str:
        """The medium it is in instead of text, "" if it is text."""
        return next((name for name in _MEDIA if f".{name}" in self.path), "")

    @property
    def is_text(self) -> bool:
        """Whether it is text for a reader, not a picture, sound or a tool call."""
        return not self.medium and not self.is_call

    @property
    def is_call(self) -> bool:
        """Whether it is a part of a tool call, in whichever spelling of tool_calls."""
        return "call" in self.path.lower()


def find_misplaced_text(
    events: list[str], body: bytes, builder: Builder, *, pieces: int, failed: bool
) -> MisplacedText | None:
    """The misplaced text in a stream's events or a whole body; None if there is none.

    builder:  a new one for the API that was asked: to read what no client can read
    pieces:   how many reads of a stream the body came in; 0 for an answer in one piece
    failed:   whether an error was read in it, which is how data that is not JSON is first taken
    """
    if events:
        values = [parsed(encoded(data)) for data in events]
        return None if failed else _bare(events, values) or _longest_text(values)
    texts = _texts_in(body)
    for text in texts:
        builder.salvage(text)
    builder.close()
    if builder.answer.text.strip():
        return MisplacedText("body", builder.answer.text)
    value = parsed(body)
    if value is None and body.lstrip(_BETWEEN)[:1] == b"{":
        return _longest_text(one for one in salvaged(texts[0]) if server_error(one) is None)
    if value is None and pieces >= FEW and _PROSE.match(texts[0]):
        return MisplacedText("", texts[0])
    return None if failed else _longest_text(value if isinstance(value, list) else [value])


def spread_text(deltas: list[Delta]) -> MisplacedText | None:
    """The text of a stream that numbers its choices as if each piece were one; None otherwise."""
    indices = [delta.choice for delta in deltas]
    if len(indices) < FEW or indices != sorted({*indices}):
        return None
    return MisplacedText("choices", "".join(delta.text for delta in deltas))


def _texts_in(body: bytes) -> list[str]:
    """The texts of a body in which an answer may be: the strings in an object, or all of it."""
    value = parsed(body)
    if not isinstance(value, dict):
        return [utf_8(body).decode("utf-8", "replace")]
    return [inside for inside in list(value.values())[:NAMES] if isinstance(inside, str)]


def _bare(events: list[str], values: list[Any]) -> MisplacedText | None:
    """Text sent as bare pieces without JSON around it; fewer than three may be anything."""
    if any(value is not None and value.__class__ is not str for value in values):
        return None
    texts = [data if value is None else value for data, value in zip(events, values, strict=True)]
    pieces = [piece for piece in texts if piece.lstrip()[:1] not in ("[", "{", "<")]
    return MisplacedText("data", encodable("".join(pieces))) if len(pieces) >= FEW else None


def _longest_text(values: Iterable[Any]) -> MisplacedText | None:
    """The longest text anywhere in the chunks or the body; None if nothing looks like text."""
    pieces: dict[str, list[str]] = {}
    for value in values:
        choices = value.get("choices") if isinstance(value, dict) else None
        choice = choices[0] if isinstance(choices, list) and choices else None
        held = value if choice is None else {"choices[0]": choice}
        for path, text in _texts_within(held, "", DEEP):
            if choice is not None or path.rpartition(".")[2].partition("[")[0] in _TEXT:
                pieces.setdefault(path, []).append(text)
    texts = {path: "".join(parts) for path, parts in pieces.items() if _varies(path, parts)}
    if not texts:
        return None
    path = max(texts, key=lambda path: len(texts[path]))
    return MisplacedText(encodable(path), encodable(texts[path]))


def _varies(path: str, parts: list[str]) -> bool:
    """Whether it can be text: outside a choice, a value that never changes is not."""
    return path.startswith("choices[0]") or len(parts) == 1 or len({*parts}) > 1


def _texts_within(value: Any, path: str, deep: int) -> Iterator[tuple[str, str]]:
    """Yield the strings in an object, with their paths."""
    if isinstance(value, list):
        value = {f"[{place}]": one for place, one in enumerate(value[:PLACES])}
    for name in list(value)[:NAMES] if isinstance(value, dict) and deep else ():
        inside = value[name]
        at = f"{path}{name[:40]}" if name[:1] == "[" else f"{path}.{name[:40]}".lstrip(".")
        if name in _ABOUT:
            continue
        if isinstance(inside, str):
            yield at, inside
        else:
            yield from _texts_within(inside, at, deep - 1)
