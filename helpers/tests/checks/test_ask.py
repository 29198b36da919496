"""Does it answer? Every healthy server is green; red has the right sentence."""

import asyncio
import json

import pytest

from helpers.checks.ask import judge_answers
from helpers.finding import Finding
from helpers.tests.support.asked import asked, exchange_of
from helpers.tests.support.capture_server import ANSWER, recording_server
from helpers.tests.support.judged import JSON, LINE, TEXT, events, paced, whole
from helpers.wire.recording import Recording

FULL = b'{"model":"oak","stream":false}'


def judged(base_url: str, *, model: str = "m") -> list[Finding]:
    """Return what the judge says of an endpoint's full and streamed answer."""
    full = asked(base_url, model=model, max_tokens=None, stream=False)
    streamed = asked(base_url, model=model, max_tokens=None)
    return asyncio.run(judge_answers(streamed, full))


def of_recordings(streamed: Recording | None, full: Recording | None) -> list[Finding]:
    """Return what the judge says of a streamed and a full recording."""
    exchanges = (exchange_of(one) if one else None for one in (streamed, full))
    return asyncio.run(judge_answers(*exchanges))


def reds(findings: list[Finding]) -> list[str]:
    """Return the names of what failed."""
    return [finding.name for finding in findings if finding.level == "fail"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "mode", ["fast", "fast+no-done", "fast+no-usage", "thinking+fast", "burst"]
)
def test_a_healthy_server_is_green(mode: str) -> None:
    """No [DONE], no usage, reasoning before the text: all of it is legal."""
    findings = judged(f"demo:{mode}")
    assert [] == reds(findings)
    assert {"full answer", "streamed answer"} <= {finding.about for finding in findings}


@pytest.mark.parametrize(
    ("mode", "names"),
    [
        ("unauthorized", ["unauthorized", "unauthorized"]),
        ("error-500", ["server-error", "server-error"]),
        ("zero-chunks+fast", ["empty"]),
        ("cut+fast", ["cut", "connection-lost"]),
    ],
)
def test_a_fault_is_red_under_its_own_name(mode: str, names: list[str]) -> None:
    """Each request has its own, and what it is about."""
    assert names == reds(judged(f"demo:{mode}"))


def test_white_space_that_only_the_stream_lost_is_red() -> None:
    """Whoever trims each delta joins the words; a space at an end is nobody's fault."""
    message = {"role": "assistant", "content": "".join(TEXT)}
    choices = [{"index": 0, "finish_reason": "stop", "message": message}]
    full = whole(
        json.dumps(ANSWER | {"choices": choices}).encode(), headers=JSON, request_body=FULL
    )
    trimmed = paced(events([text.strip() for text in TEXT]))
    assert ["white-space-lost"] == reds(of_recordings(trimmed, full))
    assert [] == reds(of_recordings(paced(events([*TEXT[:-1], TEXT[-1].rstrip()])), full))


def test_reasoning_without_text_is_a_remark() -> None:
    """A model that ran out while thinking is no broken server."""
    findings = judged("demo:thinks-only+fast")
    assert [] == reds(findings)
    assert "Raise max tokens" in next(f.do for f in findings if f.name == "only-reasoning")


def test_nothing_answers_is_red() -> None:
    """Absence is a failure, and it is the endpoint's."""
    findings = judged("http://127.0.0.1:9", model="m")
    assert ["refused", "refused"] == reds(findings)
    assert "endpoint" == findings[0].blame


def test_a_stream_that_was_held_back_is_a_remark() -> None:
    """Whether a stream streams is another notebook's question."""
    [found] = [one for one in of_recordings(whole(b"".join(events())), None) if one.do]
    assert ("buffered", "remark") == (found.name, found.level)


def test_a_complete_answer_without_text_is_red() -> None:
    """Zero content is a failure even when the server calls it complete."""
    empty = ANSWER | {
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"content": ""}}]
    }
    with recording_server(body=json.dumps(empty).encode()) as server:
        assert "no-text" in reds(judged(server.url))


def test_a_stopped_answer_is_not_judged() -> None:
    """What the person ended says nothing about the endpoint."""
    full = exchange_of(whole(b"{", end="closed", request_body=FULL))
    found = asyncio.run(judge_answers(None, full))
    assert [("stopped", "unclear")] == [(finding.name, finding.level) for finding in found]


def answered(text: str) -> Recording:
    """Return a full answer of this text."""
    body = json.dumps(ANSWER | {"model": "oak"}).replace("hello", text).encode()
    return whole(body, headers=JSON, request_body=FULL)


@pytest.mark.parametrize(
    ("full", "name", "level"),
    [(LINE, "same-text", "pass"), ("Another oak.", "texts-differ", "pass")],
)
def test_texts_that_differ_are_worth_a_line(full: str, name: str, level: str) -> None:
    """Sampling makes them differ, so it is no remark."""
    found = of_recordings(paced(events()), answered(full))[-1]
    assert (name, level) == (found.name, found.level)


def test_a_text_that_comes_twice_in_the_stream_is_no_sampling() -> None:
    """Full it comes once: red, and a gateway's fault."""
    streamed = paced(events([*TEXT[:-1], ".", *TEXT[:-1], "."]))
    assert "text-doubled" in reds(of_recordings(streamed, answered(LINE)))


def test_a_healthy_answer_has_no_remark() -> None:
    """The default run of a good server is green without a word more."""
    findings = of_recordings(paced(events()), answered(LINE))
    assert [] == [finding.name for finding in findings if finding.level != "pass"]


def test_the_client_reads_full_answers_too() -> None:
    """SSE for a full answer reaches the program as a string."""
    findings = of_recordings(None, paced(events(), request_body=FULL))
    assert ["sse-for-full"] == reds(findings)
    assert "raw text" in findings[0].do
