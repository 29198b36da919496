"""A verdict answers the question, keeps the record, and raises what it means."""

import json

import pytest

from helpers.finding import MIME, CallFailed, EndpointFailed, Finding, Level, conclude


def finding(level: Level, **more: str) -> Finding:
    """Return a finding of a level."""
    return Finding("a-name", level, "It said so.", **more)  # type: ignore[arg-type]


def test_the_gravest_finding_comes_first() -> None:
    """Failures, then what is unclear, then remarks, then what passed."""
    levels: list[Level] = ["pass", "remark", "fail", "unclear"]
    verdict = conclude("Q?", [finding(level) for level in levels], base_url="demo")
    assert ["fail", "unclear", "remark", "pass"] == [f.level for f in verdict.findings]
    assert "It said so." == verdict.headline


def test_remarks_do_not_make_it_red() -> None:
    """The headline counts them."""
    verdict = conclude("Q?", [finding("remark"), finding("pass")], base_url="demo")
    assert (True, "Yes, with 1 remark.") == (verdict.passed, verdict.headline)
    verdict.raise_if_failed()


def test_a_failure_is_the_endpoints_or_the_calls() -> None:
    """Which of the two decides the exit code of a headless run."""
    with pytest.raises(EndpointFailed, match=r"It said so\. Do this\."):
        conclude("Q?", [finding("fail", do="Do this.")], base_url="x").raise_if_failed()
    with pytest.raises(CallFailed):
        conclude("Q?", [finding("fail", blame="call")], base_url="x").raise_if_failed()


def test_nothing_looked_at_is_not_green() -> None:
    """A check that cannot fail is no check."""
    verdict = conclude("Q?", [], base_url="demo")
    assert not verdict.passed
    with pytest.raises(CallFailed, match="Nothing was looked at"):
        verdict.raise_if_failed()


def test_the_record_survives_as_json() -> None:
    """The executed notebook holds it with a schema version."""
    verdict = conclude("Q?", [finding("fail")], base_url="demo", model="m")
    record = json.loads(json.dumps(verdict._repr_mimebundle_()[MIME]))
    assert (1, False, "demo", "m") == tuple(
        record[k] for k in ("schema", "passed", "base_url", "model")
    )
    assert "a-name" == record["findings"][0]["name"]


def test_a_servers_words_are_inert_in_the_table() -> None:
    """Neither markup nor mathematics leaves a finding's text."""
    bad = finding("fail", evidence="<script>x</script> $a$")
    page = conclude("Q?", [bad], base_url="demo")._repr_mimebundle_()["text/html"]
    assert "<script" not in page
    assert "$a$" not in page


def test_what_could_not_be_told_is_no_yes() -> None:
    """The first finding answers the question; where it is unclear, so is the headline."""
    verdict = conclude("Q?", [finding("unclear"), finding("pass")], base_url="demo")
    beside = conclude("Q?", [finding("pass"), finding("unclear")], base_url="demo")
    assert (True, "It could not be told.") == (verdict.passed, verdict.headline)
    assert "Yes, with 1 remark." == beside.headline
