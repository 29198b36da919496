"""Finds text that a server put where the API has none, so that it is not lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from .answer import Delta
from .builders.builder import DONE, Builder
from .encoding import utf_8
from .other_framings import framed
from .parsing import encoded, parsed
from .salvage import salvaged
from .server_error import server_error
from .surrogates import encodable

DEEP = 6
# Limits of the search: the body's size, an object's fields, a list's items; and a minimum number
# of bare pieces.
LARGE, NAMES, PLACES, FEW = 4_000_000, 50, 4, 3
# One piece of bare text that is shorter may be a status, such as "OK".
LINE = 80
# Fields that describe the answer and are not part of its text.
_ABOUT = frozenset({
    "id", "object", "model", "role", "type", "index", "matched_stop", "logprobs", "refusal",
    "content_filter_results", "service_tier", "system_fingerprint", "error", "provider", "status",
    "usage", "obfuscation", "channel",
})  # fmt: skip
# What names thoughts, and the reason for the end.
_THOUGHT = re.compile("reason|think|thought", re.I)
# What Coze sends beside its answer.
_BESIDE = frozenset({"verbose", "follow_up"})
# Outside a choice a string may be anything; only under these names is it text.
_TEXT = frozenset({
    "content", "text", "delta", "message", "response", "output", "output_text", "answer", "value",
    "completion", "result", "generated_text", "text_output", "textdelta",
})  # fmt: skip
# Under these it is text only if it comes in pieces: one alone may be a secret, or anything.
_PIECES = frozenset({"token", "data"})
# A repetition this short may be what was said.
_SHORT = 16
# What may come before the first of several JSON texts: white space, or the sign of RFC 7464.
_BETWEEN = b" \t\r\n\x1e"
# Text without anything around it: no JSON, page, field of an event, number of a chunk, error or
# metrics.
_PROSE = re.compile(
    r"(?!\s*(?:[\[{<]|\w*\s?:|\d+\s|HTTP/|Traceback|# (?:HELP|TYPE) |error|internal ))"
    r"[^\0-\x08\ufffd]+\Z",
    re.I,
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
    events: list[str], body: bytes, builder: Builder, *, streamed: bool, pieces: int, failed: bool
) -> MisplacedText | None:
    """The misplaced text in a stream's events or a whole body; None if there is none.

    events:    their data, without that of errors
    builder:   a new one for the API that was asked: to read what no client can read
    streamed:  whether a stream was asked for
    pieces:    how many reads the body came in; 0 if it cannot be bare text
    failed:    whether an error was read in it, which is how data that is not JSON is first taken
    """
    if events:
        values = [parsed(encoded(data)) for data in events]
        found = _bare(events, values) or _salvaged(_strings(values), builder)
        found = found or _longest_text(_answers(values))
        return found or _salvaged([utf_8(body).decode("utf-8", "replace")], builder)
    if values := list(framed(body).values):
        return _longest_text(_answers(values))
    texts = _texts_in(body)
    if found := _salvaged(texts, builder):
        return found
    value = parsed(body)
    if value is None and body.lstrip(_BETWEEN)[:1] in (b"{", b"["):
        return _longest_text(_answers(salvaged(texts[0])))
    enough = pieces >= FEW if streamed else pieces and len(body) > LINE
    if value is None and enough and _PROSE.match(texts[0]):
        return MisplacedText("", texts[0])
    if failed and value is None:
        return None
    return _longest_text(_answers(value if isinstance(value, list) else [value]))


def _salvaged(texts: list[str], builder: Builder) -> MisplacedText | None:
    """The text of the answers inside of other texts."""
    for text in texts:
        builder.salvage(text)
    builder.close()
    return MisplacedText("body", builder.answer.text) if builder.answer.text.strip() else None


def _answers(values: Iterable[Any]) -> list[Any]:
    """The values that report no error, whose words are no answer."""
    return [value for value in values if server_error(value) is None]


def _strings(values: list[Any]) -> list[str]:
    """The strings in the values' fields that may hold a chunk as JSON."""
    held = (list(value.values())[:NAMES] for value in values if isinstance(value, dict))
    return [one for inside in held for one in inside if isinstance(one, str) and '"choices"' in one]


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
    """Text sent as bare pieces without JSON around it; fewer than three may be anything.

    Replicate ends such a stream with an object.
    """
    texts = [
        data if value is None else str(value)
        for data, value in zip(events, values, strict=True)
        if not isinstance(value, dict | list)
    ]
    pieces = [piece for piece in texts if piece.lstrip()[:1] not in ("[", "{", "<")]
    if len(pieces) < FEW or len(events) - len(texts) > 1:
        return None
    return MisplacedText("data", encodable("".join(pieces)))


def _longest_text(values: Iterable[Any]) -> MisplacedText | None:
    """The longest text anywhere in the chunks or the body; None if nothing looks like text."""
    pieces: dict[str, list[str]] = {}
    for value in values:
        choices = value.get("choices") if isinstance(value, dict) else None
        choice = choices[0] if isinstance(choices, list) and choices else None
        held = value if choice is None else {"choices[0]": choice}
        for path, text in _texts_within(held, "", DEEP):
            if choice is not None or _last(path) in _TEXT | _PIECES:
                pieces.setdefault(path, []).append(text)
    texts = {path: _joined(parts) for path, parts in pieces.items() if _varies(path, parts)}
    if not texts:
        return None
    path = max(texts, key=lambda path: len(texts[path]))
    if not texts[path].strip():
        return None
    return MisplacedText(encodable(path), encodable(texts[path]))


def _last(path: str) -> str:
    """The name at the end of a path, in small letters."""
    return path.rpartition(".")[2].partition("[")[0].lower()


def _varies(path: str, parts: list[str]) -> bool:
    """Whether it can be text: outside a choice, a value that never changes is not."""
    if path.startswith("choices[0]"):
        return True
    if _last(path) in _PIECES and len(parts) < FEW:
        return False
    return len(parts) == 1 or len({*parts}) > 1


def _joined(parts: list[str]) -> str:
    """The text of the pieces, said once: each may repeat what came before it, or only the last."""
    last, before = parts[-1], "".join(parts[:-1])
    if len(last) <= _SHORT:
        return before + last
    grew = len(parts) >= FEW and all(
        later.startswith(earlier) for earlier, later in pairwise(parts)
    )
    return last if grew or last.strip() == before.strip() else before + last


def _texts_within(value: Any, path: str, deep: int) -> Iterator[tuple[str, str]]:
    """Yield the strings in an object, with their paths; a list of strings is one text."""
    if isinstance(value, list):
        value = {f"[{place}]": one for place, one in enumerate(value[:PLACES])}
    if isinstance(value, dict) and _is_no_answer(value):
        return
    for name in list(value)[:NAMES] if isinstance(value, dict) and deep else ():
        inside = value[name]
        at = f"{path}{name[:40]}" if name[:1] == "[" else f"{path}.{name[:40]}".lstrip(".")
        if name.lower() in _ABOUT or _THOUGHT.search(name) or inside == DONE:
            continue
        if isinstance(inside, str):
            yield at, inside
        elif isinstance(inside, list) and len(inside) >= FEW and {*map(type, inside)} == {str}:
            yield at, "".join(inside)
        else:
            yield from _texts_within(inside, at, deep - 1)


def _is_no_answer(value: dict[str, Any]) -> bool:
    """Whether it is a part beside the answer, or a token of the template."""
    kind = str(value.get("type"))
    marked = value.get("thought") is True or value.get("special") is True
    return marked or kind in _BESIDE or bool(_THOUGHT.search(kind))
