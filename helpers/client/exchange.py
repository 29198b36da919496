"""An exchange: one request to an endpoint and its answer, growing while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Literal, Self

from ..diagnose.answer.text import FILTERED
from ..diagnose.diagnosis import diagnose
from ..diagnose.stream.delivery import DELIVERY
from ..diagnose.words import word_of
from ..endpoint import CallError, Endpoint
from ..escaping import for_terminal
from ..finding import Finding
from ..wire.answer import Answer, Chunk, Usage
from ..wire.encoding import ASKED_FOR
from ..wire.reading import Reading
from ..wire.recording import Cause, Recording
from ..wire.request import PATHS, Request, request_of
from ..wire.timing import Timing
from ..wording import counted, kind_of
from .keys import holding
from .models import ModelList

# The ordinary finish reasons; any other needs a diagnosis.
_ENDS = ("stop", "length", "tool_calls", "end_turn", "max_tokens", "tool_use", "completed")
_ASKED_FOR = ("", *ASKED_FOR.split(", "))
_AT_ONCE = ("buffered", "buffered-by-compression", "fake-streaming", "one-delta")


@dataclass(frozen=True)
class Dropped:
    """A parameter that the endpoint refused by name, and its words.

    instead:  the parameter sent in its place, "" if none was
    """

    name: str
    words: str
    instead: str = ""

    def __str__(self) -> str:
        how = f"sent as {self.instead}" if self.instead else "left out"
        return f"{self.name} was refused and {how}: “{self.words}”"


@dataclass
class Exchange:
    """One request to an endpoint and its answer, growing while it runs.

    request:   as last sent
    dropped:   parameters that the endpoint refused by name, so the request was resent without them
    waited_s:  how long a busy server was waited for before it was asked again
    models:    the list a model is chosen from, fetched if not known; None if a model was named
    """

    endpoint: Endpoint
    request: Request
    recording: Recording = field(default_factory=lambda: Recording("POST", ""))
    dropped: tuple[Dropped, ...] = ()
    waited_s: float = 0.0
    models: ModelList | None = None
    reading: Reading = field(init=False)
    _findings: tuple[Finding, ...] = field(init=False, default=(), repr=False)

    def __post_init__(self) -> None:
        self.endpoint = holding(self.endpoint, self.request)
        self.recording = self._blank()
        self.reading = Reading(self.recording, streamed=self.streamed)

    @classmethod
    def of(cls, recording: Recording) -> Self:
        """The exchange in a recording: its endpoint, request and answer."""
        request = request_of(recording)
        base = recording.url.partition("?")[0].removesuffix(request.path)
        exchange = cls(Endpoint(base, base, model=request.model), request)
        exchange.use(recording)
        return exchange

    def start_over(self) -> None:
        """Begin a new recording of the current request, unless the present one is still blank."""
        blank = self._blank()
        if self.recording != blank:
            self.recording, self._findings = blank, ()
            self.reading = Reading(blank, streamed=self.streamed)

    def _blank(self) -> Recording:
        address = f"{self.endpoint.url}{self.request.path}"
        return Recording("POST", address, self.request.body(), bounds=self.endpoint.bounds)

    def use(self, recording: Recording) -> None:
        """Use an existing recording as the answer."""
        self.recording, self._findings = recording, ()
        self.reading = Reading(recording, streamed=self.streamed)
        self.reading.catch_up()

    def not_sent(self, cause: Cause, detail: str = "", *, finding: Finding | None = None) -> None:
        """Note that nothing was sent, and why.

        finding:  replaces the diagnosis if the caller knows better, as with a wrong address
        """
        recording = self.recording
        recording.end, recording.cause, recording.detail = "broken", cause, detail
        self._findings = (finding,) if finding else ()

    def note_sibling(self, sibling: Literal["", "alike", "differs"]) -> None:
        """Note how a path that cannot exist was answered, which changes the findings."""
        self.recording.sibling, self._findings = sibling, ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Its findings, the one behind `word` first; () while it runs."""
        if not self._findings and self.recording.end:
            self.reading.catch_up()
            self._findings = diagnose(
                self.reading, self.recording.ending, self.request, endpoint=self.endpoint
            )
        return self._findings

    @property
    def word(self) -> str:
        """The outcome in one word, such as "streamed"; "" while it runs."""
        return word_of(self.findings, streamed=self.streamed)

    @property
    def failure(self) -> Finding | None:
        """Why the answer is not complete; None if it is, and while it runs."""
        first = self.findings[0] if self.findings else None
        if first is None or first.name in DELIVERY:
            return None
        # A content filter is not the endpoint's failure, but there is no answer all the same.
        return first if first.level == "fail" or first.name == FILTERED else None

    @property
    def sound(self) -> bool:
        """Whether it clearly arrived complete, judged without a diagnosis."""
        recording, reading = self.recording, self.reading
        unasked = recording.header("content-encoding") not in _ASKED_FOR
        odd = recording.oddities or reading.limit or reading.encoding_trouble or unasked
        if recording.status != 200 or recording.end != "eof" or odd:
            return False
        if not self.streamed and reading.findings["json-behind"]:
            return False
        answer = self.answer
        content = answer.text.strip() or answer.tool_calls
        ended = answer.finish_reason in _ENDS and answer.error is None and not answer.cut
        return bool(content) and ended and reading.sse is self.streamed

    @property
    def conclusive(self) -> bool:
        """Whether it failed in a way that another request would only repeat."""
        status, end = self.recording.status, self.recording.end
        refused = status is None or not 200 <= status < 300
        return self.failure is not None and (refused or end == "limit")

    @property
    def streamed(self) -> bool:
        """Whether a stream was asked for."""
        return self.request.streamed

    @property
    def stopped(self) -> bool:
        """Whether it was ended by this client."""
        return self.recording.end == "closed"

    @property
    def prompt(self) -> str:
        """The prompt as text."""
        return self.request.prompt

    @property
    def answer(self) -> Answer:
        """The answer received so far."""
        return self.reading.answer

    @property
    def timing(self) -> Timing:
        """When its parts arrived."""
        return self.reading.timing

    @property
    def elapsed_s(self) -> float | None:
        """The seconds since it was sent, None before."""
        sent = self.recording.sent
        return None if sent is None else perf_counter() - sent

    @property
    def tokens_per_s(self) -> float | None:
        """The rate at which the server wrote it, None if that cannot be observed."""
        return None if self._at_once else self.timing.tokens_per_s

    @property
    def chunks_per_s(self) -> float | None:
        """The rate at which its chunks arrived, None if they were not written at that rate."""
        return None if self._at_once else self.timing.chunks_per_s

    @property
    def _at_once(self) -> bool:
        """Whether the text was held back, so that its rate is only the network's."""
        return bool(self.findings) and self.findings[0].name in _AT_ONCE

    @property
    def text(self) -> str:
        """The text received so far, even if the server put it in the wrong place."""
        return self.reading.text

    @property
    def usage(self) -> Usage | None:
        """The token counts that the server reported, None if it reported none."""
        return self.answer.usage

    @property
    def ttft_s(self) -> float | None:
        """When the first text, reasoning or tool call arrived, in seconds since it was sent."""
        return self.timing.ttft_s

    @property
    def chunks(self) -> list[Chunk]:
        """The chunks with output: time, text, raw JSON."""
        return self.reading.output_chunks

    def to_dict(self) -> dict[str, Any]:
        """Everything a table or a script may want, as plain values, with times in seconds."""
        answer, timing = self.answer, self.timing
        usage = answer.usage._asdict() if answer.usage else {}
        return {
            "base_url": self.endpoint.base_url, "model": self.request.model, "prompt": self.prompt,
            "stream": self.streamed, "status": self.recording.status, "word": self.word,
            "text": self.text, "reasoning": answer.reasoning,
            "tool_calls": [call._asdict() for call in answer.tool_calls],
            "finish_reason": answer.finish_reason, "ttft_s": timing.ttft_s,
            "last_output_s": timing.last_output_s, "total_s": timing.end_s,
            "tokens_per_s": self.tokens_per_s, "chunks": len(timing.chunk_s),
            **{name: value for name, value in usage.items() if name != "raw"},
            "findings": [finding.name for finding in self.findings],
            "started_at": self.recording.started_at,
        }  # fmt: skip

    def __repr__(self) -> str:
        if self.failure and not self.text:
            return for_terminal(f"no answer from {self.endpoint.name}: {self.failure.says}")
        how = "streamed" if self.streamed else "full"
        end = "stopped by you" if self.stopped else f"finish reason {self.answer.finish_reason!r}"
        came = (
            self.failure.says if self.failure else f"{counted(len(self.text), 'character')}, {end}"
        )
        return for_terminal(f"{how} answer from {self.endpoint.name}: {came}")


def check_asked(prompt: object, api: str) -> None:
    """Raise CallError for an unusable prompt, or an API that this kit does not speak."""
    if api not in PATHS:
        raise CallError(
            f"one of the APIs {', '.join(PATHS)}", f"api = {api[:40]!r}", "Leave it out for a chat."
        )
    if not isinstance(prompt, str | tuple | list):
        raise CallError(
            "a prompt in quotation marks, or a list of messages",
            kind_of(prompt), 'Ask like this: await es.ask("hello").',
        )  # fmt: skip


def exchanges_of(*given: object) -> tuple[Exchange, ...]:
    """The given exchanges; raises CallError if anything else was given."""
    for one in given or (None,):
        if not isinstance(one, Exchange):
            came = "nothing" if one is None else kind_of(one)
            raise CallError(
                "answers, as es.ask returns them", came,
                "Ask first: a = await es.ask(…), or b = es.load(FILE).",
            )  # fmt: skip
    return tuple(one for one in given if isinstance(one, Exchange))
