"""What each fault of the APIs besides chat must change: Responses, completions and messages."""

from __future__ import annotations

from .turned import Turned, turned

_FIELDS = "responses-stream-fields"
_ORDERS = "responses-stream-order responses-tools-stream"

OTHER_APIS: dict[str, Turned] = {
    # the Responses API
    "responses-not-there": turned(absent="responses-full"),
    "responses-refused": turned(refused="responses-full"),
    "responses-full-no-output": turned(deviates="responses-full responses-turns"),
    "responses-full-no-id": turned(deviates="responses-shape"),
    "responses-full-no-date": turned(tolerated="responses-shape"),
    "responses-full-uncounted": turned(absent="responses-usage"),
    "responses-full-chat-counts": turned(tolerated="responses-usage"),
    "responses-full-no-reason": turned(tolerated="responses-incomplete"),
    "responses-full-all-completed": turned(tolerated="responses-incomplete"),
    "responses-full-chat-calls": turned(deviates="responses-tools"),
    "responses-chat-chunks": turned(deviates="responses-full"),
    "responses-refuses-turns": turned(refused="responses-turns"),
    "responses-fails-at-turns": turned(deviates="responses-turns"),
    "responses-ignores-tools": turned(ignored="responses-tools"),
    "responses-refuses-tools": turned(refused="responses-tools"),
    "responses-ignores-previous": turned(ignored="responses-previous"),
    "responses-refuses-previous": turned(absent="responses-previous"),
    "responses-fails-at-previous": turned(deviates="responses-previous"),
    "responses-never-refuses": turned(tolerated="responses-error"),
    "responses-fails-without-input": turned(deviates="responses-error"),
    "responses-no-completed": turned(deviates="responses-stream-end"),
    "responses-done-only": turned(deviates="responses-stream-end"),
    "responses-after-end": turned(tolerated=f"responses-stream-end {_FIELDS}"),
    "responses-failed": turned(tolerated=_FIELDS),
    "responses-error": turned(tolerated=_FIELDS),
    "responses-no-created": turned(deviates=_ORDERS),
    "responses-no-item": turned(deviates=_ORDERS),
    "responses-no-part": turned(deviates="responses-stream-order"),
    "responses-late-item": turned(deviates=_ORDERS, tolerated=_FIELDS),
    "responses-open-item": turned(deviates=_ORDERS),
    "responses-unfinished": turned(tolerated="responses-stream-order"),
    "responses-new-ids": turned(tolerated=_ORDERS),
    "responses-untyped": turned(deviates=_FIELDS),
    "responses-misnamed": turned(tolerated=_FIELDS),
    "responses-unnamed": turned(tolerated=_FIELDS),
    "responses-same-number": turned(tolerated=_FIELDS),
    "responses-skips-numbers": turned(tolerated=_FIELDS),
    "responses-no-deltas": turned(tolerated="responses-text-consistent"),
    "responses-other-text": turned(deviates="responses-text-consistent"),
    "responses-empty-end": turned(tolerated="responses-text-consistent"),
    "responses-openai": {}, "responses-done": {}, "responses-incomplete": {},
    # text completions, and Anthropic's messages
    "completions-not-there": turned(absent="completions-full"),
    "completions-refused": turned(refused="completions-full"),
    "completions-as-chat": turned(deviates="completions-full"),
    "completions-not-streamed": turned(ignored="completions-stream"),
    "completions-no-text": turned(deviates="completions-stream"),
    "messages-not-there": turned(absent="messages-full"),
    "messages-refused": turned(refused="messages-full"),
    "messages-as-chat": turned(deviates="messages-full"),
    "messages-not-streamed": turned(ignored="messages-stream"),
    "messages-no-stop": turned(deviates="messages-stream"),
    "messages-unnamed": turned(deviates="messages-stream"),
    "messages-no-reason": turned(tolerated="messages-stop-reason"),
}  # fmt: skip
