"""Does it answer? Every healthy server is green; red has the right sentence."""

import asyncio

import pytest

from helpers.checks.ask import judge_answers
from helpers.client.chat import ask
from helpers.client.exchange import Exchange
from helpers.endpoint import resolve
from helpers.finding import Finding
from helpers.server.builtin import opened
from helpers.tests.support.capture_server import ANSWER, recording_server


def judged(base_url: str, *, model: str = "") -> list[Finding]:
    """Return what the judge says of an endpoint."""

    async def both() -> tuple[Exchange, Exchange]:
        endpoint = await opened(resolve(base_url, model=model, timeout_s=20))
        full = await ask(endpoint, "write a poem about a tree", stream=False)
        return full, await ask(endpoint, "write a poem about a tree")

    return judge_answers(*asyncio.run(both()))


def reds(findings: list[Finding]) -> list[str]:
    """Return the names of what failed."""
    return [finding.name for finding in findings if finding.level == "fail"]


@pytest.mark.parametrize(
    "mode", ["fast", "fast+no-done", "fast+no-usage", "thinking+fast", "burst"]
)
def test_a_healthy_server_is_green(mode: str) -> None:
    """No [DONE], no usage, reasoning before the text: all of it is legal."""
    findings = judged(f"demo:{mode}")
    assert [] == reds(findings)
    assert "streamed-answer" in [finding.name for finding in findings]


@pytest.mark.parametrize(
    ("mode", "names"),
    [
        ("unauthorized", ["unauthorized"]),
        ("error-500", ["server-error"]),
        ("zero-chunks+fast", ["streamed-zero-chunks"]),
        ("cut+fast", ["full-connection-lost", "streamed-cut"]),
    ],
)
def test_a_fault_is_red_under_its_own_name(mode: str, names: list[str]) -> None:
    """What both requests met in the same way is said once."""
    assert names == reds(judged(f"demo:{mode}"))


def test_reasoning_without_text_is_a_remark() -> None:
    """A model that ran out while thinking is no broken server."""
    findings = judged("demo:thinks-only+fast")
    assert [] == reds(findings)
    assert "Raise max tokens" in next(f.do for f in findings if f.name == "full-only-reasoning")


def test_nothing_answers_is_red() -> None:
    """Absence is a failure, and it is the endpoint's."""
    findings = judged("http://127.0.0.1:9", model="m")
    assert ["refused"] == reds(findings)
    assert "endpoint" == findings[0].blame


def test_a_stream_that_came_whole_is_a_remark() -> None:
    """Whether a stream streams is another notebook's question."""
    with recording_server() as server:
        findings = judged(server.url, model="m")
    assert [] == reds(findings)
    assert "stream-ignored" in [finding.name for finding in findings]


def test_a_complete_answer_without_text_is_red() -> None:
    """Zero content is a failure even when the server calls it complete."""
    empty = ANSWER | {
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"content": ""}}]
    }
    with recording_server(body=repr(empty).replace("'", '"').encode()) as server:
        assert ["no-text"] == [
            name.removeprefix("full-") for name in reds(judged(server.url, model="m"))
        ][:1]


def test_a_stopped_answer_is_not_judged() -> None:
    """What the person ended says nothing about the endpoint."""
    full = Exchange(resolve("demo"), {"stream": False}, stopped=True)
    assert ["unclear"] == [finding.level for finding in judge_answers(full)]
