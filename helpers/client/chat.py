"""Ask an endpoint, full or streamed, and keep what came."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from helpers.client.connection import Broken, post_chat
from helpers.client.explain_answer import explain_answer, explain_status
from helpers.client.explain_silence import (
    Limit,
    explain_bound,
    explain_fault,
    explain_key,
    explain_limit,
)
from helpers.client.keys import key_state
from helpers.client.models import ModelList, list_models
from helpers.client.trouble import Trouble, server_words
from helpers.endpoint import Endpoint
from helpers.wire.answer import Answer, Delta
from helpers.wire.reading import Reading
from helpers.wire.recording import Recording
from helpers.wire.timing import Timing

# After the finish reason only usage, [DONE] and the end of the body are due.
CLOSING_S = 5.0

Watch = Callable[["Exchange", list[Delta]], None]


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
        self.recording = Recording("POST", address, bounds=self.endpoint.bounds)
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


async def ask(
    endpoint: Endpoint,
    prompt: str,
    *,
    stream: bool = True,
    system: str = "",
    temperature: float | None = None,
    max_tokens: int | None = None,
    seed: int | None = None,
    headers: Mapping[str, str] | None = None,
    watch: Watch | None = None,
) -> Exchange:
    """Return the exchange with an endpoint; whatever goes wrong is its `trouble`.

    Only what is set is sent; a stream is asked to end with its usage.
    watch:   called with the exchange and what is new, after each network read
    raises:  CancelledError only; `begin` keeps hold of what came until then
    """
    exchange = begin(
        endpoint, prompt, stream=stream, system=system, temperature=temperature,
        max_tokens=max_tokens, seed=seed, headers=headers,
    )  # fmt: skip
    await complete(exchange, watch=watch)
    return exchange


def begin(
    endpoint: Endpoint,
    prompt: str,
    *,
    stream: bool = True,
    system: str = "",
    temperature: float | None = None,
    max_tokens: int | None = None,
    seed: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Exchange:
    """Return an exchange that is ready to be sent by `complete`.

    raises:  ValueError for a built-in endpoint that was not opened
    """
    if not endpoint.url:
        raise ValueError(
            f"Expected an address; {endpoint.name} is not running. "
            "Open it first: endpoint = await opened(endpoint), from helpers.engine.builtin."
        )
    messages = [{"role": "system", "content": system}] if system else []
    messages.append({"role": "user", "content": prompt})
    chosen = {"temperature": temperature, "max_tokens": max_tokens, "seed": seed}
    parameters: dict[str, Any] = {"model": endpoint.model, "messages": messages, "stream": stream}
    parameters |= {name: value for name, value in chosen.items() if value is not None}
    if stream:
        parameters["stream_options"] = {"include_usage": True}
    return Exchange(endpoint, parameters, headers or {})


async def complete(exchange: Exchange, *, watch: Watch | None = None) -> None:
    """Send the exchange and stay until its answer has come, or failed to.

    raises:  CancelledError, after the socket was closed and the exchange marked as stopped
    """
    key = key_state(exchange.endpoint)
    if not key.usable:
        exchange.trouble = explain_key(exchange.endpoint, key)
        return
    try:
        if not exchange.parameters["model"] and not await _choose_model(exchange):
            return
        await _send(exchange, watch)
        if _drop_refused(exchange):
            await _send(exchange, watch)
    except asyncio.CancelledError:
        exchange.stopped = True
        raise
    finally:
        # Bytes that arrived together with the end, or the cancellation, still count.
        exchange.reading.catch_up()


async def _choose_model(exchange: Exchange) -> bool:
    """Take the model that the endpoint lists first; False when it cannot be asked at all."""
    exchange.models = await list_models(exchange.endpoint)
    if not exchange.models.chosen:
        exchange.trouble = exchange.models.trouble
        return False
    exchange.parameters["model"] = exchange.models.chosen
    exchange.endpoint = exchange.endpoint.with_model(exchange.models.chosen)
    return True


async def _send(exchange: Exchange, watch: Watch | None) -> None:
    exchange.start_over()
    exchange.trouble = None
    pace = _Pace(exchange)

    def on_read() -> bool:
        deltas = exchange.reading.catch_up()
        pace.note(deltas)
        if watch:
            watch(exchange, deltas)
        return bool(exchange.reading.limit)

    endpoint, recording, reading = exchange.endpoint, exchange.recording, exchange.reading
    try:
        async with asyncio.timeout_at(pace.deadline) as pace.timeout:
            await post_chat(
                exchange.endpoint, exchange.parameters, exchange.headers, recording, on_read
            )
            # What only the end of the body completes: an answer in one piece, a last line.
            on_read()
    except TimeoutError:
        recording.end = "limit"
        if not pace.closing:
            exchange.trouble = explain_limit(
                endpoint, pace.limit, elapsed_s=pace.elapsed_s, unfinished_text=bool(exchange.text)
            )
        return
    except Broken as broken:
        finished = bool(reading.answer.finish_reason)
        if not finished:
            exchange.trouble = explain_fault(
                endpoint, broken.fault.kind, broken.fault.detail,
                started=recording.status is not None, unfinished_text=bool(exchange.text),
            )  # fmt: skip
        return
    if recording.end == "limit":
        exchange.trouble = explain_bound(endpoint, reading.limit)
    elif 200 <= (recording.status or 0) < 300:
        exchange.trouble = explain_answer(endpoint, recording, reading)
    else:
        exchange.trouble = explain_status(endpoint, recording, exchange.parameters["model"])


class _Pace:
    """The time limits of one request: for its first text, for silence, for the whole."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()
        self.timeout: asyncio.Timeout | None = None
        self.limit: Limit = "first"
        self.closing = False
        limits = exchange.endpoint.limits
        # An answer in one piece may take as long as the whole; only a stream has a first chunk.
        first_s = limits.first_chunk_s if exchange.streamed else limits.whole_s
        self.deadline = self._began + first_s

    @property
    def elapsed_s(self) -> float:
        """Return how long the request has run."""
        return self._clock() - self._began

    def note(self, deltas: list[Delta]) -> None:
        """Set the next limit; only output counts as life, keep-alive comments do not."""
        limits, now = self._exchange.endpoint.limits, self._clock()
        if self.closing:
            return
        # Not the answer's: to put it together at every read would cost more than to read it.
        if self._exchange.reading.done or any(delta.finish_reason for delta in deltas):
            self.closing = True
            self._set(now + CLOSING_S)
        elif any(delta.has_output for delta in deltas):
            silent_at, whole_at = now + limits.silence_s, self._began + limits.whole_s
            self.limit = "silence" if silent_at < whole_at else "whole"
            self._set(min(silent_at, whole_at))

    def _set(self, deadline: float) -> None:
        self.deadline = deadline
        if self.timeout is not None:
            self.timeout.reschedule(deadline)


def _drop_refused(exchange: Exchange) -> bool:
    """Take out the parameters that the endpoint refused by name; False when there are none."""
    if exchange.recording.status not in (400, 422) or exchange.dropped:
        return False
    body, words = exchange.recording.text, server_words(exchange.recording)
    optional = [name for name in exchange.parameters if name not in ("model", "messages", "stream")]
    refused = [name for name in optional if re.search(rf"\b{name}\b", body)]
    for name in refused:
        value = exchange.parameters.pop(name)
        instead = ""
        if name == "max_tokens" and "max_completion_tokens" in body:
            instead = "max_completion_tokens"
            exchange.parameters[instead] = value
        exchange.dropped += (Dropped(name, words, instead),)
    return bool(refused)
