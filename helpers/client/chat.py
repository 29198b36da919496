"""Ask an endpoint, full or streamed, and keep what came."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..diagnose.connection import (
    Limit,
    explain_bound,
    explain_fault,
    explain_key,
    explain_limit,
    explain_unsendable,
)
from ..diagnose.status import explain_answer, explain_status
from ..diagnose.trouble import server_words
from ..endpoint import Endpoint
from ..wire.completion import Delta
from .exchange import Dropped, Exchange
from .keys import key_state, without_secrets
from .models import list_models
from .transport import Broken, post_chat

# After the finish reason only usage, [DONE] and the end of the body are due.
CLOSING_S = 5.0

Watch = Callable[[Exchange, list[Delta]], None]


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
            "Open it first: endpoint = await opened(endpoint), from helpers.server.builtin."
        )
    messages = [{"role": "system", "content": system}] if system else []
    messages.append({"role": "user", "content": prompt})
    chosen = {"temperature": temperature, "max_tokens": max_tokens, "seed": seed}
    parameters: dict[str, Any] = {"model": endpoint.model, "messages": messages, "stream": stream}
    parameters |= {name: value for name, value in chosen.items() if value is not None}
    if stream:
        parameters["stream_options"] = {"include_usage": True}
    return Exchange(endpoint, parameters, headers or {})


async def repeat(
    exchange: Exchange,
    *,
    endpoint: Endpoint | None = None,
    stream: bool = True,
    headers: Mapping[str, str] | None = None,
) -> Exchange:
    """Return the exchange of the same request once more: elsewhere, in one piece, or otherwise."""
    parameters = exchange.parameters | {"stream": stream}
    if not stream:
        parameters.pop("stream_options", None)
    again = Exchange(endpoint or exchange.endpoint, parameters, headers or {})
    await complete(again)
    return again


async def complete(exchange: Exchange, *, watch: Watch | None = None) -> None:
    """Send the exchange and stay until its answer has come, or failed to.

    raises:  CancelledError, after the socket was closed and the exchange marked as stopped
    """
    key = key_state(exchange.endpoint)
    if not key.usable:
        exchange.trouble = explain_key(exchange.endpoint, key)
        return
    if unsendable := explain_unsendable(exchange.parameters):
        exchange.trouble = unsendable
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
        exchange.trouble = without_secrets(exchange.trouble, exchange.endpoint)


async def _choose_model(exchange: Exchange) -> bool:
    """Take the model that the endpoint lists first; False when it cannot be asked at all."""
    exchange.models = await list_models(exchange.endpoint)
    if not exchange.models.chosen:
        exchange.trouble = exchange.models.trouble
        exchange.recording.end = "broken"
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
            await post_chat(endpoint, exchange.parameters, exchange.headers, recording, on_read)
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
        deltas = reading.catch_up()
        if watch and deltas:
            watch(exchange, deltas)
        # A stream has its end at its end; an answer in one piece may name the reason anywhere.
        if not (exchange.streamed and reading.answer.finish_reason):
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
