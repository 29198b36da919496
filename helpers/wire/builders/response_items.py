"""The items of a response's output, translated to the deltas that a chat would have sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ..answer import Choice, Delta
from ..server_error import dumped
from ..surrogates import encodable
from .message import Gathered

CALLS = frozenset({"function_call", "custom_tool_call"})
"""The types of items that ask the program to run a tool."""

# A part of an item: its field in a chat's delta, and its own field with the whole text.
_TOLD = {
    "output_text": ("content", "text"),
    "refusal": ("refusal", "refusal"),
    "reasoning_text": ("reasoning_content", "text"),
    "summary_text": ("reasoning_content", "text"),
}

# The types of items that hold text or reasoning, or none at all; all others are actions.
_SAID = ("message", "reasoning", None)

Json = dict[str, Any]
Key = tuple[str, int | str, int]


@dataclass
class _Part:
    """One part of an item: its pieces so far, and whether the server declared it finished."""

    pieces: list[str] = field(default_factory=list)
    finished: bool = False


@dataclass
class _Call:
    """One tool call: its place among the calls, its arguments so far, whether they are complete."""

    place: int
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    finished: bool = False


class Items:
    """The items of one output, growing; each method gives what it adds as a chat's deltas.

    findings:  where the oddities are counted
    """

    def __init__(self, findings: Counter[str], *, most_calls: int) -> None:
        self._findings = findings
        self._gathered = Gathered(0, findings, most_calls=most_calls)
        self._parts: dict[Key, _Part] = {}
        self._calls: dict[Key, _Call] = {}

    @property
    def choice(self) -> Choice:
        """All items received so far, as one choice."""
        return self._gathered.choice

    @property
    def calls(self) -> int:
        """The number of tool calls."""
        return len(self._calls)

    def piece(self, kind: str, event: Json) -> list[Delta]:
        """The deltas of an event with a piece of a part.

        kind:  "output_text", "refusal", "reasoning_text" or "summary_text"
        """
        key, piece = _key(event, kind), event.get("delta")
        if piece.__class__ is str:
            part = self._parts.get(key)
            if part is None or part.finished:
                # Gateways that do not number their parts begin each one under the same key.
                part = self._parts[key] = _Part()
            part.pieces.append(piece)
        return self._add(**{_TOLD[kind][0]: piece})

    def part_done(self, kind: str, event: Json) -> list[Delta]:
        """The deltas of a part's whole text: none, unless no piece of it had arrived."""
        return self._whole(_key(event, kind), event.get(_TOLD[kind][1]))

    def arguments(self, event: Json) -> list[Delta]:
        """The deltas of an event with a piece of a call's arguments."""
        return self._argument(self._call(event, {}), event.get("delta"))

    def arguments_done(self, event: Json) -> list[Delta]:
        """The deltas of a call's whole arguments: none, unless no piece of them had arrived."""
        return self._whole_arguments(self._call(event, {}), event)

    def item(self, event: Json, item: Json, *, done: bool) -> list[Delta]:
        """The deltas of an item that begins or ends: a call's name, and text not yet received."""
        kind = item.get("type")
        if kind.__class__ is str and kind in CALLS:
            call = self._call(event, item)
            deltas = self._named(call, item)
            return deltas + self._whole_arguments(call, item) if done else deltas
        self._findings["other-item"] += done and kind not in _SAID
        deltas = []
        for name in ("summary", "content") if done else ():
            parts = item.get(name)
            for place, part in enumerate(parts if isinstance(parts, list) else []):
                kind = part.get("type") if isinstance(part, dict) else None
                if kind.__class__ is str and kind in _TOLD:
                    key = _key(event, kind, item.get("id"), place)
                    if key not in self._parts:
                        deltas += self._whole(key, part.get(_TOLD[kind][1]))
        return deltas

    def output(self, output: list[Any]) -> list[Delta]:
        """The deltas of a whole output, one for each part."""
        return [
            delta
            for place, item in enumerate(output)
            if isinstance(item, dict)
            for delta in self.item({"output_index": place}, item, done=True)
        ]

    def end(self, reason: str) -> list[Delta]:
        """The delta of the response's end: its finish reason in a chat's terms."""
        added = self._gathered.add({"delta": {}, "finish_reason": reason})
        return [added] if added else []

    def close(self) -> list[Delta]:
        """The delta still waiting for a surrogate's other half when the stream ended."""
        left = self._gathered.close()
        return [left] if left else []

    def _add(self, **delta: Any) -> list[Delta]:
        added = self._gathered.add({"delta": delta})
        return [added] if added else []

    def _whole(self, key: Key, whole: Any) -> list[Delta]:
        """Compare a finished text with its pieces; without any, it is added in their place."""
        if not isinstance(whole, str):
            return []
        name, part = _TOLD[key[0]][0], self._parts.get(key)
        if part is None:
            self._parts[key] = _Part([whole], finished=True)
            self._findings["no-deltas"] += bool(whole) and name == "content"
            return self._add(**{name: whole})
        # Compared once only: a text declared finished a thousand times would be joined as often.
        if name == "content" and not part.finished:
            self._findings["text-differs"] += "".join(part.pieces).strip() != whole.strip()
        part.finished = True
        return []

    def _call(self, event: Json, item: Json) -> _Call:
        """The call that an event belongs to, a new one if it is the call's first event."""
        key = _key(event, "call", item.get("id"), 0)
        call = self._calls.get(key)
        if call is None:
            call = self._calls[key] = _Call(len(self._calls))
        return call

    def _named(self, call: _Call, item: Json) -> list[Delta]:
        name = item.get("name")
        if call.name or not isinstance(name, str) or not name:
            return []
        call.name = name
        return self._called(call, call_id=item.get("call_id") or item.get("id"), name=name)

    def _called(self, call: _Call, *, call_id: Any = None, **function: Any) -> list[Delta]:
        return self._add(tool_calls=[{"index": call.place, "id": call_id, "function": function}])

    def _argument(self, call: _Call, piece: Any) -> list[Delta]:
        if isinstance(piece, str):
            if call.finished:
                call.arguments, call.finished = [], False
            call.arguments.append(piece)
        return self._called(call, arguments=piece)

    def _whole_arguments(self, call: _Call, holder: Json) -> list[Delta]:
        whole = holder.get("arguments", holder.get("input"))
        if isinstance(whole, dict | list):
            self._findings["arguments-not-a-string"] += 1
            whole = dumped(whole)
        if not isinstance(whole, str):
            return []
        if not call.arguments:
            added = self._argument(call, whole)
        else:
            call.arguments, added = ["".join(call.arguments)], []
            self._findings["arguments-differ"] += call.arguments[0].strip() != whole.strip()
        call.finished = True
        return added


def text_in(output: list[Any]) -> str:
    """The text of an output's messages, without white space around it."""
    texts = (
        part.get("text")
        for item in output
        if isinstance(item, dict) and isinstance(item.get("content"), list)
        for part in item["content"]
        if isinstance(part, dict) and part.get("type") == "output_text"
    )
    return encodable("".join(text for text in texts if isinstance(text, str))).strip()


def _key(event: Json, what: str, item: Any = None, part: Any = None) -> Key:
    """The part an event belongs to: by the item's index, or its id if a gateway omits that."""
    place = event.get("output_index")
    if place.__class__ is not int:
        place = str(event.get("item_id") or item)
    if part is None:
        part = event.get("content_index", event.get("summary_index"))
    return (what, place, part if part.__class__ is int else 0)
