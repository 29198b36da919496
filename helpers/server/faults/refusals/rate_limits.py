"""Modes that answer 429, and the ways in which they say when to try again."""

from __future__ import annotations

from ...http1 import Headers, Reply, Request
from ...replies import error_reply
from ...upstream import Ask
from ..registry import chat_mode
from .errors import failing_first


def _limited(message: str, code: str, headers: Headers = ()) -> Reply:
    return error_reply(429, message, code=code, kind="requests", headers=headers)


@chat_mode("rate-limited", "Answers 429 with Retry-After: 20.", expects="rate-limited")
async def _rate_limited(request: Request, ask: Ask) -> Reply:
    message = "Rate limit reached. Please try again in 20s."
    return _limited(message, "rate_limit_exceeded", (("Retry-After", "20"),))


@chat_mode("rate-limited-date", "Answers 429 with a date in Retry-After.", expects="rate-limited")
async def _rate_limited_date(request: Request, ask: Ask) -> Reply:
    date = "Wed, 21 Oct 2099 07:28:00 GMT"
    return _limited("Rate limit reached.", "rate_limit_exceeded", (("Retry-After", date),))


@chat_mode(
    "rate-limited-mute", "Answers 429 without saying how long to wait.", expects="rate-limited"
)
async def _rate_limited_mute(request: Request, ask: Ask) -> Reply:
    return _limited("Too many requests.", "rate_limit_exceeded")


@chat_mode("429-ms", "Answers 429 with retry-after-ms: 1500.", expects="rate-limited")
async def _429_ms(request: Request, ask: Ask) -> Reply:
    return _limited("Rate limit reached.", "rate_limit_exceeded", (("retry-after-ms", "1500"),))


async def _reset_in_2_s(request: Request, ask: Ask) -> Reply:
    limits = (("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "2s"))
    return _limited("Rate limit reached for requests.", "rate_limit_exceeded", limits)


chat_mode(
    "429-reset",
    "Answers 429 once with x-ratelimit-reset-requests: 2s, then answers normally.",
    group="rate_limits",
    legal=True,
)(failing_first(1, _reset_in_2_s))


@chat_mode("no-credit", "Answers 429: the account's quota is used up.", expects="no-credit")
async def _no_credit(request: Request, ask: Ask) -> Reply:
    return _limited("You exceeded your current quota.", "insufficient_quota")
