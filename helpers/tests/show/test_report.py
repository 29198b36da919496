"""What a notebook shows in rows: readable without style sheets, inert whatever a server says."""

from __future__ import annotations

from typing import Any

from helpers.client.exchange import Exchange
from helpers.endpoint import Endpoint
from helpers.finding import Finding, Level, conclude
from helpers.show.report import VerdictLine, verdict_html
from helpers.show.table import Table
from helpers.show.theme import GREEN, ORANGE, counted, duration, ms, size
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


def test_a_servers_words_are_inert_in_a_verdict_and_a_table() -> None:
    """Neither markup nor mathematics leaves a finding's text or a table's cell."""
    table = Table(("what",), ((BAD,),))._repr_mimebundle_()["text/html"]
    for shown in (page("fail", BAD), table):
        assert "<script" not in shown
        assert "$a$" not in shown


def test_times_and_counts_are_said_as_a_person_would() -> None:
    """What is absent is a dash, and one of a thing has no s."""
    assert ("–", "1,200 ms") == (ms(None), ms(1.2))
    assert ("5.0 ms", "231 ms", "2.61 s") == tuple(duration(s) for s in (0.005, 0.231, 2.61))
    assert ("1 read", "2 reads", "1.5 kB") == (counted(1, "read"), counted(2, "read"), size(1500))


def test_a_question_stands_in_its_line_until_its_answer(displayed: Any) -> None:
    """It waits where the verdict will be; a red one says what to do, too."""
    exchange = Exchange(Endpoint("demo", "demo"), chat("hi"))
    line = VerdictLine("Is it so?")
    verdict = line.conclude([Finding("a", "fail", "It is not.", do="Make it so.")], exchange)
    asked, answered = (output["data"]["text/plain"] for output in displayed.outputs)
    assert ("◔ Is it so? …", "✕ Is it so? It is not. Make it so.") == (asked, answered)
    assert displayed.outputs[1]["update"]
    assert (False, "demo") == (verdict.passed, verdict.base_url)
