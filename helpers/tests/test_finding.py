"""A verdict answers the question, keeps the record, and raises what it means."""

import json

import pytest

from helpers.finding import (
    LONGEST,
    SCHEMA,
    CallFailed,
    EndpointFailed,
    Finding,
    Level,
    conclude,
    explained,
)
from helpers.show.verdict import verdict_html


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
    assert "Yes, with 1 remark. It said so." == verdict.sentence
    verdict.raise_if_failed()
    more = conclude("Q?", [finding("remark"), finding("remark")], base_url="demo")
    assert "Yes, with 2 remarks. It said so. And 1 more." == more.sentence


def test_a_failure_is_the_endpoints_or_the_calls() -> None:
    """Which of the two decides the exit code of a headless run."""
    with pytest.raises(EndpointFailed, match=r"It said so\. Do this\."):
        conclude("Q?", [finding("fail", do="Do this.")], base_url="x").raise_if_failed()
    with pytest.raises(CallFailed) as failed:
        conclude("Q?", [finding("fail", blame="call")], base_url="x").raise_if_failed()
    assert ["CallFailed: It said so."] == failed.value._render_traceback_()


def test_a_check_that_failed_is_named_in_the_headline() -> None:
    """One line of a run must say which of a hundred it was."""
    for verdict, says, headline in (
        ("ignored", "ignored: 40 words came.", "a-name is ignored: 40 words came."),
        ("deviates", "deviates: two came.", "a-name deviates: two came."),
        ("deviates", "It said so.", "It said so."),
    ):
        found = Finding("a-name", "fail", says, verdict=verdict)  # type: ignore[arg-type]
        assert headline == conclude("Q?", [found], base_url="demo").headline


def test_nothing_looked_at_is_not_green() -> None:
    """A check that cannot fail is no check."""
    verdict = conclude("Q?", [], base_url="demo")
    assert not verdict.passed
    with pytest.raises(CallFailed, match="Nothing was looked at"):
        verdict.raise_if_failed()


def test_what_a_server_says_is_bounded_in_every_part() -> None:
    """It is shown in tables, terminals, logs and reports, which need no bound of their own."""
    parts = ("evidence", "do", "came", "quote")
    long = finding("fail", **dict.fromkeys(parts, "x" * 10**6))
    assert all(LONGEST == len(getattr(long, name)) for name in parts)
    assert 1_000 == len(finding("fail", do="x" * 1_000).do)


def test_the_record_survives_as_json() -> None:
    """The executed notebook holds it with a schema version."""
    verdict = conclude("Q?", [finding("fail")], base_url="demo", model="m")
    record = json.loads(json.dumps(verdict.to_json()))
    assert (SCHEMA, False, "demo", "m") == tuple(
        record[k] for k in ("schema", "passed", "base_url", "model")
    )
    assert "a-name" == record["findings"][0]["name"]


def test_a_servers_words_are_inert_in_the_table() -> None:
    """Neither markup nor mathematics leaves a finding's text."""
    bad = finding("fail", evidence="<script>x</script> $a$")
    page = verdict_html(conclude("Q?", [bad], base_url="demo"))
    assert "<script" not in page
    assert "$a$" not in page


def test_what_could_not_be_told_is_no_yes() -> None:
    """The first finding answers the question; where it is unclear, so is the headline."""
    verdict = conclude("Q?", [finding("unclear"), finding("pass")], base_url="demo")
    beside = conclude("Q?", [finding("pass"), finding("unclear")], base_url="demo")
    assert (True, "Unclear. It said so.") == (verdict.passed, verdict.headline)
    assert "Yes, 1 point unclear." == beside.headline


def test_an_explained_error_has_three_parts() -> None:
    """What was expected, what came, what to do, with the server's own words between."""
    found = explained("x", "It broke.", expected="an oak", came="an elm", do="Plant.", quote="Ow")
    assert "It broke. Expected an oak; got an elm “Ow”. Plant." == str(found)
    assert ("fail", "endpoint", "") == (found.level, found.blame, found.fix)


@pytest.mark.parametrize(
    ("about", "name", "label"),
    [
        ("stream", "cut", "stream: cut"), ("TCP IPv4", "tcp", "TCP IPv4"), ("DNS", "dns", "DNS"),
        ("tools", "tools-forced", "tools-forced"), ("", "conversation", "conversation"),
    ],
)  # fmt: skip
def test_what_a_finding_is_about_is_said_once(about: str, name: str, label: str) -> None:
    """The same word twice beside each other reads like a mistake."""
    found = Finding(name, "pass", "Fine.", about=about)
    assert label == found.label
    assert f"✓ {label}: Fine." in repr(conclude("Q?", [found], base_url=""))


def test_a_finding_changes_its_level_and_not_itself() -> None:
    """The question decides how grave it is and what it is about; the finding stays as it was."""
    found = finding("fail")
    assert ("remark", "stream") == (found.at("remark").level, found.concerning("stream").about)
    assert ("fail", "") == (found.level, found.about)


def test_what_a_server_said_can_be_written_down() -> None:
    """Half of a character in its words is replaced."""
    found = Finding("odd", "remark", "It says:", "“\ud83d”", quote="\ud83c\udf33 \udf33")
    assert ("“�”", "🌳 �") == (found.evidence, found.quote)


def test_a_servers_words_do_not_steer_a_terminal() -> None:
    """Neither in a verdict's own words nor in the error that a red one raises."""
    found = Finding("odd", "fail", "\x1b]8;;http://elm\x07", "\x9b31m\u202e")
    verdict = conclude("Does it answer?", [found], base_url="demo")
    with pytest.raises(EndpointFailed) as raised:
        verdict.raise_if_failed()
    for said in (repr(verdict), *raised.value._render_traceback_()):
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & {*said}
