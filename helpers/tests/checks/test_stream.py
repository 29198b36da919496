"""Is it really streaming? What is green, red and a remark."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from helpers.checks.stream import MORE_TOKENS, UNDECIDED, ask_for_more, judge_streaming
from helpers.client.exchange import Exchange
from helpers.finding import Finding, Level
from helpers.tests.support.asked import asked, exchange_of, told
from helpers.tests.support.capture_server import recording_server
from helpers.tests.support.judged import events, paced
from helpers.tests.support.streams import DONE, event


def judged(exchange: Exchange, **how: Any) -> list[Finding]:
    """Return what the notebook says of a stream."""
    return asyncio.run(judge_streaming(exchange, **how))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "name"),
    [("buffered", "buffered"), ("one-delta", "one-delta"), ("json-for-stream", "full-for-stream")],
)
def test_what_does_not_stream_is_red_by_its_name(mode: str, name: str) -> None:
    """It is a remark where no stream is required."""
    exchange = told(f"demo:{mode}")
    required, free = judged(exchange)[0], judged(exchange, stream_required=False)[0]
    assert (name, "fail") == (required.name, required.level)
    assert (name, "remark") == (free.name, free.level)
    assert required.do


@pytest.mark.parametrize(("mode", "name"), [("cut", "cut"), ("html", "html")])
def test_what_is_no_answer_is_red_all_the_same(mode: str, name: str) -> None:
    """Not requiring a stream does not make half an answer a whole one."""
    found = judged(asked(f"demo:{mode}+fast"), stream_required=False)[0]
    assert (name, "fail") == (found.name, found.level)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["demo", "demo:no-done", "demo:crlf", "demo:usage-in-finish"])
def test_a_stream_is_green_in_every_legal_form(mode: str) -> None:
    """A missing [DONE], other line ends, usage elsewhere: nothing of it is red."""
    findings = judged(told(mode))
    assert ("streamed", "pass") == (findings[0].name, findings[0].level)
    assert [] == [finding.name for finding in findings if finding.level == "fail"]


@pytest.mark.parametrize(("strict", "level"), [(False, "unclear"), (True, "fail")])
def test_what_is_unclear_is_red_only_when_strict(strict: bool, level: Level) -> None:
    """A short answer says nothing about streaming."""
    found = judged(asked("demo:fast", max_tokens=2), strict=strict)[0]
    assert found.name in UNDECIDED
    assert level == found.level


def test_who_was_not_reached_is_red_by_the_cause() -> None:
    """Refused is not “silent”: the address is what to change."""
    findings = judged(asked("http://127.0.0.1:9"))
    assert ("refused", "fail") == (findings[0].name, findings[0].level)
    assert [] == [finding for finding in findings[1:] if finding.level != "pass"]


@pytest.mark.parametrize(("require", "level"), [((), "remark"), (("openai",), "fail")])
def test_a_client_that_stops_is_part_of_the_verdict(require: tuple[str, ...], level: Level) -> None:
    """Legal bytes that the openai client cannot read are red where it is required."""
    parts = [b"data:\n\n", *events()]
    findings = judged(exchange_of(paced(parts)), require=require)
    assert ["streamed", "client-stops"] == [f.name for f in findings if f.name != "empty-data"]
    assert level == findings[-1].level
    assert {"stream"} == {finding.about for finding in findings}


def test_more_is_asked_where_it_was_too_short_to_tell() -> None:
    """By itself, on this machine; a healthy stream is not asked again."""
    short = [event({"content": "Yes."}), event({}, "stop") + DONE]
    with recording_server(pieces=short, headers={"Content-Type": "text/event-stream"}) as server:
        exchange = asked(server.url)
        longer = asyncio.run(ask_for_more(exchange))
    assert [48, MORE_TOKENS] == [body["max_tokens"] for *_, body in server.seen]
    assert longer is not exchange


def test_money_is_not_spent_without_being_told() -> None:
    """A key for a public address may cost something: nothing more is sent there."""
    exchange = exchange_of(
        paced(events(["Yes."])), "https://oak.example/v1", api_key_env="TREE_KEY"
    )
    assert exchange is asyncio.run(ask_for_more(exchange))
