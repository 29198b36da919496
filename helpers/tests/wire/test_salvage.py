"""Text that came in what no client reads is kept, and the fault keeps its name."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from helpers.tests.support.judged import JSON, STOP, first, paced, whole
from helpers.tests.support.streams import DONE, event
from helpers.wire.reading import read
from helpers.wire.salvage import salvaged

TEXTS = ['It\'s "the" old oak, ', "{x: 1,} // said,\n", "née 🌳."]
PARTS = [event({"content": text})[6:-2].decode() for text in TEXTS] + [STOP[6:-2].decode()]
FULL = {"choices": [{"index": 0, "message": {"content": "".join(TEXTS)}, "finish_reason": "stop"}]}


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


@pytest.mark.parametrize("text", ['"' * 50_001, "{'a" * 30_000, '\\"' * 40_000, "/*" * 49_000])
def test_hostile_text_is_looked_at_once(text: str) -> None:
    """A pattern that went back would take minutes here."""
    assert [] == salvaged(text)
