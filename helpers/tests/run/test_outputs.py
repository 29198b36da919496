"""How a notebook's end becomes a word, a file and an exit code."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest

import helpers as es
from helpers.endpoint import CallError
from helpers.finding import MIME, Finding, Level, conclude
from helpers.run import outputs
from helpers.run.outcome import CALL_ERRORS, Outcome, Word, judge, verdict_in

HOSTILE = "::error::x\n\x1b[2J\x00<b>|`[a](http://b)\u202e ##[group]"


def verdict(level: Level, *, blame: Any = "endpoint") -> dict[str, Any]:
    """Return a verdict's JSON with one finding."""
    finding = Finding("no-text", level, "No text came.", "0 of 12 chunks", "Ask again.", blame)
    return conclude("Does it answer?", [finding], base_url="demo", model="tiny").to_json()


def outcome(word: Word, judged: dict[str, Any] | None, sentence: str = "Said.") -> Outcome:
    """Return an outcome of one notebook."""
    return Outcome("01_ask", word, sentence, 1.25, verdict=judged, executed="01_ask.ipynb")


def test_no_wrong_call_is_taken_for_a_bug_of_ours() -> None:
    """Its own sentence is enough: the failing cell is shown where the kit itself failed."""
    assert es.sweep  # The kit is imported: every error of a notebook is defined.
    kinds = {CallError, *_below(CallError)}
    wrong = {one.__name__ for one in kinds} - {"EngineError", "NotAllowedError"}
    assert wrong - {"KeptError"} <= set(CALL_ERRORS)
    assert "TargetError" in wrong


def _below(error: type[Exception]) -> set[type[Exception]]:
    return {one for below in error.__subclasses__() for one in (below, *_below(below))}


@pytest.mark.parametrize(
    ("ended", "error", "judged", "word", "sentence"),
    [
        ("done", "", verdict("pass"), "passed", "Yes."),
        ("done", "", verdict("remark"), "passed", "Yes, with 1 remark."),
        ("done", "", None, "not judged", "It ran to its end without a verdict"),
        ("done", "", verdict("fail"), "failed", "No text came."),
        ("done", "", verdict("fail", blame="call"), "not judged", "No text came."),
        ("raised", "EndpointFailed", verdict("fail"), "failed", "No text came."),
        ("raised", "EndpointFailed", None, "failed", "the message"),
        ("raised", "CallFailed", verdict("fail", blame="call"), "not judged", "the message"),
        ("raised", "KeyError", verdict("pass"), "not judged", "A cell failed with KeyError: the"),
        (
            "limit",
            "",
            verdict("pass"),
            "not judged",
            "Time limit reached: it was stopped after 9 s",
        ),
        ("died", "", verdict("pass"), "not judged", "The kernel died while a cell ran."),
        ("broken", "RuntimeError", None, "not judged", "It could not be run: RuntimeError"),
    ],
)
def test_the_exception_decides_before_the_record(
    ended: str, error: str, judged: dict[str, Any] | None, word: str, sentence: str
) -> None:
    """A green record does not help a notebook that broke off, a red one fails without raising."""
    said = judge(ended, judged, error_name=error, message="the message", limit_s=9)
    assert said[0] == word
    assert said[1].startswith(sentence)


def test_the_last_readable_verdict_counts() -> None:
    """A notebook may show a verdict twice; what has no findings is none."""
    held = [{MIME: verdict("pass")}, {MIME: verdict("fail")}, {MIME: {"schema": 1}}, {}]
    notebook = {"cells": [{"outputs": [{"data": data} for data in held]}, {"source": ""}]}
    assert verdict_in(notebook) == verdict("fail")
    assert verdict_in({"cells": []}) is None


def test_the_worst_notebook_gives_the_exit_code() -> None:
    """Not judged outweighs failed, failed outweighs passed, nothing at all is not green."""
    words: list[list[Word]] = [
        ["passed"], ["passed", "failed"], ["failed", "not judged", "passed"], [],
    ]  # fmt: skip
    codes = [outputs.Report([outcome(w, None) for w in row]).exit_code for row in words]
    assert codes == [0, 1, 2, 2]


def test_junit_has_a_case_for_each_finding() -> None:
    """A CI page shows the sentence, the evidence and what to do."""
    suite = ElementTree.fromstring(
        outputs.junit(outputs.Report([outcome("failed", verdict("fail"))]))
    )[0]
    failure = suite.find("testcase/failure")
    assert [suite.get(name) for name in ("tests", "failures", "errors")] == ["1", "1", "0"]
    assert failure is not None
    assert failure.get("message") == "No text came."
    assert failure.text == "0 of 12 chunks\nAsk again."


def test_junit_tells_a_wrong_call_from_a_failure() -> None:
    """An error is ours or the caller's, a failure the endpoint's; a remark is neither."""
    report = outputs.Report([
        outcome("not judged", verdict("fail", blame="call")), outcome("passed", verdict("remark")),
        outcome("not judged", None, "The kernel died."),
        outcome("failed", None, "Nothing answers."),
    ])  # fmt: skip
    suites = ElementTree.fromstring(outputs.junit(report))
    counts = [(suite.get("failures"), suite.get("errors")) for suite in suites]
    assert counts == [("0", "1"), ("0", "0"), ("0", "1"), ("1", "0")]


def test_results_keep_the_verdict_whole() -> None:
    """A program reads the same findings that a person saw."""
    report = outputs.Report([outcome("failed", verdict("fail"))], "2026-11-22", {"model": "tiny"})
    read = json.loads(outputs.results(report))
    assert (read["schema"], read["exit_code"], read["endpoint"]) == (1, 1, {"model": "tiny"})
    assert read["notebooks"][0]["verdict"] == json.loads(json.dumps(verdict("fail")))


def test_hostile_text_is_inert_in_every_file() -> None:
    """No control character, no markup, no second line in a table, no workflow command."""
    finding = Finding(HOSTILE, "fail", HOSTILE, HOSTILE, HOSTILE)
    judged = conclude("q", [finding], base_url=HOSTILE, model=HOSTILE).to_json()
    one = Outcome(HOSTILE, "failed", HOSTILE, verdict=judged, details=HOSTILE)
    report = outputs.Report([one], endpoint={"base_url": HOSTILE, "model": HOSTILE})
    files = report.files()
    ElementTree.fromstring(files["junit.xml"])
    assert not set("\x1b\x00\u202e") & set("".join(files.values()) + outputs.table(report))
    assert not [s for s in ("<b>", "`", "](") if s in files["summary.md"]]
    assert not [name for name in ("results.json", "summary.md") if "##[" in files[name]]
    assert len(outputs.table(report).splitlines()) == 2
    assert len(outputs.advice(report).splitlines()) == 1


def test_what_to_do_about_a_failure_is_told_once() -> None:
    """Below the table; nothing about what passed."""
    failed, passed = outcome("failed", verdict("fail")), outcome("passed", verdict("remark"))
    report = outputs.Report([failed, passed, failed, outcome("not judged", None)])
    assert "→ Ask again." == outputs.advice(report)
