"""How long a busy server asks to be left alone, in every header that says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.tests.support.recordings import recorded
from helpers.wire.retry import retry_after_s

NOON = "Sun, 22 Nov 2026 12:00:00 GMT"
STARTED = "2026-11-22T12:00:00+00:00"
EPOCH = 1795348800


def wait_s(*headers: tuple[str, str]) -> float | None:
    """Return the wait that these headers ask for."""
    return retry_after_s(recorded(status=429, headers=headers, started_at=STARTED))


@pytest.mark.parametrize(
    ("name", "value", "seconds"),
    [
        ("Retry-After", "7", 7.0), ("Retry-After", " 0.5 ", 0.5),
        ("Retry-After", "Sun, 22 Nov 2026 12:01:30 GMT", 90.0),
        ("Retry-After", "Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("retry-after-ms", "1250", 1.25), ("X-RateLimit-Reset-Requests", "1m30s", 90.0),
        ("x-ratelimit-reset-tokens", "20ms", 0.02), ("x-ratelimit-reset-tokens", "6m0s", 360.0),
        ("x-ratelimit-reset", str(EPOCH + 60), 60.0), ("x-ratelimit-reset", str(EPOCH - 9), 0.0),
        ("RateLimit-Reset", "12", 12.0), ("x-ratelimit-reset-requests", "1h2m3.5s", 3723.5),
        ("Retry-After", "soon", None), ("Retry-After", "-5", None), ("Retry-After", "1e9", None),
        ("Retry-After", "9" * 400, None), ("retry-after-ms", "", None), ("X-Other", "7", None),
        ("x-ratelimit-reset", "later", None),
    ],
)  # fmt: skip
def test_each_form_is_a_number_of_seconds(name: str, value: str, seconds: float | None) -> None:
    """Seconds, a date, milliseconds, a duration, a moment; nothing where it is none of them."""
    assert pytest.approx(seconds) == wait_s((name, value))


def test_a_date_is_read_by_the_servers_own_clock() -> None:
    """A clock that is wrong on one side makes no wait of hours."""
    headers = (("Date", "Sun, 22 Nov 2026 09:00:00 GMT"),
               ("Retry-After", "Sun, 22 Nov 2026 09:00:05 GMT"))  # fmt: skip
    assert 5.0 == wait_s(*headers)


def test_the_finer_header_counts_and_of_limits_the_longest() -> None:
    """Milliseconds before seconds; a request must pass every limit."""
    assert 0.25 == wait_s(("Retry-After", "1"), ("retry-after-ms", "250"))
    resets = (("x-ratelimit-reset-requests", "1s"), ("x-ratelimit-reset-tokens", "8s"))
    assert 8.0 == wait_s(*resets)
    assert 2.0 == wait_s(("Retry-After", "2"), *resets)


@given(
    st.sampled_from(["Retry-After", "retry-after-ms", "x-ratelimit-reset", "Date"]),
    st.text(max_size=40),
)
def test_no_header_makes_it_raise(name: str, value: str) -> None:
    """And no wait is negative."""
    seconds = wait_s((name, value), ("Retry-After", NOON))
    assert seconds is None or seconds >= 0
