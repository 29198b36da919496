"""Text that came in what no client reads is kept, and the fault keeps its name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from helpers.diagnose.diagnosis import diagnose
from helpers.tests.support.judged import JSON, LINE, STOP, TEXT, first, paced, whole
from helpers.tests.support.responses import URL, response, streamed
from helpers.tests.support.streams import DONE, event
from helpers.wire.reading import read
from helpers.wire.salvage import salvaged

TEXTS = ['It\'s "the" old oak, ', "{x: 1,} // said,\n", "née 🌳."]
PARTS = [event({"content": text})[6:-2].decode() for text in TEXTS] + [STOP[6:-2].decode()]
FULL = {"choices": [{"index": 0, "message": {"content": "".join(TEXTS)}, "finish_reason": "stop"}]}

MESSAGES = "http://127.0.0.1:9/v1/messages"
ANTHROPIC = {"type": "message", "content": [{"type": "text", "text": "".join(TEXT)}]}
MESSAGE = [
    {"type": "message_start", "message": {"id": "m1", "model": "oak"}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    *(
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
        for text in TEXT
    ),
    {"type": "message_stop"},
]


def printed(text: str) -> str:
    """Return JSON as Python prints what it is."""
    return str(json.loads(text))


WAYS: list[tuple[str, Callable[[str], str]]] = [
    ("broken-json", lambda text: text[:-1] + ",}"),
    ("broken-json", lambda text: text[:-1] + " /* oak */}"),
    ("broken-json", lambda text: text.replace('"choices"', "choices")),
    ("python-dict", printed),
    ("bytes-repr", lambda text: repr(text.encode())),
    ("json-twice", json.dumps),
    ("in-an-array", lambda text: f"[{text}]"),
    ("data-twice", lambda text: f"data: {text}"),
    ("text-around", lambda text: f")]}}', {text}"),
]


@pytest.mark.parametrize(
    ("name", "way"), WAYS, ids=[f"{way[0]}-{at}" for at, way in enumerate(WAYS)]
)
def test_text_in_broken_chunks_is_kept_and_named(name: str, way: Callable[[str], str]) -> None:
    """What a person can read is in the answer, live; what is wrong with it stays the word."""
    recording = paced([*(f"data: {way(part)}\n\n".encode() for part in PARTS), DONE])
    assert ("".join(TEXTS), name) == (read(recording).text, first(recording).name)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("broken-json", str(FULL)),
        ("json-twice", json.dumps(json.dumps(FULL))),
        ("in-an-object", json.dumps({"statusCode": 200, "body": json.dumps(FULL)})),
        ("wide-charset", json.dumps(FULL)),
    ],
)
def test_text_in_a_broken_body_is_kept_and_named(name: str, body: str) -> None:
    """A whole answer is no less readable than a stream."""
    sent = body.encode("utf-16" if name == "wide-charset" else "utf-8")
    recording = whole(sent, headers=JSON, request_body=b'{"model":"oak"}')
    assert ("".join(TEXTS), name) == (read(recording).text, first(recording).name)


def test_events_that_nothing_keeps_apart_lose_no_text() -> None:
    """None of them is dispatched, and all of them can be read; an error's words are no answer."""
    recording = whole(b"".join(f"data: {part}\n".encode() for part in PARTS))
    assert ("".join(TEXTS), "no-empty-lines") == (read(recording).text, first(recording).name)
    assert "" == read(whole(b'Error: {"message": "no oak"}', headers=JSON)).text


@pytest.mark.parametrize("at", [0, 1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("url", [URL, MESSAGES])
def test_text_in_broken_typed_events_is_kept(url: str, at: int) -> None:
    """The Responses API and the Messages API lose no text where a chat would not."""
    events = response() if url == URL else MESSAGE
    whole_text = json.dumps(response()[-1]["response"] if url == URL else ANTHROPIC)
    way = WAYS[at][1]
    broken = [f"data: {way(json.dumps(one))}\n\n".encode() for one in events]
    bodies = [b"".join(broken), "\n".join(map(json.dumps, events)).encode()]
    bodies += [json.dumps(events).encode(), way(whole_text).encode()]
    found = [read(streamed([body], url=url)) for body in bodies]
    assert ["".join(TEXT)] * 4 == [reading.text for reading in found]
    assert {"fail"} == {diagnose(reading)[0].level for reading in found}


@pytest.mark.parametrize(
    ("pieces", "name"),
    [
        ([{"model": "oak", "response": text, "done": False} for text in TEXT], "ndjson"),
        ([{"candidates": [{"content": {"parts": [{"text": text}]}}]} for text in TEXT], ""),
        ([{"choices": [{"index": 0, "delta": {"content": text}}]} for text in TEXT], "chat-chunks"),
    ],
)
def test_text_of_another_api_is_kept_however_it_comes(
    pieces: list[dict[str, Any]], name: str
) -> None:
    """As JSON lines, as an array, as events; an answer longer than usual, too."""
    lines = [json.dumps(one | {"id": "oak" * 80}) for one in pieces * 25]
    as_array = whole(f"[{','.join(lines)}]".encode(), headers=JSON)
    as_lines, text = whole("\n".join(lines).encode(), headers=JSON), "".join(TEXT) * 25
    as_events = streamed([f"data: {line}\n\n".encode() for line in lines], url=MESSAGES)
    assert [text] * 3 == [read(one).text for one in (as_array, as_lines, as_events)]
    assert not name or name in (first(as_lines).name, first(as_events).name)


@pytest.mark.parametrize("begin", ["", "Error: ", "HTTP/1.1 500 ", ": ping", "<p>", "12\r\n", "\0"])
def test_text_streamed_with_nothing_around_it_is_kept(begin: str) -> None:
    """As by a generator that yields words; what tells of something else is no answer."""
    said = [begin.encode(), *(text.encode() for text in TEXT)]
    came = streamed(said, headers=JSON)
    assert read(came).text == ("" if begin else "".join(TEXT))
    assert ("bare-text" == first(came).name) == (not begin)
    assert "" == read(streamed([b"".join(said)], headers=JSON)).text
    assert "" == read(streamed(said, status=500)).text


def test_bare_text_in_one_piece_is_kept_if_it_is_long() -> None:
    """A few words may be anything, such as a status."""
    for text in (LINE + " " + LINE, "OK", f"Error: {LINE} {LINE}"):
        recording = whole(text.encode(), headers=JSON, request_body=b'{"model":"oak"}')
        kept = text.startswith(LINE)
        assert (kept, text if kept else "") == (
            first(recording).name == "bare-text",
            read(recording).text,
        )


def test_a_web_page_with_json_inside_is_no_answer() -> None:
    """Nor is an error between lines of JSON."""
    page = b'<html><script>{"content": "menu"}</script></html>'
    errors = b'{"error": {"message": "no oak"}}\n{"message": "gone", "code": 5}\n'
    assert ["", ""] == [read(whole(body, headers=JSON)).text for body in (page, errors)]


@pytest.mark.parametrize("sign", ['"', "{'a", '\\"', "/*"])
def test_hostile_text_is_looked_at_once(sign: str) -> None:
    """A pattern that went back would take minutes here."""
    assert [] == salvaged(sign * 40_001)


def test_faults_are_mended_in_small_texts_alone() -> None:
    """Seven events of 8 MB took 20 s."""
    faulty, more = "{'choices': []}", "x" * 100_000
    assert [{"choices": []}] == salvaged(faulty) == salvaged(more + '{"choices": []}')
    assert [] == salvaged(more + faulty)


def test_text_in_another_place_can_be_encoded() -> None:
    """Half a character in it, or in the place's name, is one that no message could carry."""
    recording = paced([event({}, choices=[{"delta": {"\ud83d": "An oak\ud83c"}}])])
    found = read(recording).misplaced
    assert found is not None
    assert ("choices[0].delta.\ufffd", "An oak\ufffd") == found
