"""The panel's folded parameters: read from their fields, where empty means not sent."""

from __future__ import annotations

from typing import Any

from helpers.endpoint import CallError
from helpers.inert import for_html
from helpers.show.controls import Controls


class ParameterError(CallError):
    """A field holds what cannot be sent."""

    headline = "A field cannot be sent"


def read_parameters(controls: Controls) -> dict[str, Any]:
    """Return the parameters that are set, as `client.chat.ask` names them.

    raises:  ParameterError for a field that holds no number
    """
    values: dict[str, Any] = {"system": controls.system.value.strip()}
    for name, kind, field in (
        ("temperature", float, controls.temperature),
        ("max_tokens", int, controls.max_tokens),
        ("seed", int, controls.seed),
    ):
        typed = field.value.strip()
        try:
            values[name] = kind(typed.replace(",", ".")) if typed else None
        except ValueError:
            what = "a number such as 0.7" if kind is float else "a whole number"
            do = "Correct the field, or empty it: what is empty is not sent."
            raise ParameterError(f"{what} as {name}", repr(typed[:40]), do) from None
    return values


def parameters_summary(controls: Controls) -> str:
    """Return one line on what the folded fields hold, as HTML."""
    fields = (
        ("temperature", controls.temperature), ("max_tokens", controls.max_tokens),
        ("seed", controls.seed),
    )  # fmt: skip
    held = [f"{name} {field.value.strip()}" for name, field in fields if field.value.strip()]
    if controls.system.value.strip():
        held.append(f"system prompt “{controls.system.value.strip()[:40]}”")
    return f'<span class="ts-dim">{for_html(" · ".join(held) or "none set: the server’s own apply")}</span>'
