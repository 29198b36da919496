"""The parameters that have a field of their own: how each is typed, and what is then sent.

Pure; each is one row of a table, and an empty field is not sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from . import typed
from .typed import FieldError

Sent = dict[str, Any]


@dataclass(frozen=True)
class Parameter:
    """A parameter, by its name in the chat API.

    read:     converts what was typed into the value that is sent; raises FieldError
    slider:   lowest, highest, step; None without one
    offers:   values to choose from; any other may be typed
    hint:     the text in the empty field
    """

    name: str
    read: Callable[[str, str], Any]
    slider: tuple[float, float, float] | None = None
    offers: tuple[str, ...] = ()
    hint: str = ""

    @property
    def label(self) -> str:
        """The label of its field."""
        return self.name.replace("_", " ").capitalize()

    def sent(self, text: str) -> Sent:
        """The body's fields for what was typed; {} for an empty field."""
        if not text.strip():
            return {}
        value = self.read(self.name, text.strip())
        return value if self.name == "logprobs" else {self.name: value}

    def taken(self, body: Sent) -> str:
        """The text for its value in a body, which is removed from the body; "" if it has none."""
        if self.name == "logprobs":
            return str(body.pop("top_logprobs", 0)) if body.pop("logprobs", False) is True else ""
        value = body.pop(self.name, None)
        return "" if value is None else _spelled(value)


def _number(name: str, text: str) -> float | None:
    return typed.number(name, text, float)


def _whole(name: str, text: str) -> float | None:
    return typed.number(name, text, int)


def _words(name: str, text: str) -> Any:
    """A word as it is, or a list of them as JSON."""
    return _json(name, text) if text[0] in '["' else text


def _format(name: str, text: str) -> Any:
    """The name of a format, or the whole format as JSON."""
    return _json(name, text) if text[0] == "{" else {"type": text}


def _logprobs(name: str, text: str) -> Sent:
    """Logprobs, and how many alternatives at each place."""
    others = typed.number(name, text, int)
    return {"logprobs": True, **({"top_logprobs": others} if others else {})}


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        do = 'Write it with double quotes, such as ["END", "###"].'
        raise FieldError(f"JSON as {name}", repr(text[:40]), do) from None


def _spelled(value: Any) -> str:
    """A value as the user would type it."""
    if isinstance(value, str) and value.strip() == value and value[:1] not in ("", "[", '"', "{"):
        return value
    if isinstance(value, Mapping) and {*value} == {"type"} and isinstance(value["type"], str):
        return str(value["type"])
    return json.dumps(value, ensure_ascii=False)


PARAMETERS = (
    Parameter("temperature", _number, (0, 2, 0.1)),
    Parameter("top_p", _number, (0, 1, 0.05)),
    Parameter("max_tokens", _whole),
    Parameter("frequency_penalty", _number, (-2, 2, 0.1)),
    Parameter("presence_penalty", _number, (-2, 2, 0.1)),
    Parameter("seed", _whole),
    Parameter("stop", _words, hint='END or ["END", "###"]'),
    Parameter("reasoning_effort", _words, offers=("none", "minimal", "low", "medium", "high")),
    Parameter("response_format", _format, offers=("text", "json_object")),
    Parameter("logprobs", _logprobs, hint="0 to 20 others"),
)


def sent(texts: Mapping[str, str]) -> Sent:
    """What the panel's fields add to a request's body; raises FieldError."""
    found: Sent = {}
    for one in PARAMETERS:
        found |= one.sent(texts[one.name])
    return found


def taken(body: Sent) -> dict[str, str]:
    """The fields' texts for a body, from which their values are removed."""
    return {one.name: one.taken(body) for one in PARAMETERS}
