"""An answer without text whose text stands in a place where no client looks for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ..finding import Finding, explained
from ..wire.parsing import parsed
from ..wire.server_error import ServerError, server_error
from .observed import Observed

LOOKED_AT = 200
LARGE = 1_000_000
DEEP = 6
LONG = 80
# What models that speak or draw answer in, as OpenAI and OpenRouter have it.
_NO_TEXT = ("audio", "images")
# What says something about the answer, and is none of it.
_ABOUT = frozenset({
    "id", "object", "model", "role", "type", "index", "finish_reason", "native_finish_reason",
    "stop_reason", "matched_stop", "logprobs", "refusal", "reasoning", "reasoning_content",
    "reasoning_details", "content_filter_results", "service_tier", "system_fingerprint", "error",
    "provider", "status",
})  # fmt: skip


def text_elsewhere(observed: Observed) -> Finding | None:
    """Where the text stands that should be the content; None where nothing looks like it."""
    lengths: Counter[str] = Counter()
    kinds: dict[str, str] = {}
    for chunk in _chunks(observed):
        for path, value in _said(chunk, "", DEEP):
            lengths[path] += len(str(value))
            kinds.setdefault(path, type(value).__name__)
    if not lengths:
        return None
    path, length = max(lengths.items(), key=lambda item: item[1])
    if other := next((name for name in _NO_TEXT if f".{name}" in path), ""):
        return Finding(
            "not-text", "remark", f"The answer is no text: it stands in “{other}”.",
            f"{length:,} characters in {path[:LONG]}", "This page shows text alone.",
        )  # fmt: skip
    what = "A tool call stands" if "_call" in path else "The text stands"
    says = f"{what} in “{path}”, where no client looks for it."
    if path.endswith(".content") and kinds[path] != "str":
        says = f"“{path}” is {_JSON.get(kinds[path], kinds[path])} where a string belongs."
    holder = "delta" if observed.reading.sse else "message"
    place = "tool_calls" if "_call" in path else "content, as a string"
    return explained(
        "text-elsewhere", says, expected=f"choices[0].{holder}.content",
        came=f"{length:,} characters in {path}", do=f"Put it into choices[0].{holder}.{place}.",
    )  # fmt: skip


_JSON = {"int": "a number", "float": "a number", "bool": "true or false"}


def error_of_a_choice(observed: Observed) -> ServerError | None:
    """The error that stands beside a choice's finish reason, as OpenRouter writes it."""
    errors = (server_error({"error": _error_in(choice)}) for choice in _chunks(observed, last=True))
    return next(filter(None, errors), None)


def _error_in(choice: dict[str, Any]) -> Any:
    one = choice["choices[0]"]
    held = [one, one.get("delta"), one.get("message")] if isinstance(one, dict) else []
    return next((it["error"] for it in held if isinstance(it, dict) and it.get("error")), None)


def _chunks(observed: Observed, *, last: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the first choice of the first chunks, or the last ones, or of the body."""
    reading = observed.reading
    looked_at = reading.events[-LOOKED_AT:] if last else reading.events[:LOOKED_AT]
    data = (
        [event.data.encode("utf-8", "replace") for *_, event in looked_at]
        if reading.sse
        else [reading.body]
    )
    for one in data:
        value = parsed(one) if len(one) <= LARGE else None
        choices = value.get("choices") if isinstance(value, dict) else None
        if isinstance(choices, list) and choices:
            yield {"choices[0]": choices[0]}


def _said(value: Any, path: str, deep: int) -> Iterator[tuple[str, Any]]:
    """Yield the words, and numbers called content, that an object holds, with their paths."""
    if isinstance(value, list):
        value = {f"[{place}]": one for place, one in enumerate(value[:4])}
    for name in list(value)[:50] if isinstance(value, dict) and deep else ():
        inside = value[name]
        at = f"{path}{name[:40]}" if name[:1] == "[" else f"{path}.{name[:40]}".lstrip(".")
        if name in _ABOUT:
            continue
        if isinstance(inside, str):
            if inside.strip():
                yield at, inside
        elif isinstance(inside, int | float):
            if name == "content":
                yield at, inside
        else:
            yield from _said(inside, at, deep - 1)
