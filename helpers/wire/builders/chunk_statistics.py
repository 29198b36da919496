"""Counts over a stream's chunks, taken in the same pass that assembles the answer."""

from __future__ import annotations

from collections import Counter
from typing import Any

CHUNK = "chat.completion.chunk"
VALUES_KEPT = 8
PINGS = {"ping", "keepalive", "keep-alive", "keep_alive", "heartbeat"}


class ChunkStatistics:
    """Counts over the chunks of one stream, and the events that ended it.

    counts:        how many chunks showed each oddity
    chunks:        chunks with choices
    with_output:   choices with text, reasoning or a tool call
    pings:         events that only keep the connection alive
    values:        the distinct values of "id", "created" and "model"; at most VALUES_KEPT + 1 each
    reasons:       how often each finish reason occurred
    finish_event, done_event:  the numbers of the events with the first finish reason and [DONE]
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.chunks = self.with_output = self.pings = 0
        self.values: dict[str, dict[Any, None]] = {"id": {}, "created": {}, "model": {}}
        self.reasons: Counter[str] = Counter()
        self.finish_event: int | None = None
        self.done_event: int | None = None
        self._finished: set[int] = set()
        self._last: tuple[Any, ...] = ()

    def note(self, event: int, chunk: dict[str, Any], choices: list[Any], usage: Any) -> None:
        """Count one chunk with a list of choices.

        event:  its number in the stream
        usage:  the chunk's "usage", None if it has none
        """
        if usage is not None:
            self._note_usage(usage, choices)
        if not choices:
            self.counts["empty-choices"] += 1
            return
        self.chunks += 1
        get = chunk.get
        names = (get("id"), get("created"), get("model"), get("object"))
        # Azure leaves all of them empty where it reports on its filter, without a delta.
        if names != self._last and (any(names) or any(map(_has_delta, choices))):
            self._note_names(names)
        for choice in choices:
            if choice.__class__ is not dict:
                self.counts["odd-choice"] += 1
                continue
            delta = choice.get("delta")
            if (
                delta.__class__ is dict
                and len(delta) == 1
                and "content" in delta
                and choice.get("index") == 0
                and not choice.get("finish_reason")
                and not self._finished
            ):
                # A fast path for text alone, since a burst consists of nothing else.
                self.with_output += bool(delta["content"])
            else:
                self._note_choice(event, choice)

    def note_text(self) -> None:
        """Count one chunk that differs from the one before only in its text."""
        self.chunks += 1
        self.with_output += 1

    def note_ping(self, data: str, name: str) -> bool:
        """Count an event without a chunk if it is only a keep-alive; whether it was."""
        is_ping = data.strip() in ("", "{}", "null") or name.lower() in PINGS
        self.pings += is_ping
        return is_ping

    def _note_names(self, names: tuple[Any, ...]) -> None:
        before = self._last[0] if self._last else None
        known = names[0].__class__ is str and names[0] in self.values["id"]
        self.counts["id-returns"] += bool(known and names[0] and before and names[0] != before)
        self._last = names
        self.counts["odd-object"] += names[3] != CHUNK
        for (name, seen), value in zip(self.values.items(), names, strict=False):
            if value is None or isinstance(value, str | int | float):
                if len(seen) <= VALUES_KEPT:
                    seen[value] = None
            else:
                self.counts[f"odd-{name}"] += 1

    def _note_usage(self, usage: Any, choices: list[Any]) -> None:
        if not isinstance(usage, dict):
            self.counts["odd-usage"] += 1
            return
        counts = self.counts
        counts["usage"] += 1
        counts["usage-beside-choices"] += bool(choices)

    def _note_choice(self, event: int, choice: dict[str, Any]) -> None:
        counts, index = self.counts, choice.get("index")
        if index.__class__ is float and index.is_integer():
            index = int(index)
        if index.__class__ is not int:
            counts["index-null" if "index" in choice else "no-index"] += 1
            index = 0
        reason = choice.get("finish_reason")
        reason = None if reason in ("null", "None") else reason
        delta = self._delta(choice, ended=bool(reason))
        role = delta.get("role")
        if role is not None:
            counts["role"] += 1
            counts["odd-role"] += role != "assistant"
            counts["role-late"] += self.with_output > 0 and counts["role"] == 1
        speaks = any(delta.get(name) for name in ("content", "reasoning_content", "tool_calls"))
        self.with_output += speaks
        counts["output-after-finish"] += speaks and index in self._finished
        if isinstance(reason, str) and reason:
            self.reasons[reason[:40]] += 1
            self._finished.add(index)
            if self.finish_event is None:
                self.finish_event = event

    def _delta(self, choice: dict[str, Any], *, ended: bool) -> dict[str, Any]:
        """The choice's delta, {} for anything else in its place, which is counted."""
        delta = choice.get("delta")
        if isinstance(delta, dict):
            return delta
        if isinstance(delta, str):
            self.counts["delta-string"] += 1
        elif "delta" in choice:
            self.counts["delta-null"] += 1
        elif isinstance(choice.get("text"), str):
            self.counts["text-for-delta"] += 1
        elif "content_filter_results" in choice:
            self.counts["filter-apart"] += 1
        elif not ended:
            self.counts["no-delta"] += 1
        return {}


def _has_delta(choice: Any) -> bool:
    return isinstance(choice, dict) and bool(choice.get("delta"))
