"""How long a server that is busy asks to be left alone, in whichever header it says so."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from .recording import Recording

_RESETS = (
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
    "x-ratelimit-reset",
    "ratelimit-reset",
)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
# A number this large is a moment (seconds since 1970), not a duration.
_EPOCH_S = 10**9


def retry_after_s(recording: Recording) -> float | None:
    """The seconds to wait before asking again, None when the server does not say.

    source:  Retry-After (seconds or a date), retry-after-ms (OpenAI, Azure), x-ratelimit-reset-*
             ("1m30s", seconds, or a moment)
    """
    in_ms = _number(recording.header("retry-after-ms"))
    if in_ms is not None:
        return in_ms / 1000
    after = recording.header("retry-after").strip()
    if after:
        seconds = _number(after)
        return _until(after, recording) if seconds is None else seconds
    waits = (_reset(recording.header(name), recording) for name in _RESETS)
    return max((wait for wait in waits if wait is not None), default=None)


def used_up_s(recording: Recording) -> float | None:
    """The seconds until a limit is there again that this answer used up, None where none is.

    source:  x-ratelimit-remaining-requests or -tokens at 0, beside x-ratelimit-reset-…
    """
    waits = (
        _reset(recording.header(f"x-ratelimit-reset-{what}"), recording)
        for what in ("requests", "tokens")
        if _number(recording.header(f"x-ratelimit-remaining-{what}")) == 0
    )
    return max((wait for wait in waits if wait is not None), default=None)


def _number(text: str) -> float | None:
    """A plain number that is not negative, None for anything else."""
    return float(text) if re.fullmatch(r"\s*\d{1,12}(\.\d{1,6})?\s*", text) else None


def _until(date: str, recording: Recording) -> float | None:
    """The seconds to a date, by the server's own clock where it shows one."""
    try:
        now = recording.header("date") or recording.started_at
        since = parsedate_to_datetime(now) if "," in now else datetime.fromisoformat(now)
        due = parsedate_to_datetime(date)
        return max((due - since.astimezone(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def _reset(text: str, recording: Recording) -> float | None:
    """The seconds in "1m30s", "2", or up to a moment given in seconds since 1970."""
    seconds = _number(text)
    if seconds is None:
        parts = _DURATION.findall(text[:40])
        return sum(float(n) * _UNITS[unit] for n, unit in parts) if parts else None
    if seconds < _EPOCH_S:
        return seconds
    now = recording.started_at
    since = datetime.fromisoformat(now).timestamp() if now else seconds
    return max(seconds - since, 0.0)
