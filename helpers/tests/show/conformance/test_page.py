"""The report as a page: inert, filtered, and filling while it is asked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from helpers.checks.conformance.asking import Inquiry
from helpers.endpoint import resolve
from helpers.server.faults.answers import hostile_texts
from helpers.show.conformance.live import LiveReport
from helpers.show.conformance.page import page, parameters_table, plain
from helpers.tests.checks.conformance.test_exports import hostile, report


@pytest.mark.parametrize("text", [*hostile_texts.SAMPLES, hostile_texts.ERROR])
def test_a_servers_words_are_text(text: str) -> None:
    """In every place where they can stand."""
    shown = page(hostile(text))
    assert "<img" not in shown
    assert "<script" not in shown
    assert "<a " not in shown
    assert "<link" not in shown
    assert "\x1b" not in plain(hostile(text))


def test_the_harmful_stand_open_and_the_passed_are_folded() -> None:
    """Each with its symbol and its word; evidence opens on demand."""
    shown = page(report(chat_basic="pass", tools_forced="ignored", param_n="unclear"))
    before, behind = shown.split("1 passed")
    assert "<b>ignored</b>" in before
    assert "tools-forced" in before
    assert "chat-basic" in behind
    assert "1 unclear" in before
    assert "<details><summary>so it came</summary>" in shown


def test_a_filter_shows_one_group_or_one_verdict() -> None:
    """The counts and kinds stay, since they are of the whole."""
    found = report(chat_basic="pass", tools_forced="ignored", param_n="unclear")
    assert "param-n" not in page(found, group="tools")
    assert "chat-basic" in page(found, verdict="pass")
    assert "tools-forced</span>" not in page(found, verdict="pass")
    assert "Agents with tools" in page(found, verdict="pass")


def test_it_fills_while_it_is_asked_and_keeps_what_came(displayed: Any) -> None:
    """Controls first, then one output that is replaced; the plain text is there at the end."""
    inquiry = Inquiry(
        resolve("demo:textbook", model="endpointscope-tiny"), skip=["context", "parameters"]
    )
    live = LiveReport(inquiry)
    found = asyncio.run(live.ask())
    assert "Good for plain chat" in found.headline
    texts = [output["data"].get("text/html", "") for output in displayed.outputs]
    assert any("▶ asking" in text or "Good for plain chat" in text for text in texts)
    live.verdict.value = "absent"
    assert "Filter by group and verdict" in live.state.value


def test_stop_ends_the_run_and_its_report_is_shown() -> None:
    """As the button does it; what came until then is judged."""
    inquiry = Inquiry(resolve("demo:textbook", model="endpointscope-tiny"))
    live = LiveReport(inquiry)
    step = live._step

    def stopping(label: str) -> None:
        step(label)
        if label == "stream":
            live.stop.click()

    live._step = stopping  # type: ignore[method-assign]
    found = asyncio.run(live.ask())
    assert "tools-forced" not in {r.check.name for r in found.rows if r.verdict == "pass"}
    assert 3 < found.requests < 12


def test_parameters_have_a_table() -> None:
    """Its word and its reason."""
    assert "! ignored" in repr(parameters_table(report(param_n="ignored")))
