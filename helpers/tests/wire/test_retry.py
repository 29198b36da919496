"""How long a busy server asks to be left alone, in every header that says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.tests.support.recordings import recorded
from helpers.wire.retry import retry_after_s, used_up_s

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
        ("x-ratelimit-reset", "later", None), ("x-ms-retry-after-ms", "250", 0.25),
        ("Retry-After", "20s", 20.0), ("Retry-After", "26 seconds", 26.0),
        ("Retry-After", "2026-11-22T12:00:09.5Z", 9.5), ("Retry-After", "120, 120", 120.0),
        ("Retry-After", "Sun Nov 22 12:00:05 2026", 5.0), ("Retry-After", f"{EPOCH + 7}", 7.0),
        ("Retry-After", "nan", None), ("Retry-After", "1000000000", None),
        ("Retry-After", "Wed, 21 Oct 2099 07:28:00 GMT", None), ("Retry-After", "99999999", None),
        ("x-ratelimit-reset", f"{EPOCH + 60}500", 60.5), ("X-Rate-Limit-Reset", "3", 3.0),
        ("x-ratelimit-reset-after", "4.5", 4.5), ("ratelimitbysize-reset", "41", 41.0),
        ("anthropic-ratelimit-tokens-reset", "2026-11-22T12:00:30Z", 30.0),
        ("RateLimit", '"minute";r=0;t=30', 30.0), ("RateLimit", "remaining=0, reset=31", 31.0),
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


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360.0),
        ({"x-ratelimit-remaining-requests": "9", "x-ratelimit-reset-requests": "6m0s"}, None),
        ({"x-ratelimit-remaining-tokens-minute": "0", "x-ratelimit-reset-tokens-minute": "11.5",
          "x-ratelimit-remaining-tokens-day": "7", "x-ratelimit-reset-tokens-day": "9000"}, 11.5),
        ({"anthropic-ratelimit-input-tokens-remaining": "0",
          "anthropic-ratelimit-input-tokens-reset": "2026-11-22T12:00:09Z"}, 9.0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{EPOCH + 5}000"}, 5.0),
        ({"RateLimit": '"hour";r=5;t=900, "minute";r=0;t=9'}, 9.0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "2", "ratelimit-limit": "60, 60;w=60"},
         2.0),
        ({"x-ratelimit-limit-requests": "0", "x-ratelimit-remaining-requests": "0",
          "x-ratelimit-reset-requests": "60"}, None),
        ({"x-ratelimit-limit-tokens": "-1", "x-ratelimit-remaining-tokens": "-1",
          "x-ratelimit-reset-tokens": "60"}, None),
        ({"x-ratelimit-remaining-req-minute": "0"}, None),
    ],
)  # fmt: skip
def test_a_limit_that_an_answer_used_up(headers: dict[str, str], seconds: float | None) -> None:
    """In each service's spelling; one that allows nothing, or -1, limits nothing."""
    assert seconds == used_up_s(recorded(headers=tuple(headers.items()), started_at=STARTED))


def test_of_two_limits_the_tighter_one_is_waited_for() -> None:
    """A day's limit that is far from used up is no reason to wait until tomorrow."""
    assert 11.0 == wait_s(
        ("x-ratelimit-limit-requests-day", "14400"), ("x-ratelimit-limit-tokens-minute", "60000"),
        ("x-ratelimit-remaining-requests-day", "1437"), ("x-ratelimit-reset-requests-day", "33011"),
        ("x-ratelimit-remaining-tokens-minute", "500"), ("x-ratelimit-reset-tokens-minute", "11"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Rate limit reached. Please try again in 6m0s. Visit …", 360.0),
        ("exceeded token rate limit. Please retry after 26 seconds.", 26.0),
        ('"retryDelay": "34.07s"', 34.07), ("Please retry in 850ms.", 0.85),
        ("Try again in a moment.", None), ("retry after 3 moons", None),
    ],
)  # fmt: skip
def test_the_words_count_where_no_header_says_it(words: str, seconds: float | None) -> None:
    """As Azure, Gemini, Groq and OpenAI write them."""
    said = recorded(((0.1, words.encode()),), status=429, headers=())
    assert pytest.approx(seconds) == retry_after_s(said)


@given(
    st.sampled_from(["Retry-After", "retry-after-ms", "x-ratelimit-reset", "Date"]),
    st.text(max_size=40),
)
def test_no_header_makes_it_raise(name: str, value: str) -> None:
    """And no wait is negative."""
    seconds = wait_s((name, value), ("Retry-After", NOON))
    assert seconds is None or seconds >= 0
