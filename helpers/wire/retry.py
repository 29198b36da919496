"""How long a busy server asks clients to wait, in whichever way it says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from .recording import Recording

_IN_MS = ("retry-after-ms", "x-ms-retry-after-ms")
_UNITS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 0.001, "millisecond": 0.001, "s": 1.0, "sec": 1.0,
    "second": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0, "h": 3600.0, "hour": 3600.0,
    "d": 86400.0, "day": 86400.0,
}  # fmt: skip
_NAMES = r"[nuµm]s|[smhd]|milliseconds?|sec(?:ond)?s?|min(?:ute)?s?|hours?|days?"
_PART = rf"(\d{{1,12}}(?:\.\d{{1,9}})?)\s?({_NAMES})(?![a-z])"
_PARTS = re.compile(_PART)
_DURATION = re.compile(rf"(?:{_PART}\s?)+")
# Azure, Gemini, Groq and OpenAI say it in the error message, some of them nowhere else.
_WORDS = re.compile(rf'(?:(?:try again|retry) (?:in|after) |"retrydelay":\s?")((?:{_PART}\s?)+)')
_SAID_WITHIN = 4000
# A number this large is a Unix time, not a duration: in seconds, or if it is larger still, in
# milliseconds or microseconds.
_EPOCH_S, _EPOCH_MS = 1e9, 1e11
# No server means more than a year, or a moment more than a day ago.
_DAY_S, _YEAR_S = 86400.0, 366 * 86400.0
# draft-ietf-httpapi-ratelimit-headers: r and t since its eighth version, whole words before.
_FIELD = re.compile(r"\b(r|t|remaining|reset|limit)\s?=\s?(\d{1,19})")
_LONG_NAMES = {"r": "remaining", "t": "reset"}


@dataclass(frozen=True)
class _Limit:
    """One of a server's rate limits, from its headers.

    left:   the fraction left, from 0 (used up) to 1; None if not stated
    reset:  when it resets, as the header writes it
    """

    left: float | None
    reset: str


def retry_after_s(recording: Recording) -> float | None:
    """The seconds to wait before asking again, None if the server does not say.

    source:  retry-after-ms (OpenAI, Azure), Retry-After (RFC 9110), the reset of the limit with
             the least left, the error's own words
    """
    for name in _IN_MS:
        if (in_ms := _number(recording.header(name))) is not None:
            return in_ms / 1000
    if (after_s := _wait_s(recording.header("retry-after"), recording)) is not None:
        return after_s
    resets = ((one.left, _wait_s(one.reset, recording)) for one in _limits(recording))
    # A limit that does not say how much is left may be the one that is used up.
    waits = [(left or 0.0, wait_s) for left, wait_s in resets if wait_s is not None]
    least = min(waits, default=(0.0, 0.0))[0]
    return max((wait_s for left, wait_s in waits if left == least), default=_said_s(recording))


def used_up_s(recording: Recording) -> float | None:
    """The seconds until a limit that this answer used up resets, None if none is used up.

    source:  the reset that goes with 0 remaining: x-ratelimit-… (OpenAI, Groq, Azure, GitHub,
             OpenRouter), anthropic-ratelimit-…, RateLimit and RateLimit-… (IETF)
    """
    waits = [_wait_s(one.reset, recording) for one in _limits(recording) if one.left == 0]
    return max((wait_s for wait_s in waits if wait_s is not None), default=None)


def _limits(recording: Recording) -> Iterator[_Limit]:
    """Yield the limits in the headers."""
    for fact in _facts(recording):
        allowed, remaining = _number(fact.get("limit", "")), _number(fact.get("remaining", ""))
        # A limit of 0 on a request that was answered limits nothing.
        if allowed != 0:
            left = None if remaining is None else min(remaining / (allowed or remaining or 1), 1.0)
            yield _Limit(left, fact.get("reset", ""))


def _facts(recording: Recording) -> Iterator[Mapping[str, str]]:
    """Yield the facts about each limit: its "limit", "remaining" and "reset".

    The headers order their words differently (x-ratelimit-remaining-requests,
    anthropic-ratelimit-requests-remaining), so the words other than the fact name the limit.
    """
    found: dict[str, dict[str, str]] = {}
    for name, value in recording.headers:
        words = name.lower().replace("rate-limit", "ratelimit").split("-")
        if not any(word.startswith("ratelimit") for word in words):
            continue
        fact = next((one for one in ("remaining", "reset", "limit") if one in words), "")
        if fact:
            words.remove(fact)
            whose = "-".join(word for word in words if word != "after")
            found.setdefault(whose, {}).setdefault(fact, value.strip())
        elif words[-1] == "ratelimit":
            yield from _items(value)
    yield from found.values()


def _items(value: str) -> Iterator[Mapping[str, str]]:
    """Yield the limits of one RateLimit header: "a";r=0;t=30, "b";r=9;t=1."""
    for one in [value] if "reset" in value else value.split(","):
        yield {_LONG_NAMES.get(key, key): number for key, number in _FIELD.findall(one)}


def _number(text: str) -> float | None:
    """A plain non-negative number, None for anything else."""
    number = re.fullmatch(r"\s*(\d{1,19}(?:\.\d{1,9})?)\s*(?:[,;].*)?", text)
    return float(number[1]) if number else None


def _wait_s(text: str, recording: Recording) -> float | None:
    """The seconds meant by "1m30s", "2", a date or a Unix time; None for anything implausible."""
    text = text.strip()[:80]
    seconds = _number(text)
    wait_s = _duration_s(text.lower()) if seconds is None else seconds
    if wait_s is None or wait_s >= _EPOCH_S:
        due, now = _moment(text), _now(recording)
        wait_s = None if due is None or now is None else (due - now).total_seconds()
    return max(wait_s, 0.0) if wait_s is not None and -_DAY_S < wait_s < _YEAR_S else None


def _duration_s(text: str) -> float | None:
    """The seconds in "1m30s" or "26 seconds"."""
    if not _DURATION.fullmatch(text):
        return None
    return sum(
        float(n) * _UNITS.get(unit, _UNITS.get(unit[:-1], 1.0)) for n, unit in _PARTS.findall(text)
    )


def _now(recording: Recording) -> datetime | None:
    """The moment of the answer, by the server's own clock if it sent a Date header."""
    return _moment(recording.header("date")) or _moment(recording.started_at)


def _moment(text: str) -> datetime | None:
    """The moment in an HTTP date (RFC 9110), an RFC 3339 date or a Unix time; None for others."""
    try:
        if (count := _number(text)) is not None:
            while count >= _EPOCH_MS:
                count /= 1000
            return datetime.fromtimestamp(count, UTC)
        of_json = text[:1].isdigit()
        moment = datetime.fromisoformat(text) if of_json else parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _said_s(recording: Recording) -> float | None:
    """The seconds that an error's own words ask for: "Please try again in 6m0s."."""
    words = recording.body[:_SAID_WITHIN].decode("utf-8", "replace").lower()
    match = _WORDS.search(words)
    return _duration_s(match[1].strip()) if match else None
