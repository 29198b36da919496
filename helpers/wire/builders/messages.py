"""From message events and bodies to an answer: the event grammar of Anthropic's Messages API."""

from __future__ import annotations

from typing import Any

from ..answer import Choice, Delta
from ..bounds import Bounds
from ..server_error import dumped, server_error, text_error
from ..sse import Event
from ..surrogates import encodable
from .builder import Builder, Step
from .message import Gathered

_REASONS = {
    "end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length",
    "tool_use": "tool_calls", "refusal": "content_filter",
}  # fmt: skip
# A block's piece: its field in a chat's delta, and its own field with the text.
_PIECES = {"text_delta": ("content", "text"), "thinking_delta": ("reasoning_content", "thinking")}
_BLOCKS = {"text": ("content", "text"), "thinking": ("reasoning_content", "thinking")}
_KNOWN = frozenset(
    {
        "message_start", "content_block_start", "content_block_delta", "content_block_stop",
        "message_delta", "message_stop",
    }
)  # fmt: skip


class MessagesBuilder(Builder):
    """Assembles an answer from the events of a message.

    done:      whether message_stop arrived
    findings:  besides those of every API, "no-type", "chat-chunks", "unknown-type",
               "odd-delta"
    """

    holds, odd = "content", "no-type"

    def __init__(self, bounds: Bounds | None = None) -> None:
        super().__init__(bounds)
        self._gathered = Gathered(0, self.findings, most_calls=self._bounds.tool_calls)
        self._began = False
        self._calls: dict[Any, int] = {}
        # Calls that the server runs itself, such as a search: they are no one else's.
        self._own_calls: set[str] = set()
        self._counted: dict[str, Any] = {}

    def take(self, chunk: Any, *, source: str, name: str = "message") -> list[Delta]:
        """The deltas of one decoded event.

        name:  its name from the `event:` line
        """
        kind = chunk.get("type")
        if kind == "error" or name == "error" or (kind is None and server_error(chunk)):
            self.fail(server_error(chunk, source) or text_error(encodable(source)))
            return []
        if "choices" in chunk and kind is None:
            self.findings["chat-chunks"] += 1
            return []
        if kind.__class__ is not str or not kind:
            self.findings["no-type"] += 1
            kind = name
        self.steps.append(Step(self._events - 1, name, kind))
        self.chunks += 1
        if kind not in _KNOWN:
            self.findings["unknown-type"] += not self.statistics.note_ping(source, kind)
            return []
        self.statistics.chunks += 1
        self._began = True
        deltas = self._taken(kind, chunk)
        self.statistics.with_output += any(delta.has_output for delta in deltas)
        return deltas

    def take_whole(self, value: Any, *, source: str) -> list[Delta]:
        """The deltas of a full message."""
        if not isinstance(value, dict) or not isinstance(value.get("content"), list):
            if (error := server_error(value, source)) is not None:
                self.fail(error)
            return []
        self._began = True
        self.chunks += 1
        self._name(value)
        self._count(value.get("usage"))
        return [*self._blocks(value["content"]), *self._end(value.get("stop_reason"))]

    def deltas_in(self, chunk: dict[str, Any]) -> list[Delta]:
        """The deltas of a message, or an event before its end, that no client can read."""
        kind, content = chunk.get("type"), chunk.get("content")
        deltas = self._blocks(content) if isinstance(content, list) else []
        if kind in ("content_block_start", "content_block_delta"):
            deltas += self._taken(str(kind), chunk)
        self._began = self._began or bool(deltas)
        return deltas

    def close(self) -> list[Delta]:
        """The delta still waiting for a surrogate's other half when the stream ended."""
        left = self._gathered.close()
        return [left] if left else []

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The one choice, () before any of it arrived."""
        return (self._gathered.choice,) if self._began else ()

    def _take_named(self, chunk: dict[str, Any], event: Event) -> list[Delta] | None:
        return self.take(chunk, source=event.data, name=event.event)

    def _taken(self, kind: str, event: dict[str, Any]) -> list[Delta]:
        """The deltas of one of the message's own events, in a chat's terms."""
        if kind == "content_block_delta":
            return self._piece(event.get("index"), event.get("delta"))
        if kind == "content_block_start" and isinstance(block := event.get("content_block"), dict):
            return self._block(event.get("index"), block, whole=False)
        if kind == "message_start" and isinstance(message := event.get("message"), dict):
            self._name(message)
            self._add_counts(message.get("usage"))
        elif kind == "message_delta":
            self._add_counts(event.get("usage"))
            delta = event.get("delta")
            return self._end(delta.get("stop_reason") if isinstance(delta, dict) else None)
        elif kind == "message_stop":
            self.done = True
            self.statistics.done_event = self._events - 1
        return []

    def _add_counts(self, usage: Any) -> None:
        """Merge the counts: the prompt's arrive at the start, the answer's at the end."""
        if isinstance(usage, dict):
            self._counted.update(usage)
            self._count(self._counted)

    def _add(self, **delta: Any) -> list[Delta]:
        added = self._gathered.add({"delta": delta})
        return [added] if added else []

    def _piece(self, index: Any, delta: Any) -> list[Delta]:
        kind = delta.get("type") if isinstance(delta, dict) else None
        name, where = (
            ("", "partial_json") if kind == "input_json_delta" else _PIECES.get(str(kind), ("", ""))
        )
        piece = delta.get(where) if isinstance(delta, dict) else None
        # Deltas of other types are legal: signatures, citations, and future ones.
        if not isinstance(kind, str) or (where and not isinstance(piece, str)):
            self.findings["odd-delta"] += 1
        if kind == "input_json_delta":
            return [] if str(index) in self._own_calls else self._call(index, arguments=piece)
        return self._add(**{name: piece}) if name and isinstance(piece, str) else []

    def _blocks(self, content: list[Any]) -> list[Delta]:
        blocks = (one for one in enumerate(content) if isinstance(one[1], dict))
        return [delta for place, block in blocks for delta in self._block(place, block)]

    def _block(self, index: Any, block: dict[str, Any], *, whole: bool = True) -> list[Delta]:
        kind = block.get("type")
        if kind == "tool_use":
            arguments = dumped(block.get("input")) if whole else None
            return self._call(
                index, call_id=block.get("id"), name=block.get("name"), arguments=arguments
            )
        if str(kind).endswith("_tool_use"):
            self._own_calls.add(str(index))
        name, where = _BLOCKS.get(str(kind), ("", ""))
        return self._add(**{name: block.get(where)}) if name else []

    def _call(self, index: Any, *, call_id: Any = None, **function: Any) -> list[Delta]:
        place = self._calls.setdefault(str(index), len(self._calls))
        return self._add(tool_calls=[{"index": place, "id": call_id, "function": function}])

    def _end(self, reason: Any) -> list[Delta]:
        if not isinstance(reason, str) or not reason:
            return []
        if self.statistics.finish_event is None and self._events:
            self.statistics.finish_event = self._events - 1
        choice = {"delta": {}, "finish_reason": _REASONS.get(reason, reason)}
        added = self._gathered.add(choice)
        return [added] if added else []
