"""An answer whose text is somewhere no client looks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...finding import Finding, explained
from ...wire.parsing import parsed
from ...wire.server_error import ServerError, server_error
from ..observed import Observed

LOOKED_AT = 200
LARGE = 1_000_000
LONG = 80


def misplaced_text(observed: Observed) -> Finding | None:
    """The place of the text that should be the content; None if nothing looks like it."""
    found = observed.reading.misplaced
    whole = observed.reading.api == "responses"
    if found is None or not found.text.strip() or not (found.in_a_choice or whole):
        return None
    path, length = found.path, len(found.text)
    if other := found.medium:
        return Finding(
            "not-text", "remark", f"The answer is not text: it is in “{other}”.",
            f"{length:,} characters in {path[:LONG]}", "This page shows only text.",
        )  # fmt: skip
    what = "A tool call is" if found.is_call else "The text is"
    says = f"{what} in “{path}”, where no client looks for it."
    holder = "choices[0].delta" if observed.reading.sse else "choices[0].message"
    place = "tool_calls" if found.is_call else "content, as a string"
    due, there = f"{holder}.content", f"{holder}.{place}"
    if whole:
        due = there = "output[0].content[0].text"
    return explained(
        "text-elsewhere", says, expected=due, came=f"{length:,} characters in {path}",
        do=f"Put it into {there}.{observed.kept()}",
    )  # fmt: skip


def bare_text(observed: Observed) -> Finding | None:
    """The text that came as it is; None if none did."""
    found = observed.reading.misplaced
    if found is None or found.path:
        return None
    says = "Bare text came, with no completion around it."
    do = 'Send {"choices": [{"index": 0, "message": {"content": "…"}}]}, as JSON.'
    if observed.reading.streamed:
        says = "Bare text came, with no chunk around it."
        do = (
            'Write each piece as an event: data: {"choices": [{"index": 0, "delta": {"content": '
            '"…"}}]} and an empty line after it.'
        )
    wants = "a stream of events" if observed.reading.streamed else "one JSON object"
    return explained(
        "bare-text", says, expected=f"{wants} with the answer",
        came=f"{observed.came}, {len(found.text):,} characters", quote=found.text[:LONG],
        do=f"{do}{observed.kept()}",
    )  # fmt: skip


def error_of_a_choice(observed: Observed) -> ServerError | None:
    """The error next to a choice's finish reason, as OpenRouter writes it."""
    errors = (server_error({"error": _error_in(choice)}) for choice in _last_choices(observed))
    return next(filter(None, errors), None)


def _error_in(choice: dict[str, Any]) -> Any:
    held = [choice, choice.get("delta"), choice.get("message")]
    return next((it["error"] for it in held if isinstance(it, dict) and it.get("error")), None)


def _last_choices(observed: Observed) -> Iterator[dict[str, Any]]:
    """Yield the first choice of each of the last chunks, or of the body."""
    reading = observed.reading
    data = [event.data.encode("utf-8", "replace") for *_, event in reading.events[-LOOKED_AT:]]
    for one in data if reading.sse else [reading.body]:
        value = parsed(one) if len(one) <= LARGE else None
        choices = value.get("choices") if isinstance(value, dict) else None
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            yield choices[0]
