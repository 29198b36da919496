"""The report as text: what a server put into it stays inert wherever it goes."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from helpers.checks.conformance.check import REGISTER, Result
from helpers.checks.conformance.exports import to_json, to_junit, to_markdown
from helpers.checks.conformance.judging import Judged
from helpers.checks.conformance.report import Report
from helpers.finding import Conformance
from helpers.server.faults.answers import hostile_texts

HOSTILE = (
    *hostile_texts.SAMPLES,
    hostile_texts.ERROR,
    "a | b",
    "::error::x",
    "##[error]x",
    "\x1b[2J",
)


def report(**verdicts: Conformance) -> Report:
    """Return a report in which these checks came to these verdicts."""
    rows = [
        Judged(REGISTER[name.replace("_", "-")], Result(verdict, "so it came", "the bytes"))
        for name, verdict in verdicts.items()
    ]
    return Report("http://oak/v1", "oak", tuple(rows), profile="all")


def hostile(text: str) -> Report:
    """Return a report that holds a server's words wherever they can stand."""
    row = Judged(REGISTER["tools-forced"], Result("ignored", text, text, text))
    return replace(report(), rows=(row,), model=text, base_url=text, notes=(text,))


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_holds_no_markup_of_a_server(text: str) -> None:
    """No element, no further cell, no line of its own."""
    lines = to_markdown(hostile(text)).splitlines()
    assert not any("<img" in line or "<script" in line for line in lines)
    rows = [line for line in lines if line.startswith("|") and "tools-forced" in line]
    assert {5, 6} == {line.replace("\\|", "").count("|") for line in rows}
    assert not any(line.startswith(("::", "##[")) for line in lines)


@pytest.mark.parametrize("text", HOSTILE)
def test_json_and_junit_can_be_read_again(text: str) -> None:
    """Whatever came is in them, and steers nobody's log."""
    found = hostile(text)
    assert "ignored" == json.loads(to_json(found))["checks"][0]["verdict"]
    assert "##[" not in to_json(found)
    assert 1 == len(ElementTree.fromstring(to_junit(found)).findall(".//testcase"))


def test_junit_has_a_case_for_each_check() -> None:
    """Red where it is red, skipped where nothing can be told."""
    root = ElementTree.fromstring(
        to_junit(report(chat_basic="pass", tools_forced="ignored", param_seed="unclear",
                        param_n="ignored"))
    )  # fmt: skip
    suite = root.find("testsuite")
    assert {"tests": "4", "failures": "1", "skipped": "1"}.items() <= suite.attrib.items()
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert cases["tools-forced"].find("failure") is not None
    assert cases["param-n"].find("failure") is None


def test_the_headline_says_what_it_is_good_for() -> None:
    """Kinds that work, kinds that do not; what was not tested is in neither."""
    assert (
        "Good for plain chat and streaming."
        == report(chat_basic="pass", stream_is_sse="pass", tools_forced="unclear").headline
    )
    assert (
        "Good for plain chat. Not for tools and embeddings."
        == report(chat_basic="pass", tools_forced="ignored", embeddings_basic="absent").headline
    )
    # What works and has a flaw is neither good nor broken; hardly a server has Messages.
    assert (
        "With care for plain chat."
        == report(chat_basic="pass", limit_stop_string="ignored", messages_full="absent").headline
    )
    assert (
        "Nothing was found to work. Not for plain chat." == report(chat_basic="deviates").headline
    )


@pytest.mark.parametrize(
    ("verdicts", "word"),
    [
        ({"json_schema": "pass"}, "works"),
        ({"json_schema": "pass", "json_object": "ignored"}, "works, with a remark"),
        ({"json_schema": "ignored"}, "silently wrong"),
        ({"json_schema": "refused"}, "refused"),
        ({"json_schema": "absent"}, "not there"),
        ({"json_schema": "unclear", "json_object": "pass"}, "unclear"),
        ({"json_schema": "skipped"}, "not tested"),
    ],
)
def test_a_kind_of_program_has_one_word(verdicts: dict[str, Conformance], word: str) -> None:
    """And the gravest check as its reason."""
    rows = {one.profile: one for one in report(**verdicts).summary}
    assert word == rows["structured"].word


def test_a_parameter_is_honoured_ignored_refused_or_it_cannot_be_told() -> None:
    """One row for each that was asked."""
    found = report(
        param_n="ignored",
        param_seed="refused",
        limit_max_tokens="pass",
        param_temperature="unclear",
    )
    words = {one.name: one.word for one in found.parameters}
    assert {
        "n": "ignored", "seed": "refused", "max_tokens": "honoured", "temperature": "cannot tell",
    } == words  # fmt: skip
