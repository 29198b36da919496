"""From response events and bodies to an answer: the Responses API's event grammar.

Each event becomes the delta that a chat would have sent, so that both APIs give the same answer.
"""

from __future__ import annotations

from typing import Any

from ..answer import Choice, Delta
from ..bounds import Bounds
from ..server_error import ServerError, dumped, server_error, text_error
from ..sse import Event
from ..surrogates import encodable
from .builder import Builder, Step
from .response_items import Items, text_in

COMPLETED = "response.completed"
TERMINAL = frozenset(
    {COMPLETED, "response.incomplete", "response.failed", "response.cancelled", "error"}
)
"""The types of the events that end a stream."""

# The kind of part that each event carries; the events without "text" are Open Responses' own.
PIECES = {
    "response.output_text": "output_text",
    "response.refusal": "refusal",
    "response.reasoning_text": "reasoning_text",
    "response.reasoning": "reasoning_text",
    "response.reasoning_summary_text": "summary_text",
    "response.reasoning_summary": "summary_text",
}
ARGUMENTS = frozenset({"response.function_call_arguments", "response.custom_tool_call_input"})
_REASONS = {"max_output_tokens": "length", "max_tokens": "length"}


class ResponsesBuilder(Builder):
    """Assembles an answer from the events of a response.

    findings:  besides those of every API, "no-type", "chat-chunks", "after-end", "unknown-type",
               "no-deltas", "text-differs", "arguments-differ", "end-without-output"
    """

    holds, odd = "output", "no-type"

    def __init__(self, bounds: Bounds | None = None) -> None:
        super().__init__(bounds)
        self._items = Items(self.findings, most_calls=self._bounds.tool_calls)
        self._began = self._ended = False

    def take(self, chunk: Any, *, source: str, name: str = "message") -> list[Delta]:
        """The deltas of one decoded event.

        name:  its name from the `event:` line
        """
        kind = chunk.get("type")
        if kind.__class__ is not str or not kind:
            kind = self._untyped(chunk, source, name)
        if not kind:
            return []
        self._note(chunk, kind, name)
        if kind == "error":
            self._end()
            self.fail(server_error(chunk, source) or text_error(encodable(source)))
            return []
        self.chunks += 1
        if not kind.startswith("response."):
            self.findings["unknown-type"] += not self.statistics.note_ping(source, kind)
            return []
        self.statistics.chunks += 1
        if self._ended:
            self.findings["after-end"] += 1
            return []
        self._began = True
        deltas = self._taken(kind, chunk)
        self.statistics.with_output += any(delta.has_output for delta in deltas)
        return deltas

    def take_whole(self, value: Any, *, source: str) -> list[Delta]:
        """The deltas of a full response."""
        if not isinstance(value, dict) or not isinstance(value.get("output"), list):
            if (error := server_error(value, source)) is not None:
                self.fail(error)
            return []
        self._began = True
        self.chunks += 1
        deltas = self._items.output(value["output"])
        del self.findings["no-deltas"]
        return [*deltas, *self._close_with(value)]

    def deltas_in(self, chunk: dict[str, Any]) -> list[Delta]:
        """The deltas of a response, or an event before its end, that no client can read."""
        kind, output = chunk.get("type"), chunk.get("output")
        deltas = self._items.output(output) if isinstance(output, list) else []
        if isinstance(kind, str) and kind not in TERMINAL:
            deltas += self._taken(kind, chunk)
        self._began = self._began or bool(deltas)
        return deltas

    def close(self) -> list[Delta]:
        """The deltas still waiting for a surrogate's other half when the stream ended."""
        return self._items.close()

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The one choice, () before any of it arrived."""
        return (self._items.choice,) if self._began else ()

    def _take_named(self, chunk: dict[str, Any], event: Event) -> list[Delta] | None:
        return self.take(chunk, source=event.data, name=event.event)

    def _untyped(self, chunk: dict[str, Any], source: str, name: str) -> str:
        """The type of an event whose data names none: its name, "" if that is not a type either."""
        if "choices" in chunk:
            self.findings["chat-chunks"] += 1
            return ""
        if name == "error" or server_error(chunk) is not None:
            return "error"
        if self.statistics.note_ping(source, name):
            return ""
        self.findings["no-type"] += 1
        return name if name.startswith("response.") else ""

    def _note(self, chunk: dict[str, Any], kind: str, name: str) -> None:
        """Record the event's type, number and place in the output."""
        get = chunk.get
        inner = get("item") or get("part")
        inner = inner if inner.__class__ is dict else {}
        item, opened = get("item_id") or inner.get("id"), inner.get("type")
        number, place = get("sequence_number"), get("output_index")
        part = get("content_index", get("summary_index"))
        self.steps.append(
            Step(
                self._events - 1,
                name,
                kind,
                number if number.__class__ is int else None,
                item if item.__class__ is str else "",
                place if place.__class__ is int else None,
                part if part.__class__ is int else None,
                opened if opened.__class__ is str else "",
            )
        )

    def _taken(self, kind: str, event: dict[str, Any]) -> list[Delta]:
        """The deltas of one of the response's own events, in a chat's terms."""
        what, _, verb = kind.rpartition(".")
        if verb in ("delta", "done"):
            if what in PIECES:
                take = self._items.piece if verb == "delta" else self._items.part_done
                return take(PIECES[what], event)
            if what in ARGUMENTS and verb == "delta":
                return self._items.arguments(event)
            if what in ARGUMENTS:
                return self._items.arguments_done(event)
        if what == "response.output_item" and isinstance(item := event.get("item"), dict):
            return self._items.item(event, item, done=verb == "done")
        response = event.get("response")
        response = response if isinstance(response, dict) else {}
        if kind in TERMINAL:
            return self._terminal(kind, response)
        self._name(response)
        return []

    def _terminal(self, kind: str, response: dict[str, Any]) -> list[Delta]:
        """The deltas of the last event: the whole output if nothing arrived before it."""
        output, choice = response.get("output"), self._items.choice
        deltas: list[Delta] = []
        if isinstance(output, list) and not (choice.text or choice.tool_calls or choice.refusal):
            deltas = self._items.output(output)
        elif isinstance(output, list) and output:
            whole = text_in(output)
            self.findings["text-differs"] += bool(whole) and whole != choice.text.strip()
        elif kind == COMPLETED:
            self.findings["end-without-output"] += 1
        return [*deltas, *self._close_with({"status": kind.rpartition(".")[2]} | response)]

    def _close_with(self, response: dict[str, Any]) -> list[Delta]:
        """Take the id, model, usage and final status of a response; the delta of its end."""
        self._name(response)
        self._count(response.get("usage"))
        self._end()
        error = response.get("error")
        if error or response.get("status") == "failed":
            known = server_error({"error": error}) if error else None
            self.fail(known or ServerError("The response failed.", body=dumped(response)))
        reason = self._reason(response)
        return self._items.end(reason) if reason else []

    def _reason(self, response: dict[str, Any]) -> str | None:
        """The finish reason, in a chat's terms if there is one for it; None if not finished."""
        status = response.get("status")
        if status == "incomplete":
            details = response.get("incomplete_details")
            reason = details.get("reason") if isinstance(details, dict) else None
            return _REASONS.get(str(reason), str(reason)) if reason else "incomplete"
        if status in ("completed", None):
            return "tool_calls" if self._items.calls else "stop"
        return None if status in ("in_progress", "queued") else str(status)

    def _end(self) -> None:
        self._ended = True
        if self.statistics.finish_event is None and self._events:
            self.statistics.finish_event = self._events - 1
