"""What every judge looks at: a reading with its request and ending, each fact computed once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from statistics import median

from ..endpoint import Endpoint
from ..wire.answer import Answer
from ..wire.builders.chunk_statistics import ChunkStatistics
from ..wire.builders.completion import full_answer
from ..wire.encoding import utf_8, wide_charset
from ..wire.parsing import json_fault, parsed
from ..wire.reading import Reading
from ..wire.recording import Ending, Recording
from ..wire.request import Request
from ..wording import shortened
from .terms import CHAT, TERMS, Terms

QUOTE = 500
# A page's visible words come after its styles and scripts.
ENOUGH = 50_000


@dataclass
class Part:
    """One part of one choice as the chunks delivered it: its pieces and the events they came in."""

    name: str
    pieces: list[str] = field(default_factory=list)
    events: list[int] = field(default_factory=list)

    @cached_property
    def size(self) -> int:
        """Its length in bytes."""
        return len("".join(self.pieces).encode())


class Observed:
    """A reading, together with how its connection ended and what was asked.

    endpoint:  None for a recording that someone sent in
    """

    def __init__(
        self, reading: Reading, ending: Ending, request: Request, endpoint: Endpoint | None
    ) -> None:
        self.reading, self.ending = reading, ending
        self.request, self.endpoint = request, endpoint

    @property
    def recording(self) -> Recording:
        """The recording that was read."""
        return self.reading.recording

    @property
    def statistics(self) -> ChunkStatistics:
        """What the chunks look like."""
        return self.reading.statistics

    @property
    def terms(self) -> Terms:
        """The names that the asked API has for the parts of an answer."""
        return TERMS.get(self.reading.api, CHAT)

    @cached_property
    def answer(self) -> Answer:
        """The answer as far as it came."""
        return self.reading.answer

    @cached_property
    def found(self) -> dict[str, int]:
        """How often each oddity of form occurred."""
        return self.reading.findings

    @cached_property
    def parts(self) -> dict[tuple[int, str], Part]:
        """The parts by choice and name: "text", "reasoning", "refusal", "tool call"."""
        parts: dict[tuple[int, str], Part] = {}
        last, pieces, events = (-1, ""), [""], [0]
        for event, (choice, text, reasoning, refusal, calls, _) in self.reading.outputs:
            if text and not (reasoning or refusal or calls):
                # A fast path for text, which is all that a burst consists of.
                if last != (choice, "text"):
                    last = (choice, "text")
                    part = parts.setdefault(last, Part("text"))
                    pieces, events = part.pieces, part.events
                pieces.append(text)
                events.append(event)
                continue
            called = "".join(call.name + call.arguments for call in calls)
            for name, piece in (
                ("text", text), ("reasoning", reasoning), ("refusal", refusal),
                ("tool call", called),
            ):  # fmt: skip
                if piece:
                    part = parts.setdefault((choice, name), Part(name))
                    part.pieces.append(piece)
                    part.events.append(event)
        return parts

    @cached_property
    def chunks(self) -> int:
        """How many chunks held output."""
        return len(self.reading.timing.chunk_s)

    @property
    def arrivals(self) -> list[float]:
        """The times at which output arrived, one per network read."""
        return self.reading.arrivals

    @cached_property
    def usual_gap_s(self) -> float:
        """The median gap between arrivals, 0 if there are none."""
        gaps = [later - earlier for earlier, later in pairwise(self.arrivals)]
        return median(gaps) if gaps else 0.0

    @cached_property
    def size(self) -> int:
        """The size of all output in bytes."""
        return sum(part.size for part in self.parts.values())

    @property
    def total_s(self) -> float:
        """The time from sending to the last output."""
        return self.arrivals[-1] if self.arrivals else 0.0

    @property
    def span_s(self) -> float:
        """The time from the first output to the last."""
        return self.arrivals[-1] - self.arrivals[0] if self.arrivals else 0.0

    @property
    def finished(self) -> bool:
        """Whether a choice gave a finish reason."""
        return any(choice.finish_reason for choice in self.answer.choices)

    @property
    def ended(self) -> bool:
        """Whether the answer came to an end of its own; for a response, [DONE] is not one."""
        return self.finished or (self.reading.done and self.reading.api != "responses")

    @cached_property
    def said_something(self) -> bool:
        """Whether the model said anything: text beyond white space, a call or a refusal."""
        return any(
            choice.text.strip() or choice.tool_calls or choice.refusal
            for choice in self.answer.choices
        )

    @cached_property
    def pauses(self) -> list[tuple[float, float]]:
        """When our own process could not have noticed a byte: (start, end), since send."""
        return [(at_s, at_s + length_s) for at_s, length_s in self.recording.pauses]

    def paused_s(self, start_s: float, end_s: float) -> float:
        """How much of an interval our own process slept through."""
        overlaps = (min(end, end_s) - max(start, start_s) for start, end in self.pauses)
        return sum(overlap for overlap in overlaps if overlap > 0)

    @property
    def key_name(self) -> str:
        """The name of what was sent to identify the caller, "" if nothing was."""
        if self.endpoint and (self.endpoint.api_key_env or self.endpoint.userinfo):
            return self.endpoint.api_key_env or "user and password"
        sent = {name.lower() for name, _ in self.recording.request_headers}
        return "the key that was sent" if sent & {"authorization", "api-key", "x-api-key"} else ""

    @property
    def came(self) -> str:
        """The status and the content type of what came."""
        recording = self.recording
        return f"{recording.status} with {recording.media_type or 'no content type'}"

    @property
    def due(self) -> str:
        """What was asked for: a stream, or one object."""
        if self.reading.streamed:
            return "a stream of events with the answer"
        return "one JSON object with the answer"

    @cached_property
    def words(self) -> str:
        """What the server said, in its own words, at most 500 characters."""
        return server_words(self.recording, self.reading.body)

    @cached_property
    def broken_off(self) -> bool:
        """Whether a full answer's body is JSON that broke off, before or inside its answer."""
        reading = self.reading
        if reading.sse or self.answer.cut or not reading.body.lstrip().startswith(b"{"):
            return not reading.sse and self.answer.cut
        text = reading.body[:ENOUGH].decode("utf-8", "replace")
        return len(reading.body) < ENOUGH and parsed(reading.body) is None and not json_fault(text)

    @cached_property
    def is_page(self) -> bool:
        """Whether a web page came, judged by its content type or its first bytes."""
        return is_page(self.recording, self.reading.body)

    def kept(self) -> str:
        """A sentence on the text that came before the end, "" if none did."""
        return " The text that came is kept." if self.reading.text else ""


def is_page(recording: Recording, body: bytes = b"") -> bool:
    """Whether a web page came.

    body:  decoded; the body as it came, unless one is given
    """
    return "html" in recording.media_type or begins_a_page(body or recording.body)


def begins_a_page(body: bytes) -> bool:
    """Whether a body is a web page by its first bytes, whatever its content type."""
    return body[:200].lstrip().lower().startswith((b"<!doctype", b"<html"))


def server_words(recording: Recording, body: bytes) -> str:
    """What a server said about an error, in its own words, at most 500 characters."""
    body = utf_8(body[:ENOUGH]) if wide_charset(body) else body
    error = full_answer(body).error
    words = error.message if error and error.message else body[:ENOUGH].decode("utf-8", "replace")
    if "html" in recording.media_type or body[:200].lstrip().startswith(b"<"):
        words = re.sub(r"(?is)<(script|style)\b.*?</\1>|<[^>]*>", " ", words)
    words = re.sub(r"\s+", " ", words).strip()
    return shortened(words, QUOTE)


def alike(one: Recording, other: Recording) -> bool:
    """Whether two answers are the same, apart from what varies with the path."""
    return one.status == other.status and _shape(one) == _shape(other)


def _shape(recording: Recording) -> str:
    words = re.sub(r"/[\w/.-]*|[0-9a-f]{8,}|\d+", "", server_words(recording, recording.body))
    return words[:200]


def quoted(body: bytes, length: int = 200) -> str:
    """The beginning of a body on one line."""
    begins = utf_8(body[: 8 * length])[: 2 * length]
    return " ".join(begins.decode("utf-8", "replace").split())[:length]
