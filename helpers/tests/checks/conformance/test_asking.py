"""A run from its first request to its file, and judged again from there."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from helpers.checks.conformance.asking import Inquiry
from helpers.checks.conformance.exports import to_json
from helpers.checks.conformance.plan.step import Asking
from helpers.checks.conformance.report import Report
from helpers.checks.conformance.runner import Run
from helpers.endpoint import resolve
from helpers.recordings import save_as
from helpers.show.conformance.files import BaselineError, verdicts_of
from helpers.show.conformance.files import inquiry as inquiry_of
from helpers.tests.support.capture_server import recording_server
from helpers.tests.support.recordings import recorded
from helpers.wire.recording import Recording

MODEL = "endpointscope-tiny"
LITTLE = ["parameters", "tools", "structured", "embeddings", "context", "usage", "models"]


def inquiry(address: str, **choice: object) -> Inquiry:
    """Return a run that is ready to be asked."""
    return inquiry_of(resolve(address, model=MODEL, timeout_s=20), **choice)


def report(address: str, **choice: object) -> Report:
    """Return the report on an address."""
    return asyncio.run(inquiry(address, **choice).ask())


def verdicts(found: Report) -> dict[str, str]:
    """Return the verdict of each check."""
    return {row.check.name: row.verdict for row in found.rows}


@pytest.mark.slow
def test_the_built_in_engine_does_what_it_says() -> None:
    """Nothing is red on any profile, and what it lacks is listed here."""
    found = report("demo:fast", profile="all")
    assert [] == [one.name for one in found.findings if one.level == "fail"]
    differing = {n for n, v in verdicts(found).items() if v not in ("pass", "unclear")}
    # Whether a response reaches its limit is chance: the Responses API takes no seed. Whether a
    # stream crosses a second, and how it comes, is a busy machine's.
    chance = {"responses-incomplete", "stream-same-created", "stream-gradual", "stream-closes"}
    assert {
        "chat-strict-keys", "models-retrieve", "model-unknown-refused",
        "responses-stream-fields", "responses-tools-stream", "responses-previous",
        "embeddings-dimensions",
    } == differing - chance  # fmt: skip
    words = {one.profile: one.word for one in found.summary}
    assert "works, with a remark" == words.pop("responses")
    assert "works, with a remark" == words.pop("embeddings")
    assert {"works"} == {*words.values()}
    assert found.headline.startswith("Good for plain chat, streaming, tools, structured output, ")
    assert "Not for" not in found.headline
    assert found.requests < 65
    assert 500 < found.tokens < 3000


def test_a_saved_run_is_judged_again_offline(tmp_path: Path) -> None:
    """One HAR holds all of it; the verdicts are the same, and nothing is asked."""
    first = inquiry("demo:textbook", skip=["context"])
    live = asyncio.run(first.ask())
    path = save_as(first.run.recordings, first.run.endpoint, tmp_path / "run.har")
    again = report(f"replay:{path}", skip=["context"])
    assert verdicts(live) == verdicts(again)
    assert live.requests == again.requests
    assert verdicts_of(str(path)).items() <= verdicts(live).items()


@pytest.mark.slow
def test_with_a_baseline_only_what_got_worse_is_red(tmp_path: Path) -> None:
    """Stop was ignored before, too; the missing limit is new."""
    before = tmp_path / "before.json"
    # On a busy machine it cannot always be told how the text came, and that would be a change.
    less = ["context", "stream-gradual"]
    before.write_text(to_json(report("demo:textbook+ignores-stop", skip=less)))
    found = report("demo:textbook+ignores-stop+ignores-max-tokens", skip=less, baseline=str(before))
    levels = {one.name: one.level for one in found.findings}
    assert ("remark", "fail") == (levels["limit-stop-string"], levels["limit-max-tokens"])
    assert ["limit-max-tokens"] == [row.check.name for row in found.changes]
    (tmp_path / "nothing.json").write_text("{}")
    with pytest.raises(BaselineError, match=r"got nothing\.json"):
        report("demo:textbook", baseline=str(tmp_path / "nothing.json"))


@pytest.mark.slow
def test_a_profile_says_what_must_work() -> None:
    """Ignored tools are a remark to whoever only chats, and red to whoever needs them."""
    address, less = "demo:textbook+ignores-tools", ["context", "parameters", "embeddings"]

    def red(**choice: object) -> list[str]:
        found = report(address, skip=less, **choice)
        return [one.name for one in found.findings if one.level == "fail"]

    assert [] == red()
    assert ["tools-forced"] == red(profile="tools")
    assert ["tools-forced", "tools-required"] == red(profile="chat+tools", strict=True)


def test_what_a_named_profile_needs_and_is_not_there_is_red() -> None:
    """Absence is a failure where it was asked for by name; to "all" it is a remark."""
    less = [*LITTLE, "streaming", "text"]
    less.remove("embeddings")
    for profile, level in (("embeddings", "fail"), ("all", "remark"), ("chat", "remark")):
        found = report("demo:textbook+no-embeddings", profile=profile, skip=less)
        assert {"embeddings-basic": level}.items() <= {
            one.name: one.level for one in found.findings
        }.items()


def test_a_closed_door_ends_the_run() -> None:
    """401 on the plain request: the rest is not asked, and says why."""
    found = report("demo:unauthorized", skip=LITTLE)
    assert "turned away with status 401" in " ".join(found.notes)
    assert found.requests < 4
    assert "chat-basic" in {one.name for one in found.findings if one.level == "unclear"}
    assert ["unauthorized"] == [one.name for one in found.findings if one.level == "fail"]
    assert "asks for a key" in found.line
    assert {"pass"}.isdisjoint(
        row.verdict for row in found.rows if row.check.group in ("chat", "streaming")
    )


def test_an_endpoint_that_says_nothing_is_not_green() -> None:
    """What could not be judged is not good: its silence is the verdict."""
    found = report("http://127.0.0.1:9", skip=LITTLE)
    assert ["refused"] == [one.name for one in found.findings if one.level == "fail"]
    assert found.line.startswith("Nothing answers at http://127.0.0.1:9")
    assert {"unclear"} == {one.word for one in found.summary} - {"not tested"}


def test_an_endpoint_that_falls_silent_is_not_green() -> None:
    """After a good answer, too; one lost answer, or a kept connection that had gone, is no end."""
    body = b'{"id":"1","object":"chat.completion","created":1,"model":"oak","choices":[{"index":0,'
    body += b'"message":{"role":"assistant","content":"an oak"},"finish_reason":"stop"}]}'
    good = recorded([(0.1, body)], headers=(("Content-Type", "application/json"),), label="chat")

    def silent(label: str) -> Recording:
        return recorded(label=label, status=None, headers=(), end="limit", cause="silence")

    def failed(*came: Recording) -> list[str]:
        found = Inquiry(resolve("http://127.0.0.1:9"), recorded=came).report
        return [one.name for one in found.findings if one.level == "fail"]

    assert ["silence"] == failed(good, silent("chat-stream"), silent("tools"))
    assert [] == failed(good, silent("chat-stream"))
    assert [] == failed(good, silent("lost"), silent("tools"))


def test_before_anything_was_asked_nothing_is_called_good() -> None:
    """A check that needs no answer of its own has a row from the start, and proves nothing."""
    begun = Inquiry(resolve("demo"))
    begun.run = Run(begun.endpoint, begun.steps, Asking("a poem", "oak"))
    assert "Nothing was asked yet." == begun.report.headline
    assert {"not tested"} == {one.word for one in begun.report.summary}


@pytest.mark.slow
def test_a_busy_server_is_asked_again_when_it_says() -> None:
    """429 with a reset of two seconds is waited for, and told."""
    less = [*LITTLE, "streaming", "text", "errors", "chat-multi-turn", "chat-content-parts",
            "chat-developer-role"]  # fmt: skip
    found = report("demo:textbook+429-reset", skip=less)
    assert "pass" == verdicts(found)["chat-basic"]
    assert "asked for a pause: 2 s" in " ".join(found.notes)


def test_a_thinking_model_is_given_room() -> None:
    """The plain request is repeated with more tokens, and the first one is kept beside it."""
    asked = inquiry("demo:textbook+thinks", skip=["context", "embeddings"])
    found = asyncio.run(asked.ask())
    labels = [one.label for one in asked.run.recordings]
    assert {"chat", "chat-short"} <= set(labels)
    assert "The model thinks before it answers" in " ".join(found.notes)
    assert "pass" == verdicts(found)["chat-text"]


def test_stop_keeps_what_came() -> None:
    """A cancelled run is judged as far as it went, and nothing that was not asked is green."""

    async def stopped() -> tuple[Inquiry, Report]:
        asked = inquiry("demo:textbook")
        task: asyncio.Task[Report]

        def watch(label: str) -> None:
            if label == "stream":
                task.cancel()

        task = asyncio.ensure_future(asked.ask(watch=watch))
        await asyncio.wait({task})
        assert task.cancelled()
        return asked, asked.report

    asked, found = asyncio.run(stopped())
    assert "chat" in [one.label for one in asked.run.recordings]
    came = verdicts(found)
    assert "pass" == came["chat-basic"]
    assert {"skipped", "unclear"} >= {
        v for n, v in came.items() if n.startswith(("tools", "json", "embeddings"))
    }


def test_a_request_that_was_stopped_is_not_called_unanswered() -> None:
    """Cancelled while the plain answer was awaited, or halfway through it: it was left out."""
    unheard = recorded(label="chat", end="closed", status=None)
    halfway = recorded([(0.1, b'{"choices"')], label="chat", end="closed")
    for stopped in (unheard, halfway):
        found = Inquiry(resolve("localhost:1337", model=MODEL), recorded=[stopped]).report
        assert "Too little was asked to say what works." == found.headline
        assert "skipped" == verdicts(found)["chat-basic"]
        assert [] == [one.name for one in found.findings if one.level == "fail"]


@pytest.mark.slow
def test_a_server_that_is_no_api_is_no_reason_to_fail() -> None:
    """Every body is hostile: numbers, arrays and nesting where objects are due."""
    # The server of this test reads the bodies that it is sent as JSON.
    less = ["error-malformed-json", "context"]
    bodies = (b"[]", b'{"choices": [1]}', b"[" * 5000,
              b'{"choices": [{"message": 3, "delta": "x"}], "usage": [1], "data": 7}')  # fmt: skip
    for body in bodies:
        with recording_server(body=body) as server:
            asked = Inquiry(resolve(server.url, model="m", timeout_s=5), skip=less)
            found = asyncio.run(asked.ask())
        assert [] == [r.check.name for r in found.rows if "could not be judged" in r.result.came]
        assert json.loads(to_json(found))["checks"]
        assert not any(one.word.startswith("works") for one in found.summary)
