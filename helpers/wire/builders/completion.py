"""From chat completion events and bodies to an answer: the chat API's event grammar."""

from __future__ import annotations

from typing import Any

from ..answer import Answer, Choice, Delta
from ..bounds import Bounds
from ..server_error import server_error, text_error
from ..sse import Event
from ..surrogates import encodable
from .builder import Builder
from .message import Gathered
from .same_shape import SameShape, says_text_alone


class CompletionBuilder(Builder):
    """Assembles an answer from a chat's chunks.

    findings:  besides those of every API, "no-choices", "message-for-delta",
               "empty-finish-reason", "lone-surrogate", …
    """

    holds, odd = "choices", "no-choices"

    def __init__(self, bounds: Bounds | None = None) -> None:
        super().__init__(bounds)
        self._choices: dict[int, Gathered] = {}
        self._shape = SameShape()

    def feed(self, event: Event) -> list[Delta]:
        """The deltas of this event, one for each choice it adds to."""
        if event.event == "message":
            text = self._shape.text_in(event.data)
            if text:
                self._events += 1
                self.chunks += 1
                self.statistics.note_text()
                return [self._choices[0].say(text)]
        self._shape.forget()
        return super().feed(event)

    def take(self, chunk: Any, *, source: str) -> list[Delta]:
        """The deltas of one decoded chunk or one full body."""
        choices = chunk.get("choices") if chunk.__class__ is dict else None
        if choices.__class__ is not list or chunk.get("error"):
            error = server_error(chunk, source)
            if error is not None:
                self.fail(error)
            if choices.__class__ is not list:
                return self._without_choices(chunk, failed=error is not None)
        self.chunks += 1
        usage = self._identify(chunk)
        self.statistics.note(self._events - 1, chunk, choices, chunk.get("usage"))
        deltas = []
        for place, choice in enumerate(choices):
            if choice.__class__ is not dict:
                continue
            gathered = self._gathered(choice, place)
            if gathered is None:
                break
            delta = gathered.add(choice)
            if delta is not None:
                deltas.append(delta)
            if not usage and "usage" in choice:
                self._count(choice["usage"])
        if self._shape.sought and len(deltas) == 1 and says_text_alone(chunk):
            self._learn(source, deltas[0].text)
        return deltas

    def deltas_in(self, chunk: dict[str, Any]) -> list[Delta]:
        """The deltas of a chunk that no client can read, without finish reasons."""
        deltas, choices = [], chunk.get("choices")
        for place, choice in enumerate(choices if isinstance(choices, list) else []):
            gathered = self._gathered(choice, place) if isinstance(choice, dict) else None
            if gathered and (delta := gathered.add(choice | {"finish_reason": None})):
                deltas.append(delta)
        return deltas

    def take_whole(self, value: Any, *, source: str) -> list[Delta]:
        """The deltas of a full completion."""
        deltas = self.take(_messages_alone(value), source=source)
        # These are oddities in a chunk, but normal in a full message.
        for name in ("message-for-delta", "tool-call-without-index", "tool-call-odd-index"):
            del self.findings[name]
        self.statistics.counts.clear()
        return deltas

    def close(self) -> list[Delta]:
        """The deltas still waiting for a surrogate's other half when the stream ended."""
        left = (gathered.close() for gathered in self._choices.values())
        return [delta for delta in left if delta is not None]

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The choices received so far, in index order."""
        return tuple(self._choices[index].choice for index in sorted(self._choices))

    def _take_named(self, chunk: dict[str, Any], event: Event) -> list[Delta] | None:
        if event.event == "error" and server_error(chunk) is None:
            self.fail(text_error(encodable(event.data)))
            return []
        if "choices" not in chunk and self.statistics.note_ping(event.data, event.event):
            self.findings["ping"] += 1
            return []
        return None

    def _learn(self, source: str, text: str) -> None:
        # After a finish reason each chunk must be counted, which the shortcut skips.
        if self.statistics.finish_event is None:
            self._shape.learn(source, text)

    def _gathered(self, choice: dict[str, Any], place: int) -> Gathered | None:
        """The choice that this piece continues, or a new one; None past the bound."""
        index = choice.get("index")
        if index.__class__ is not int:
            # JSON has one kind of number: 1.0 is 1.
            index = int(index) if isinstance(index, float) and index.is_integer() else place
        gathered = self._choices.get(index)
        if gathered is None:
            if len(self._choices) >= self._bounds.choices:
                self.limit = "too-many-choices"
                return None
            gathered = self._choices[index] = Gathered(
                index, self.findings, most_calls=self._bounds.tool_calls
            )
        return gathered

    def _without_choices(self, chunk: Any, *, failed: bool) -> list[Delta]:
        """The deltas of a chunk without a list of choices: none, but its usage is kept."""
        if not failed:
            self.findings["no-choices"] += 1
        if isinstance(chunk, dict):
            self.chunks += not failed
            self._identify(chunk)
        return []

    def _identify(self, chunk: dict[str, Any]) -> Any:
        """Keep the id, model and usage; the usage, if it was in one of the usual places."""
        if not self._id or not self._model:
            self._name(chunk)
        usage = chunk.get("usage")
        if usage is None and "x_groq" in chunk and isinstance(chunk["x_groq"], dict):
            # Groq's own field for both: an error here is why a stream ended early.
            usage = chunk["x_groq"].get("usage")
            if error := server_error({"error": chunk["x_groq"].get("error")}):
                self.fail(error)
        if usage:
            self._count(usage)
        return usage


def _messages_alone(value: Any) -> Any:
    """A full answer without the empty deltas that Perplexity sends next to its messages.

    Its tool calls get an index: in a full answer's list each is a separate call, whatever its id.
    """
    choices = value.get("choices") if isinstance(value, dict) else None
    if not isinstance(choices, list):
        return value
    alone = [
        {name: _numbered(one[name]) for name in one if name != "delta"}
        if isinstance(one, dict) and isinstance(one.get("message"), dict)
        else one
        for one in choices
    ]
    return value | {"choices": alone}


def _numbered(message: Any) -> Any:
    calls = message.get("tool_calls") if isinstance(message, dict) else None
    if not isinstance(calls, list):
        return message
    numbered = [
        {"index": place} | call if isinstance(call, dict) else call
        for place, call in enumerate(calls)
    ]
    return message | {"tool_calls": numbered}


def full_answer(body: bytes) -> Answer:
    """The answer in a whole JSON body, or the error that it reports."""
    builder = CompletionBuilder()
    builder.take_body(body)
    builder.close()
    return builder.answer
