"""A tool call as a reader sees it: its function, its arguments and its outcome, all escaped."""

from __future__ import annotations

import json
from typing import Any

from ...checks.chat.calls import Called, Outcome
from ...checks.chat.turns import Round
from ...escaping import for_html, visible
from ...wire.answer import ToolCall
from ...wording import cut
from ..output import Bundle
from ..theme import AMBER, GREEN, ORANGE, Sign, marked

LONGEST = 2000
_SIGNS: dict[Outcome, Sign] = {
    "ran": Sign("✓", GREEN),
    "failed": Sign("✕", ORANGE),
    "not run": Sign("■", AMBER),
    "unknown": Sign("!", ORANGE),
    "broken": Sign("!", ORANGE),
}
_WORDS: dict[Outcome, str] = {
    "ran": "ran", "failed": "your function failed", "not run": "not run",
    "unknown": "no such tool", "broken": "arguments that cannot be used",
}  # fmt: skip
_OBJECT = "margin: 0 0 6px; padding-left: 12px; white-space: pre-wrap; line-height: 20px"
_LINE = (
    "padding-left: 12px; font-size: 13px; line-height: 20px; margin-bottom: 6px; "
    "overflow-wrap: anywhere"
)


def spelled(call: ToolCall) -> str:
    """A call as HTML, as far as it has come."""
    return f"<code>{for_html(_call_text(call))}</code>"


def object_html(value: Any) -> str:
    """An object, complete or as far as it has come, one field per line."""
    spelled = cut(json.dumps(value, ensure_ascii=False, indent=2, default=str), LONGEST)
    return f'<pre style="{_OBJECT}">{for_html(spelled)}</pre>'


def calls_bundle(one: Round) -> Bundle:
    """The calls of a round and the outcome of each."""
    called = {done.call.place: done for done in one.called}
    html, text = [], []
    for call in one.exchange.answer.tool_calls:
        done = called.get(call.place)
        html.append(f'<div style="{_LINE}">{spelled(call)}{_came(done)}</div>')
        text.append(
            f"{_call_text(call)} → {_WORDS[done.outcome]}: {cut(done.says, LONGEST)}"
            if done
            else _call_text(call)
        )
    return {"text/html": "".join(html), "text/plain": visible("\n".join(text))}


def _came(done: Called | None) -> str:
    if done is None:
        return ""
    sign = marked(_SIGNS[done.outcome], _WORDS[done.outcome], "span")
    return f"<br>{sign}{': ' if done.says else ''}{for_html(cut(done.says, LONGEST))}"


def _call_text(call: ToolCall) -> str:
    return cut(f"{call.name}({call.arguments})", LONGEST)
