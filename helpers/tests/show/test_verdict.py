"""What a notebook shows in rows: readable without style sheets, inert whatever a server says."""

from __future__ import annotations

import asyncio
import re
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.events import EventManager

from helpers.checks.closer_look import CloserLook
from helpers.client.exchange import Exchange
from helpers.endpoint import Endpoint
from helpers.finding import Finding, Level, conclude
from helpers.show.closer_look import CloserLookView
from helpers.show.exchanges import exchanges_table
from helpers.show.output import Output
from helpers.show.table import Table
from helpers.show.theme import GREEN, ORANGE
from helpers.show.verdict import VerdictLine, verdict_html
from helpers.tests.support.recordings import recorded
from helpers.wire.request import chat

BAD = "<script>x</script> $a$"


def page(level: Level, evidence: str = "") -> str:
    """Return the HTML of a verdict of one finding."""
    finding = Finding("a-name", level, "It said so.", evidence)
    return verdict_html(conclude("Q?", [finding], base_url="demo"))


def test_a_verdict_begins_with_its_symbol_and_answer() -> None:
    """The colour is the symbol's alone, and the symbol is not read aloud."""
    assert page("fail").startswith(
        f'<p><span aria-hidden="true" style="color: {ORANGE}">✕</span> <b>Q? It said so.</b></p>'
    )
    assert f"{GREEN}" in page("pass")
    assert "class=" not in page("pass")


def test_a_verdict_wears_the_mark_of_its_gravest_finding_and_folds_many_passes() -> None:
    """What could not be told has no tick before it, and a hundred passes hide no remark."""
    assert "✓</span> <b>Q? Unclear." not in page("unclear")
    found = [Finding(f"n-{number}", "pass", "Fine.") for number in range(20)]
    shown = verdict_html(conclude("Q?", [*found, Finding("odd", "remark", "Odd.")], base_url=""))
    before, _, folded = shown.partition("<details><summary>20 passed</summary>")
    assert "odd" in before
    assert "n-19" in folded


def test_a_servers_words_are_inert_in_a_verdict_and_a_table() -> None:
    """Neither markup nor mathematics leaves a finding's text or a table's cell."""
    table = Table(("what",), ((BAD,),))._repr_mimebundle_()["text/html"]
    for shown in (page("fail", BAD), table):
        assert "<script" not in shown
        assert "$a$" not in shown


def test_a_cell_takes_no_more_room_than_is_shown_and_writes_no_row() -> None:
    """A megabyte in one cell would pad every row of its column; a line end would forge one."""
    table = Table(("model", "word"), (("a" * 10**6, "ok"), ("b\n✓ pass", "cut")))
    assert max(map(len, (repr(table), table._repr_mimebundle_()["text/html"]))) < 10_000
    assert "b␊✓ pass" in repr(table).split("\n")[2]
    assert "… 998,000 more" in repr(table)


def test_figures_stand_at_the_right_of_their_column() -> None:
    """Words, and a column with a word in it, stand at the left; so they do in a terminal."""
    table = Table(("what", "took", "so"), (("a", "1,200 ms", "2"), ("bcdef", "–", "two")))
    html = table._repr_mimebundle_()["text/html"]
    assert re.search('<td style="text-align: right; white-space: nowrap;[^>]*">1,200 ms</td>', html)
    assert re.search('<td style="text-align: left;[^>]*">2</td>', html)
    assert ["what       took  so", "a      1,200 ms  2", "bcdef         –  two"] == repr(
        table
    ).splitlines()


def test_a_sentence_below_the_rows_leaves_their_figures_aligned() -> None:
    """Without rows it stands alone; what a server said in it is escaped and forges no line."""
    table = Table(("what", "took"), (("a", "2 ms"),), note="So <b>it\nholds</b>.")
    html = table._repr_mimebundle_()["text/html"]
    assert re.search('<td style="text-align: right;[^>]*">2 ms</td>', html)
    assert html.endswith(">So &lt;b&gt;it\nholds&lt;/b&gt;.</div>")
    assert ["what  took", "a     2 ms", "So <b>it␊holds</b>."] == repr(table).split("\n")
    alone = Table(("what", "took"), (), note="Nothing changed.")
    assert "Nothing changed." == repr(alone)
    assert "<table" not in alone._repr_mimebundle_()["text/html"]


def test_a_recordings_moment_is_told_in_one_zone_and_to_the_second() -> None:
    """What is no time stands there as the file has it."""
    moments = ("2026-11-24T21:46:24.814+02:00", "2026-11-24T19:46:24Z", "yesterday")
    table = exchanges_table([recorded(started_at=at) for at in moments])
    said = ["2026-11-24 19:46:24", "2026-11-24 19:46:24", "yesterday"]
    assert said == [row[-1] for row in table.rows]
    html = table._repr_mimebundle_()["text/html"]
    assert 2 == html.count("text-align: left; white-space: nowrap")


def test_a_closer_look_says_that_it_is_asking(
    displayed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second click meanwhile asks nothing."""
    asked = []

    async def slow(first: Exchange, **_: str) -> CloserLook:
        asked.append(first)
        await asyncio.sleep(0)
        return CloserLook(first)

    async def scene() -> None:
        look = CloserLookView(Exchange(Endpoint("demo", "demo"), chat("hi")))
        look._output = Output({"text/plain": ""})
        await asyncio.gather(look._asked_by_click(), look._asked_by_click())

    monkeypatch.setattr("helpers.show.closer_look.look_closer", slow)
    asyncio.run(scene())
    assert 1 == len(asked)
    assert "◔ asking 6 times …" == displayed.outputs[1]["data"]["text/plain"]


def test_a_question_stands_in_its_line_until_its_answer(displayed: Any) -> None:
    """It waits where the verdict will be; a red one says what to do, too."""
    exchange = Exchange(Endpoint("demo", "demo"), chat("hi"))
    line = VerdictLine("Is it so?")
    verdict = line.conclude([Finding("a", "fail", "It is not.", do="Make it so.")], exchange)
    asked, answered = (output["data"]["text/plain"] for output in displayed.outputs)
    assert ("◔ Is it so? …", "✕ Is it so? It is not. Make it so.") == (asked, answered)
    assert displayed.outputs[1]["update"]
    assert (False, "demo") == (verdict.passed, verdict.base_url)


def test_a_cell_that_ends_without_an_answer_leaves_no_question_open(
    displayed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted, or a wrong call: what waits for ever would look like a page that hangs."""
    shell = SimpleNamespace(events=EventManager(None, {"post_run_cell": lambda result: None}))
    monkeypatch.setattr("helpers.show.output.get_ipython", lambda: shell)
    VerdictLine("Is it so?")
    answered = VerdictLine("Is it?")
    answered.conclude([Finding("a", "pass", "Fine.")], Exchange(Endpoint("demo", "demo"), chat("")))
    shell.events.trigger("post_run_cell", None)
    shell.events.trigger("post_run_cell", None)
    said = [output["data"]["text/plain"] for output in displayed.outputs]
    assert ["! Is it so? Not judged."] == said[3:]
    assert "✓ Is it? Yes." in said
