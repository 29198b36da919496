"""An answer as values: what the model said, how it ended and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .server_error import ServerError


class ToolCall(NamedTuple):
    """A tool call, or a piece of one in a delta; `place` counts the choice's calls from 0."""

    id: str = ""
    name: str = ""
    arguments: str = ""
    place: int = 0


class Delta(NamedTuple):
    """What one chunk adds to one choice."""

    choice: int = 0
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str | None = None

    @property
    def has_output(self) -> bool:
        """Whether it holds anything the model produced, not just a finish reason."""
        return bool(self.text or self.reasoning or self.refusal or self.tool_calls)


class Chunk(NamedTuple):
    """One chunk with output: when it arrived (in seconds since send), its text, its raw JSON."""

    at_s: float
    text: str
    raw: str


@dataclass(frozen=True)
class Choice:
    """One of the answers to a prompt, as received so far."""

    index: int = 0
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str | None = None


class Usage(NamedTuple):
    """The tokens the server counted; None for a count it did not report.

    completion_tokens:  includes the reasoning tokens
    raw:                the object as received
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    reasoning_tokens: int | None = None
    raw: Mapping[str, Any] = {}

    @property
    def thought_tokens(self) -> int:
        """The reasoning tokens, even if only the total includes them, as in Gemini's layer."""
        if self.reasoning_tokens is not None or self.total_tokens is None:
            return self.reasoning_tokens or 0
        return max(self.total_tokens - (self.prompt_tokens or 0) - (self.completion_tokens or 0), 0)

    @property
    def cached_tokens(self) -> int | None:
        """The prompt tokens read from the server's cache, wherever the usage reports them."""
        raw = self.raw
        details = raw.get("prompt_tokens_details") or raw.get("input_tokens_details")
        places = (
            details.get("cached_tokens") if isinstance(details, Mapping) else None,
            raw.get("cache_read_input_tokens"),
            raw.get("prompt_cache_hit_tokens"),
        )
        return next((count for count in places if type(count) is int), None)


@dataclass(frozen=True)
class Answer:
    """A chat completion, as received so far.

    choices:  in index order
    error:    the first error that the server reported, in the stream or instead of an answer
    cut:      whether it was read from a JSON body that breaks off
    """

    choices: tuple[Choice, ...] = ()
    usage: Usage | None = None
    id: str = ""
    model: str = ""
    error: ServerError | None = None
    cut: bool = False

    @property
    def first(self) -> Choice:
        """The first choice, an empty one if none arrived."""
        return self.choices[0] if self.choices else Choice()

    @property
    def text(self) -> str:
        """The first choice's text."""
        return self.first.text

    @property
    def reasoning(self) -> str:
        """The first choice's reasoning."""
        return self.first.reasoning

    @property
    def refusal(self) -> str:
        """The first choice's refusal."""
        return self.first.refusal

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The first choice's tool calls."""
        return self.first.tool_calls

    @property
    def finish_reason(self) -> str | None:
        """The first choice's finish reason; None if it never arrived."""
        return self.first.finish_reason
