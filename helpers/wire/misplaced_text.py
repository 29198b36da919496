"""Text that a server put where the API has none, found so that it is not lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from .encoding import utf_8
from .parsing import encoded, parsed
from .salvage import salvaged

DEEP = 6
# More is not looked through, and no more names of an object than this.
LARGE, NAMES, PLACES, FEW = 4_000_000, 50, 4, 3
# What says something about the answer, and is none of it.
_ABOUT = frozenset({
    "id", "object", "model", "role", "type", "index", "finish_reason", "native_finish_reason",
    "stop_reason", "matched_stop", "logprobs", "refusal", "reasoning", "reasoning_content",
    "reasoning_details", "reasoning_text", "thinking", "thinking_blocks", "thoughts",
    "content_filter_results", "service_tier", "system_fingerprint", "error", "provider", "status",
    "usage", "obfuscation",
})  # fmt: skip
# Outside of a choice any word may be anything; under these names text is meant.
_TEXT = frozenset({
    "content", "text", "delta", "message", "response", "output", "output_text", "answer", "value",
    "completion", "result", "generated_text",
})  # fmt: skip
# What models that speak or draw answer in, as OpenAI and OpenRouter have it.
_MEDIA = ("audio", "images")


class MisplacedText(NamedTuple):
    """Text in a place where the API has none.

    path:  where it stands: "choices[0].delta.text"
    kind:  what stands there, as Python calls it
    """

    path: str
    kind: str
    text: str

    @property
    def in_a_choice(self) -> bool:
        """Whether it stands in a choice, where the API has its text, too."""
        return self.path.startswith("choices[0]")

    @property
    def medium(self) -> str:
        """What it is instead of text, "" where it is text."""
        return next((name for name in _MEDIA if f".{name}" in self.path), "")

    @property
    def is_text(self) -> bool:
        """Whether it is words for a reader, and neither a picture nor a tool call."""
        return not self.medium and "_call" not in self.path


def find_misplaced_text(events: list[str], body: bytes, *, failed: bool) -> MisplacedText | None:
    """Where the data of a stream's events, or a whole body, has its text; None for nowhere.

    failed:  whether an error was read in it: what is no JSON is taken for one at first
    """
    if events:
        values = [parsed(encoded(data)) for data in events]
        return None if failed else _bare(events, values) or _longest_text(values)
    inside = _answers_in(body)
    return _longest_text(inside or [parsed(body)]) if inside or not failed else None


def _bare(events: list[str], values: list[Any]) -> MisplacedText | None:
    """Pieces of text that were sent as they are; fewer than three may be anything."""
    if any(value is not None and value.__class__ is not str for value in values):
        return None
    said = [data if value is None else value for data, value in zip(events, values, strict=True)]
    pieces = [piece for piece in said if piece.lstrip()[:1] not in ("[", "{", "<")]
    return MisplacedText("data", "str", "".join(pieces)) if len(pieces) >= FEW else None


def _answers_in(body: bytes) -> list[dict[str, Any]]:
    """The answers, or chunks, that stand in a body which is no JSON object, or in its strings."""
    value = parsed(body)
    inside = list(value.values())[:NAMES] if isinstance(value, dict) else None
    said = [utf_8(body).decode("utf-8", "replace")] if inside is None else inside
    texts = [text for text in said if isinstance(text, str)]
    return [one for text in texts for one in salvaged(text) if one.get("choices")]


def _longest_text(values: Iterable[Any]) -> MisplacedText | None:
    """The longest text that chunks, or a body, hold anywhere; None where nothing looks like it."""
    pieces: dict[str, list[str]] = {}
    kinds: dict[str, str] = {}
    for value in values:
        choices = value.get("choices") if isinstance(value, dict) else None
        choice = choices[0] if isinstance(choices, list) and choices else None
        held = value if choice is None else {"choices[0]": choice}
        for path, said in _said(held, "", DEEP):
            if choice is not None or path.rpartition(".")[2].partition("[")[0] in _TEXT:
                pieces.setdefault(path, []).append(str(said))
                kinds.setdefault(path, type(said).__name__)
    texts = {path: "".join(parts) for path, parts in pieces.items() if _varies(path, parts)}
    if not texts:
        return None
    path = max(texts, key=lambda path: len(texts[path]))
    return MisplacedText(path, kinds[path], texts[path])


def _varies(path: str, parts: list[str]) -> bool:
    """Whether it can be text: outside of a choice what is the same in each event is none."""
    return path.startswith("choices[0]") or len(parts) == 1 or len({*parts}) > 1


def _said(value: Any, path: str, deep: int) -> Iterator[tuple[str, Any]]:
    """Yield the words, and numbers called content, that an object holds, with their paths."""
    if isinstance(value, list):
        value = {f"[{place}]": one for place, one in enumerate(value[:PLACES])}
    for name in list(value)[:NAMES] if isinstance(value, dict) and deep else ():
        inside = value[name]
        at = f"{path}{name[:40]}" if name[:1] == "[" else f"{path}.{name[:40]}".lstrip(".")
        if name in _ABOUT:
            continue
        if isinstance(inside, str):
            yield at, inside
        elif isinstance(inside, int | float):
            if name == "content":
                yield at, inside
        else:
            yield from _said(inside, at, deep - 1)
