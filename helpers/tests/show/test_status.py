"""The status line, its rail and the notes below it: words, dashes and nothing of a server's own."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from helpers.client.exchange import Exchange
from helpers.client.keys import KeyState
from helpers.client.models import ModelList
from helpers.endpoint import Endpoint, resolve
from helpers.finding import Finding, explained
from helpers.server.faults.answers import hostile_texts
from helpers.show.panel.status import (
    Moment,
    State,
    announced,
    key_line,
    models_line,
    rail,
    remarks_note,
    state_of,
    strip,
    trouble_note,
    whence,
)
from helpers.wire.reading import Reading
from helpers.wire.recording import End, Recording
from helpers.wire.request import chat

ENDPOINT = Endpoint("http://oak/v1", "http://oak/v1", model="oak")
STREAM, FULL = chat("hi"), chat("hi", stream=False)
REFUSED = explained(
    "refused", "Nothing answers.", expected="an answer", came="nothing", do="Start it."
)
OURS = {"span", "div", "b", "p", "dl", "dt", "dd", "code"}
USAGE = {"choices": [], "usage": {"prompt_tokens": 8, "completion_tokens": 1200}}


def streamed(
    *texts: str, finish: str | None = None, usage: bool = False, gap_s: float = 0.1, end: End = ""
) -> Exchange:
    """Return an exchange whose chunks came at 1.0, 1.1, 1.2 … seconds."""
    exchange = Exchange(ENDPOINT, STREAM)
    exchange.recording.status = 200
    exchange.recording.headers = (("Content-Type", "text/event-stream"),)
    bodies = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts]
    if finish:
        bodies.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    if usage:
        bodies.append(USAGE)
    exchange.recording.reads = [
        (1 + number * gap_s, f"data: {json.dumps(body)}\n\n".encode())
        for number, body in enumerate(bodies)
    ]
    exchange.recording.end = end
    exchange.reading.catch_up()
    return exchange


def figures(state: State, elapsed_s: float | None, exchange: Exchange | None) -> dict[str, str]:
    """Return the status line's figures by their labels."""
    line = strip(Moment(state, elapsed_s, exchange))
    found = re.findall(r'es-dim">([^<]*)</span> (.*?)</span>', line)
    return dict(found)


def test_what_is_not_known_is_a_dash_never_a_zero() -> None:
    """Idle, and while nothing has come, no figure is made up."""
    labels = ["elapsed", "first text", "chunks", "rate", "ended", "tokens"]
    assert dict.fromkeys(labels, "–") == figures("idle", None, None)
    waiting = figures("waiting", 1.5, Exchange(ENDPOINT, STREAM))
    assert dict.fromkeys(labels, "–") | {"elapsed": "1.50 s"} == waiting
    refused = figures("error", 0.0021, Exchange(ENDPOINT, STREAM))
    assert "2.1 ms" == refused["elapsed"]


def test_above_another_address_it_is_said_whom_the_last_question_went_to() -> None:
    """An answer is below; of one without text only the table is, and what was not sent is not."""
    unsent = Exchange(ENDPOINT, STREAM)
    unsent.not_sent("bad-call", finding=replace(REFUSED, blame="call"))
    silent = streamed(end="reset")
    assert [[], []] == [whence(None), whence(unsent)]
    assert whence(silent)[0].startswith("The last question went to http://oak/v1: ")
    said = streamed("a", end="eof")
    assert [f"The answer below came from http://oak/v1: {said.word}."] == whence(said)


def test_the_rate_counts_chunks_until_usage_counts_tokens() -> None:
    """A chunk is no token: the unit changes when the endpoint has counted."""
    coming = figures("streaming", 1.2, streamed("a", "b", "c"))
    assert ("1,000 ms", "3", "10.0 chunks/s") == tuple(
        coming[label] for label in ("first text", "chunks", "rate")
    )
    done = figures("done", 1.5, streamed("a", "b", "c", finish="stop", usage=True))
    assert ("5,995 tok/s", "8 → 1,200") == (done["rate"], done["tokens"])
    assert "not reported" == figures("done", 1.5, streamed("a", finish="stop"))["tokens"]


def test_what_came_at_once_has_no_rate() -> None:
    """How fast a network brings what was held back says nothing of how fast it was written."""
    held = streamed(*"abcdefghijklmnop", finish="stop", usage=True, gap_s=0.0001, end="eof")
    held.recording.end_s = 1.1
    assert "buffered" == held.word
    assert "–" == figures("done", 1.1, held)["rate"]
    assert held.to_dict()["tokens_per_s"] is None


def test_a_running_answer_is_looked_at_and_left_alone() -> None:
    """Whoever draws its figures takes no text from whoever shows it."""
    exchange = streamed("a", "b")
    exchange.recording.reads += streamed("c").recording.reads
    figures("streaming", 1.2, exchange)
    assert "c" == "".join(delta.text for delta in exchange.reading.catch_up())


@pytest.mark.parametrize(
    ("finish", "words"),
    [
        ("stop", "complete"),
        ("length", "at max tokens"),
        ("tool_calls", "with a tool call"),
        ("content_filter", "content_filter"),
        (None, "without a reason"),
    ],
)
def test_how_it_ended_is_said_in_plain_words(finish: str | None, words: str) -> None:
    """The server's own word stands where there is no plainer one."""
    assert words == figures("done", 2.0, streamed("a", finish=finish))["ended"]


def test_each_end_has_its_own_state() -> None:
    """Nothing to send, an error, a stop and an answer are four different things."""
    exchange = streamed("a")
    assert "streaming" == state_of(exchange, running=True)
    assert "waiting" == state_of(Exchange(ENDPOINT, FULL), running=True)
    assert "done" == state_of(streamed("a", finish="stop", end="eof"), running=False)
    for cause, state in (("refused", "error"), ("bad-call", "not sent")):
        failed = Exchange(ENDPOINT, STREAM)
        failed.not_sent(cause)
        assert state == state_of(failed, running=False)
    exchange = streamed("a", end="closed")
    assert "stopped" == state_of(exchange, running=False)
    assert "by you" == figures("stopped", 1.0, exchange)["ended"]


def test_a_screen_reader_hears_how_far_it_is_and_what_it_took() -> None:
    """While it streams one sentence that stays the same; nothing of each chunk."""
    exchange = streamed("a", "b")
    heard = {announced(Moment("streaming", second, exchange)) for second in (0.5, 1.0)}
    assert {"the answer is coming"} == heard
    assert "answered after 1.20 s, 2 chunks" == announced(Moment("done", 1.2, exchange))
    assert "" == announced(Moment("idle"))


def test_the_rail_stays_small_however_many_chunks_come() -> None:
    """Ticks at one place are one tick: ten thousand chunks draw at most 481, and the first byte."""
    exchange = streamed(*"a" * 10_000, gap_s=0.0008)
    lines = rail(Moment("streaming", 9.5, exchange)).count("<line")
    assert 350 < lines <= 483


def test_the_rail_grows_in_steps_and_fits_at_the_end() -> None:
    """While it streams a tick stays where it is; the last one then stands at the edge."""
    exchange = streamed(*"abcde")
    places = [
        re.findall(r'x1="([\d.]+)%" x2="\1%" y1="5"', rail(Moment(state, elapsed_s, exchange)))
        for state, elapsed_s in (("streaming", 1.45), ("streaming", 1.95), ("done", 1.4))
    ]
    assert places[0] == places[1] == ["50.00", "55.00", "60.00", "65.00", "70.00"]
    assert "100.00" == places[2][-1]


def test_a_long_wait_names_the_likely_reason() -> None:
    """After five seconds the rail says what may be going on, and not before."""
    hint = "the server may be loading the model"
    exchange = Exchange(ENDPOINT, STREAM)
    assert hint not in rail(Moment("waiting", 4.9, exchange))
    assert hint in rail(Moment("waiting", 5.1, exchange))


def test_what_a_server_says_is_inert_everywhere() -> None:
    """Its finish reason, model, error and remark bring no element, formula or attribute."""
    text = hostile_texts.ERROR + hostile_texts.MODEL + '" onmouseover="x'
    models = ModelList((text,), text, (), Reading(Recording("GET", ""), streamed=False))
    trouble = explained("hostile", text, expected=text, came=text, do=text, quote=text)
    for shown in (
        strip(Moment("done", 1.0, streamed("a", finish="<img src=x $x$"))),
        trouble_note(trouble),
        remarks_note([text]),
        models_line(models),
    ):
        assert set(re.findall(r"<(\w+)", shown)) <= {
            "span",
            "div",
            "b",
            "p",
            "dl",
            "dt",
            "dd",
            "code",
        }
        assert not re.search(r'<[^>"]*("[^"]*"[^>"]*)*\son\w+=', shown)
        assert not re.search(r"\$[^<]*\$", re.sub(r'title="[^"]*"', "", shown))


def test_a_key_is_named_and_never_shown() -> None:
    """Where it comes from and where it goes; a warning where anyone on the way can read it."""
    https = resolve("https://oak.example/v1", api_key_env="OAK")
    http = resolve("http://oak.example/v1", api_key_env="OAK")
    assert "set, for oak.example" in key_line(https, KeyState("OAK", True))
    assert "set, sent unencrypted" in key_line(http, KeyState("OAK", True))
    assert "OAK is not set" in key_line(https, KeyState("OAK", False))
    assert "cannot be sent" in key_line(https, KeyState("OAK", True, "it holds a space"))
    assert "none needed" in key_line(resolve("demo"), KeyState("", False))
    for other in ("localhost:1337", "demo:unauthorized"):
        assert "no key is sent" in key_line(resolve(other), KeyState("", False))


def test_a_note_is_told_and_an_empty_one_takes_no_place() -> None:
    """A trouble interrupts a screen reader, a remark waits, and nothing is nothing."""
    assert 'role="alert"' in trouble_note(REFUSED)
    assert REFUSED.says not in trouble_note(REFUSED, headed=False)
    assert "" == trouble_note(Finding("a", "fail", "It is so."), headed=False)
    assert 'role="status"' in remarks_note(["/v1 was added."])
    assert "" == remarks_note([])
