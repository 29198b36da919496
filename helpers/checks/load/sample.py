"""One request of a load as figures, without text or recording, so that ten thousand fit."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ...client.exchange import Exchange
from ...finding import Finding
from ...wire.parsing import parsed
from ...wire.timing import Timing

# Where servers report their own measurements: llama.cpp, then others.
_METERS = ("timings", "metrics")
_OF_TIME = re.compile(r"(-ms|-time|-duration|-latency)$", re.IGNORECASE)
_NUMBERS_KEPT = 12
_WORDS_KEPT = 200
_LAST_EVENTS = 4


class Sample(NamedTuple):
    """One request and its outcome.

    number:   which one of the load, counted from 0
    due_s:    when it was to be sent, in seconds since the load began
    sent_s:   when it was sent, likewise
    timing:   its times since it was sent
    failure:  the name of what went wrong, "" for a complete answer
    turn:     which one of its conversation, counted from 0
    reused:   whether its connection had carried another answer before; None if unknown
    server:   what the server measured itself, by the server's names and in its units
    """

    number: int
    due_s: float
    sent_s: float
    timing: Timing
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    failure: str = ""
    turn: int = 0
    reused: bool | None = None
    server: tuple[tuple[str, float], ...] = ()

    @property
    def lag_s(self) -> float:
        """How late it was sent."""
        return max(self.sent_s - self.due_s, 0.0)

    @property
    def e2e_s(self) -> float | None:
        """From sending to the last output."""
        return self.timing.last_output_s

    @property
    def ended_s(self) -> float:
        """When it was over, in seconds since the load began."""
        return self.sent_s + (self.timing.end_s or 0.0)


def sample_of(exchange: Exchange, number: int, *, began: float, due_s: float, turn: int) -> Sample:
    """The figures of an exchange that has ended.

    began:  when the load began, on the clock of `Recording.sent`
    """
    recording, usage = exchange.recording, exchange.usage
    sent_s = due_s if recording.sent is None else recording.sent - began
    return Sample(
        number, due_s, sent_s, exchange.timing,
        usage.prompt_tokens if usage else None, usage.cached_tokens if usage else None,
        _failure(exchange), turn, recording.reused, _measured_by_server(exchange),
    )  # fmt: skip


def words_of(failure: Finding | None) -> str:
    """The details of a failure in one line: the server's own words if it gave any."""
    if failure is None:
        return ""
    quote = " ".join(failure.quote.split())[:_WORDS_KEPT]
    return f"“{quote}”" if quote else (failure.came or failure.says)[:_WORDS_KEPT]


def _failure(exchange: Exchange) -> str:
    """The name of what went wrong; a sound answer is not diagnosed while others are timed."""
    recording, answer = exchange.recording, exchange.answer
    sound = recording.status == 200 and recording.end == "eof" and answer.finish_reason
    if sound and not answer.error and (exchange.timing.last_output_s is not None):
        return ""
    failure = exchange.failure
    return failure.name if failure else ""


def _measured_by_server(exchange: Exchange) -> tuple[tuple[str, float], ...]:
    """The server's own measurements, from its last events or its headers."""
    found: dict[str, float] = {}
    for name, value in exchange.recording.headers:
        if _OF_TIME.search(name) and (number := _number(value)) is not None:
            found[name.lower()] = number
    events = exchange.reading.events[-_LAST_EVENTS:]
    texts = [event.data for _, _, event in events] or [exchange.recording.text]
    for text in texts:
        if any(f'"{name}"' in text for name in _METERS):
            found |= _numbers(parsed(text))
    return tuple(found.items())[:_NUMBERS_KEPT]


def _numbers(chunk: Any) -> dict[str, float]:
    if not isinstance(chunk, dict):
        return {}
    given = (chunk.get(name) for name in _METERS)
    return {
        str(name)[:40]: float(value)
        for meter in given if isinstance(meter, dict)
        for name, value in meter.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }  # fmt: skip


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", text.strip()) else None
