"""From events and bodies to an answer: what every API's event grammar has in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from ..answer import Answer, Choice, Delta, Usage
from ..bounds import LARGE, Bounds, depth, values
from ..parsing import begun, behind, beyond_json, encoded, glued, parsed, strict, unescaped
from ..salvage import salvaged
from ..server_error import ServerError, server_error, text_error
from ..sse import Event
from ..surrogates import encodable
from .chunk_statistics import ChunkStatistics

DONE = "[DONE]"
UNPARSED_KEPT = 8
UNPARSED_LENGTH = 500
# A larger number cannot be a token count; up to here, a float holds integers exactly.
MOST_TOKENS = 2**53


class Step(NamedTuple):
    """One typed event, as the checks of an API's event order need it.

    event:   its number in the stream
    name:    its name from the `event:` line, "message" if it has none
    type:    its type from the data, "" if the data names none
    number:  its sequence_number, None if it has none
    item:    the id of the item that it belongs to, "" if it names none
    place:   that item's index in the output, None if it names none
    part:    the index of the part in that item, None if it names none
    kind:    the type of the item or part that it opens or closes, "" otherwise
    """

    event: int
    name: str
    type: str
    number: int | None = None
    item: str = ""
    place: int | None = None
    part: int | None = None
    kind: str = ""


class Builder:
    """Assembles an answer from events as they arrive; no input makes it raise.

    holds:       the field by which a full answer's JSON is recognised
    odd:         the oddity counted for an event whose data is JSON but not an object
    done:        whether [DONE] arrived; what follows it is counted, not assembled
    chunks:      JSON objects before [DONE] that are not errors
    steps:       the typed events, in an API that has them
    errors:      the errors that the server reported, in order
    unparsed:    the beginnings of the first data that was not JSON
    findings:    a count of each oddity: "not-json", "error", "after-done", "done-again", …
    statistics:  counts over the chunks
    limit:       the bound that was reached, "" if none was
    """

    holds: ClassVar[str]
    odd: ClassVar[str]

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.done = False
        self.chunks = 0
        self.steps: list[Step] = []
        self.errors: list[ServerError] = []
        self.unparsed: list[str] = []
        self.findings: Counter[str] = Counter()
        self.statistics = ChunkStatistics()
        self.limit = ""
        self._events = 0
        self._usage: Mapping[str, Any] | None = None
        self._id = ""
        self._model = ""
        self._cut = False
        self._bounds = bounds or Bounds()

    def feed(self, event: Event) -> list[Delta]:
        """The deltas of this event, one for each choice it adds to."""
        data = event.data
        self._events += 1
        if self.done:
            self._note_error_after_done(data)
            oddity = "text-after-done" if self._brings_text(data) else "after-done"
            self.findings["done-again" if data.strip() == DONE else oddity] += 1
            return []
        if len(data) > LARGE and self._too_large(data):
            return []
        try:
            chunk = strict(data.encode())
        except ValueError:
            chunk = self._odd(event)
        if chunk.__class__ is not dict:
            return self._not_a_chunk(chunk, event)
        if event.event != "message":
            taken = self._take_named(chunk, event)
            if taken is not None:
                return taken
        return self.take(chunk, source=data)

    def take(self, chunk: Any, *, source: str) -> list[Delta]:
        """The deltas of one decoded chunk."""
        raise NotImplementedError

    def take_whole(self, value: Any, *, source: str) -> list[Delta]:
        """The deltas of one decoded body."""
        raise NotImplementedError

    def close(self) -> list[Delta]:
        """The deltas still waiting for a surrogate's other half when the stream ended."""
        raise NotImplementedError

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The choices received so far, in index order."""
        raise NotImplementedError

    def _take_named(self, chunk: dict[str, Any], event: Event) -> list[Delta] | None:
        """The deltas of a named event, None if its name makes no difference."""
        raise NotImplementedError

    def take_body(self, body: bytes) -> list[Delta]:
        """The deltas of a whole body; if it breaks off, of the part that arrived."""
        body = body.removeprefix(b"\xef\xbb\xbf").strip()
        if not body or (len(body) > LARGE and self._too_large(body.decode("latin-1"))):
            return []
        value = parsed(body)
        if value is None and (value := unescaped(body.decode("utf-8", "replace"))) is not None:
            self.findings["bare-control"] += 1
        source = encodable(body.decode("utf-8", "replace"))
        self.findings["nan"] += value is not None and beyond_json(source)
        # A U+FFFD that is in the bytes themselves is not damage.
        self.findings["bad-utf-8"] += source.count("\ufffd") > body.count(b"\xef\xbf\xbd")
        if value is None and depth(source, enough=self._bounds.depth) > self._bounds.depth:
            self.findings["nested-too-deep"] += 1
            return []
        if value is None:
            value = begun(body, holding=self.holds)
            more = value is not None and (behind(source) or "").strip()
            self.findings["json-behind"] += bool(more)
            self._cut = value is not None and not more
            if more and _delta_of(value) is not None:
                return self.salvage(source)
        if value is None or (value.__class__ is str and value):
            self.fail(text_error(encodable(value or source)))
            return []
        return self.take_whole(value, source=source)

    @property
    def answer(self) -> Answer:
        """The answer received so far."""
        return Answer(
            choices=self.choices,
            usage=self.usage,
            id=self._id,
            model=self._model,
            error=self.errors[0] if self.errors else None,
            cut=self._cut,
        )

    @property
    def usage(self) -> Usage | None:
        """The last usage received."""
        return None if self._usage is None else usage_of(self._usage)

    def fail(self, error: ServerError) -> None:
        """Record an error that the server reported."""
        self.findings["error"] += 1
        self.errors.append(error)

    def _note_error_after_done(self, data: str) -> None:
        """Record an error after [DONE] if it may explain why the answer has no end."""
        ended = any(choice.finish_reason for choice in self.choices)
        value = parsed(encoded(data)) if len(data) <= LARGE and not ended else None
        if (error := server_error(value, data)) is not None:
            self.fail(error)

    @staticmethod
    def _brings_text(data: str) -> bool:
        """Whether data that arrived after [DONE] holds text."""
        delta = _delta_of(parsed(encoded(data))) if len(data) <= LARGE else None
        return isinstance(delta, dict) and bool(delta.get("content"))

    def _too_large(self, data: str) -> bool:
        """Whether a JSON text would become more objects than an answer may."""
        if values(data, enough=self._bounds.values) > self._bounds.values:
            self.limit = "too-many-values"
        return bool(self.limit)

    def _odd(self, event: Event) -> Any:
        """The value of data that is not strict JSON, None if it is not JSON at all."""
        data = event.data
        if data.strip().strip("[]<>'").upper() == "DONE":
            return DONE
        if depth(data, enough=self._bounds.depth) > self._bounds.depth:
            self.findings["nested-too-deep"] += 1
            return DEEP
        chunk = parsed(encoded(data))
        if chunk is None and (chunk := unescaped(data)) is not None:
            self.findings["bare-control"] += 1
        elif chunk is not None:
            self.findings["nan"] += beyond_json(data)
        elif data.strip() not in ("", "null"):
            self._not_json(event)
        return chunk

    def _not_a_chunk(self, value: Any, event: Event) -> list[Delta]:
        """The deltas of data that is not a JSON object: [DONE], a keep-alive, or an oddity."""
        data = event.data
        if value.__class__ is str and value.strip() == DONE:
            self.done = True
            self.statistics.done_event = self._events - 1
            self.findings["odd-done"] += data != DONE
        elif value is None and event.event != "error":
            if self.statistics.note_ping(data, event.event):
                self.findings["null-data"] += data.strip() == "null"
            return self.salvage(data)
        elif value is None or value is DEEP:
            return []
        elif value.__class__ is str and isinstance(inside := parsed(encoded(value)), dict):
            if (error := server_error(inside, value)) is not None:
                self.fail(error)
            self.findings["json-twice"] += 1
            return self.salvage(value)
        elif (error := server_error(value, data)) is not None or event.event == "error":
            self.fail(error or text_error(encodable(data)))
        else:
            self.findings[self.odd] += 1
            return self.salvage(data)
        return []

    def salvage(self, data: str) -> list[Delta]:
        """The deltas in data that is not a JSON object, which does not count as a chunk."""
        return [delta for chunk in salvaged(data) for delta in self.deltas_in(chunk)]

    def deltas_in(self, chunk: dict[str, Any]) -> list[Delta]:
        """The deltas of a chunk that no client can read, without a finish reason."""
        raise NotImplementedError

    def _not_json(self, event: Event) -> None:
        """Note data that is not JSON; in an event named error, any text is an error."""
        together = "}" in event.data and len(glued(event.data)) > 1
        self.findings["glued-chunks" if together else "not-json"] += 1
        if len(self.unparsed) < UNPARSED_KEPT:
            self.unparsed.append(encodable(event.data[:UNPARSED_LENGTH]))
        if event.event == "error":
            self.fail(text_error(encodable(event.data)))

    def _name(self, chunk: dict[str, Any]) -> None:
        """Keep the first id and the first model name."""
        if not self._id or not self._model:
            self._id = self._id or _word(chunk.get("id"))
            self._model = self._model or _word(chunk.get("model"))

    def _count(self, usage: Any) -> None:
        """Keep the latest usage: servers that send several send running totals."""
        if isinstance(usage, dict):
            self._usage = usage


DEEP: Any = object()
"""The value of JSON that is nested too deep to be parsed."""


def usage_of(raw: Mapping[str, Any]) -> Usage:
    """The counts in a usage object, in the field names of any of the APIs."""
    details = raw.get("completion_tokens_details") or raw.get("output_tokens_details")
    inside = details if isinstance(details, dict) else {}
    reasoning = _number(inside.get("reasoning_tokens"))
    return Usage(
        prompt_tokens=_number(raw.get("prompt_tokens", raw.get("input_tokens"))),
        completion_tokens=_number(raw.get("completion_tokens", raw.get("output_tokens"))),
        total_tokens=_number(raw.get("total_tokens")),
        reasoning_tokens=_number(raw.get("reasoning_tokens")) if reasoning is None else reasoning,
        raw=raw,
    )


def _delta_of(value: Any) -> Any:
    """The delta of a chunk's first choice, None for anything else."""
    choices = value.get("choices") if isinstance(value, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    return choice.get("delta") if isinstance(choice, dict) else None


def _number(value: Any) -> int | None:
    """A count, None for anything that cannot be one."""
    whole = value.__class__ is int or (isinstance(value, float) and value.is_integer())
    return int(value) if whole and 0 <= value <= MOST_TOKENS else None


def _word(value: Any) -> str:
    return encodable(value) if isinstance(value, str) else ""
