"""Events and bodies to an answer: text, reasoning, tool calls, refusal, usage, errors."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jiter

from .bounds import Bounds, depth
from .message import Choice, Delta, Gathered, ToolCall
from .server_error import ServerError, server_error, text_error
from .sse import Event
from .surrogates import encodable

__all__ = [
    "Answer", "AnswerBuilder", "Choice", "Delta", "ServerError", "ToolCall", "Usage", "full_answer",
    "parsed",
]  # fmt: skip

DONE = "[DONE]"
UNPARSED_KEPT = 8
UNPARSED_LENGTH = 500


class Usage(NamedTuple):
    """What the server counted; None where it did not say.

    completion_tokens:  contains the reasoning tokens
    raw:                the object as it came
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    reasoning_tokens: int | None = None
    raw: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Answer:
    """A chat completion as far as it came.

    choices:  in index order
    error:    the first error that the server reported, in the stream or instead of an answer
    cut:      whether it was read out of a JSON body that broke off
    """

    choices: tuple[Choice, ...] = ()
    usage: Usage | None = None
    id: str = ""
    model: str = ""
    error: ServerError | None = None
    cut: bool = False

    @property
    def first(self) -> Choice:
        """Return the first choice, an empty one when none came."""
        return self.choices[0] if self.choices else Choice()

    @property
    def text(self) -> str:
        """Return the first choice's text."""
        return self.first.text

    @property
    def reasoning(self) -> str:
        """Return the first choice's reasoning."""
        return self.first.reasoning

    @property
    def refusal(self) -> str:
        """Return the first choice's refusal."""
        return self.first.refusal

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """Return the first choice's tool calls."""
        return self.first.tool_calls

    @property
    def finish_reason(self) -> str | None:
        """Return the first choice's finish reason; None when it never came."""
        return self.first.finish_reason


class AnswerBuilder:
    """Assembles an answer from events as they come; no bytes make it raise.

    done:      whether [DONE] came; what follows it is counted, not assembled
    chunks:    JSON objects before [DONE] that are no errors
    errors:    what the server reported, in order
    unparsed:  the beginnings of the first data that was no JSON
    findings:  how often each oddity came: "not-json", "error", "after-done", "done-again",
               "no-choices", "message-for-delta", "empty-finish-reason", "lone-surrogate", …
    """

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.done = False
        self.chunks = 0
        self.errors: list[ServerError] = []
        self.unparsed: list[str] = []
        self.findings: Counter[str] = Counter()
        self._choices: dict[int, Gathered] = {}
        self._usage: Mapping[str, Any] | None = None
        self._id = ""
        self._model = ""
        self._cut = False
        self._depth = (bounds or Bounds()).depth

    def feed(self, event: Event) -> list[Delta]:
        """Return what this event adds, a delta for each choice it adds anything to."""
        data = event.data
        if self.done:
            self.findings["done-again" if data.strip() == DONE else "after-done"] += 1
            return []
        try:
            chunk = jiter.from_json(data.encode())
        except ValueError:
            if data.strip() == DONE:
                self.done = True
                return []
            if depth(data, enough=self._depth) > self._depth:
                self.findings["nested-too-deep"] += 1
                return []
            chunk = parsed(data.encode("utf-8", "surrogatepass"))
            if chunk is None:
                self._not_json(event)
                return []
        if event.event == "error" and server_error(chunk) is None:
            self.fail(text_error(encodable(data)))
            return []
        return self.take(chunk, source=data)

    def take(self, chunk: Any, *, source: str) -> list[Delta]:
        """Return what one decoded chunk, or one full body, adds."""
        choices = chunk.get("choices") if chunk.__class__ is dict else None
        if choices.__class__ is not list or chunk.get("error"):
            error = server_error(chunk, source)
            if error is not None:
                self.fail(error)
            if choices.__class__ is not list:
                return self._without_choices(chunk, failed=error is not None)
        self.chunks += 1
        usage = self._identify(chunk)
        deltas = []
        for place, choice in enumerate(choices):
            if choice.__class__ is dict:
                index = choice.get("index")
                if index.__class__ is not int:
                    index = place
                gathered = self._choices.get(index)
                if gathered is None:
                    gathered = self._choices[index] = Gathered(index, self.findings)
                delta = gathered.add(choice)
                if delta is not None:
                    deltas.append(delta)
                if not usage and "usage" in choice:
                    self._count(choice["usage"])
        return deltas

    def take_body(self, body: bytes) -> list[Delta]:
        """Return what a whole body holds: a completion, as far as it came, or an error."""
        body = body.removeprefix(b"\xef\xbb\xbf").strip()
        if not body:
            return []
        value = parsed(body)
        source = encodable(body.decode("utf-8", "replace"))
        if value is None and depth(source, enough=self._depth) > self._depth:
            self.findings["nested-too-deep"] += 1
            return []
        if value is None:
            value = _begun(body)
            self._cut = value is not None
        if value is None or (value.__class__ is str and value):
            self.fail(text_error(encodable(value or source)))
            return []
        deltas = self.take(value, source=source)
        # What is odd in a chunk is how a whole message looks.
        del self.findings["message-for-delta"], self.findings["tool-call-without-index"]
        return deltas

    def close(self) -> list[Delta]:
        """Return what waited for its other half when the stream ended."""
        left = (gathered.close() for gathered in self._choices.values())
        return [delta for delta in left if delta is not None]

    @property
    def answer(self) -> Answer:
        """Return the answer as far as it came."""
        choices = (self._choices[index].choice for index in sorted(self._choices))
        return Answer(
            choices=tuple(choices),
            usage=self.usage,
            id=self._id,
            model=self._model,
            error=self.errors[0] if self.errors else None,
            cut=self._cut,
        )

    @property
    def usage(self) -> Usage | None:
        """Return the last usage that came."""
        return None if self._usage is None else _usage(self._usage)

    def fail(self, error: ServerError) -> None:
        """Keep an error that the server reported."""
        self.findings["error"] += 1
        self.errors.append(error)

    def _not_json(self, event: Event) -> None:
        """Keep the beginning of data that is no JSON; an event called error is one in any words."""
        self.findings["not-json"] += 1
        if len(self.unparsed) < UNPARSED_KEPT:
            self.unparsed.append(encodable(event.data[:UNPARSED_LENGTH]))
        if event.event == "error":
            self.fail(text_error(encodable(event.data)))

    def _without_choices(self, chunk: Any, *, failed: bool) -> list[Delta]:
        """Take what a chunk without a list of choices may still bring: its usage."""
        if not failed:
            self.findings["no-choices"] += 1
        if isinstance(chunk, dict):
            self.chunks += not failed
            self._identify(chunk)
        return []

    def _identify(self, chunk: dict[str, Any]) -> Any:
        """Keep id, model and usage, and return the usage that stood in one of the usual places."""
        if not self._id or not self._model:
            self._id = self._id or _word(chunk.get("id"))
            self._model = self._model or _word(chunk.get("model"))
        usage = chunk.get("usage")
        if usage is None and "x_groq" in chunk and isinstance(chunk["x_groq"], dict):
            usage = chunk["x_groq"].get("usage")
        if usage:
            self._count(usage)
        return usage

    def _count(self, usage: Any) -> None:
        """Keep a usage; the last one counts, servers that send many count up."""
        if isinstance(usage, dict):
            self._usage = usage


def full_answer(body: bytes) -> Answer:
    """Return the answer that a whole JSON body is, or the error that it reports."""
    builder = AnswerBuilder()
    builder.take_body(body)
    builder.close()
    return builder.answer


def parsed(text: bytes) -> Any:
    """Return the JSON value that bytes are, None when they are none."""
    try:
        return jiter.from_json(text)
    except ValueError:
        # Halves of surrogates, which jiter refuses and Python's own json reads.
        try:
            return json.loads(text.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return None


def _begun(body: bytes) -> Any:
    """Return a completion's JSON as far as it came, None when the bytes don't begin as one."""
    try:
        value = jiter.from_json(body, partial_mode="trailing-strings")
    except ValueError:
        return None
    return value if isinstance(value, dict) and value.get("choices") else None


def _usage(raw: Mapping[str, Any]) -> Usage:
    details = raw.get("completion_tokens_details")
    inside = details if isinstance(details, dict) else {}
    reasoning = _number(inside.get("reasoning_tokens"))
    return Usage(
        prompt_tokens=_number(raw.get("prompt_tokens")),
        completion_tokens=_number(raw.get("completion_tokens")),
        total_tokens=_number(raw.get("total_tokens")),
        reasoning_tokens=_number(raw.get("reasoning_tokens")) if reasoning is None else reasoning,
        raw=raw,
    )


def _number(value: Any) -> int | None:
    """Return a count, None for anything that cannot be one."""
    whole = value.__class__ is int or (isinstance(value, float) and value.is_integer())
    return int(value) if whole and value >= 0 else None


def _word(value: Any) -> str:
    return encodable(value) if isinstance(value, str) else ""
