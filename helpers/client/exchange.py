"""An exchange: one question to an endpoint and what came of it, growing while it runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..diagnose.trouble import Trouble
from ..endpoint import Endpoint
from ..wire.completion import Answer
from ..wire.reading import Reading
from ..wire.recording import Recording
from ..wire.timing import Timing
from .models import ModelList


@dataclass(frozen=True)
class Dropped:
    """A parameter the endpoint refused by name, and what it said."""

    name: str
    words: str
    instead: str = ""

    def __str__(self) -> str:
        how = f"sent as {self.instead}" if self.instead else "left out"
        return f"{self.name} was refused and {how}: “{self.words}”"


@dataclass
class Exchange:
    """One question to an endpoint and what came of it, growing while it runs.

    parameters:  the request's body as it was sent last
    headers:     what the request's headers say otherwise than usual
    dropped:     what the endpoint refused by name; the request was repeated once without it
    models:      the list a model was chosen from, None when one was named
    trouble:     why the answer did not come whole, None while it runs and when it did
    stopped:     whether it was ended by the person
    """

    endpoint: Endpoint
    parameters: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    recording: Recording = field(default_factory=lambda: Recording("POST", ""))
    dropped: tuple[Dropped, ...] = ()
    models: ModelList | None = None
    trouble: Trouble | None = None
    stopped: bool = False
    reading: Reading = field(init=False)

    def __post_init__(self) -> None:
        self.start_over()

    def start_over(self) -> None:
        """Begin a new recording; the one before answered with a refused parameter."""
        address = f"{self.endpoint.url}/chat/completions"
        body = json.dumps(self.parameters, ensure_ascii=False).encode("utf-8", "replace")
        self.recording = Recording("POST", address, body, bounds=self.endpoint.bounds)
        self.reading = Reading(self.recording, streamed=self.streamed)

    @property
    def streamed(self) -> bool:
        """Whether a stream was asked for."""
        return bool(self.parameters.get("stream"))

    @property
    def prompt(self) -> str:
        """Return what was asked."""
        messages = self.parameters.get("messages") or [{"content": ""}]
        return str(messages[-1]["content"])

    @property
    def answer(self) -> Answer:
        """Return the answer as far as it came."""
        return self.reading.answer

    @property
    def timing(self) -> Timing:
        """Return when its parts came."""
        return self.reading.timing

    @property
    def text(self) -> str:
        """Return the answer's text as far as it came."""
        return self.answer.text

    def __repr__(self) -> str:
        how = "streamed" if self.streamed else "full"
        if self.trouble:
            return f"{how} answer from {self.endpoint.name}: {self.trouble.headline}"
        end = "stopped by you" if self.stopped else f"finish reason {self.answer.finish_reason!r}"
        return f"{how} answer from {self.endpoint.name}: {len(self.text)} characters, {end}"
