"""What stays in memory of an answer, and the output line that it can be read back from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...product import NAME
from ...wire.builders.builder import usage_of
from ...wire.parsing import as_object

BEGINNING = 80


@dataclass(frozen=True, slots=True)
class Row:
    """One answer in figures.

    asked:      the fingerprint of what was asked; "" if another tool wrote the line
    endpoint:   the endpoint that was asked
    kind:       what is wrong with it, by its finding's name; "" for an answer
    says:       that finding's sentence
    begins:     how its text begins
    time_s:     from send to the last byte, of the last try
    """

    custom_id: str
    asked: str = ""
    endpoint: str = ""
    kind: str = ""
    says: str = ""
    status: int | None = None
    finish_reason: str = ""
    begins: str = ""
    characters: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    time_s: float | None = None
    tries: int = 1

    def to_dict(self) -> dict[str, Any]:
        """All fields as plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


# What the line already holds in OpenAI's own fields.
_ELSEWHERE = ("custom_id", "kind", "says", "status", "begins")
_OWN = tuple(name for name in Row.__slots__ if name not in _ELSEWHERE)


def own_field(row: Row) -> dict[str, Any]:
    """The field that a line holds beside OpenAI's, named after the product."""
    return {NAME: {name: getattr(row, name) for name in _OWN}}


def row_of(line: Any) -> Row | None:
    """The row of a line from an output file, ours or OpenAI's; None for any other value."""
    if not isinstance(line, dict) or not isinstance(custom_id := line.get("custom_id"), str):
        return None
    if not {"response", "error"} & line.keys():
        # This is a prompt: if one file is named as both input and output, nothing would be asked.
        return None
    response, error, own = (as_object(line.get(name)) for name in ("response", "error", NAME))
    body, status = as_object(response.get("body")), response.get("status_code")
    if not error and isinstance(status, int) and status >= 400:
        # In OpenAI's own error files, the body says what was refused.
        error = as_object(body.get("error"))
        error |= {"code": error.get("code") or f"status-{status}"}
    usage = usage_of(as_object(body.get("usage")))
    known: dict[str, Any] = {
        name: own[name] for name in Row.__slots__ if name in own and name not in _ELSEWHERE
    }
    counted: dict[str, Any] = {
        "prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens,
    }  # fmt: skip
    text = text_of(body)
    return Row(
        custom_id, kind=str(error.get("code") or "failed")[:BEGINNING] if error else "",
        says=str(error.get("message") or ""), status=status if isinstance(status, int) else None,
        begins=text[:BEGINNING], **({"characters": len(text)} | counted | known),
    )  # fmt: skip


def text_of(body: Mapping[str, Any]) -> str:
    """The text of an unstreamed answer, whichever the API; "" if there is none."""
    choices = body.get("choices")
    if isinstance(choices, list) and choices:
        choice = as_object(choices[0])
        return _text(as_object(choice.get("message")).get("content")) or _text(choice.get("text"))
    output = body.get("output")
    if isinstance(output, list):
        return "".join(_text(as_object(one).get("content")) for one in output)
    return _text(body.get("content"))


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(as_object(part).get("text") or "") for part in content)
    return content if isinstance(content, str) else ""
