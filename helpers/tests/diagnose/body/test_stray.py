"""What stood in the stream where a chunk belongs, and answers that only speak of such things."""

from __future__ import annotations

import json

import pytest

from helpers.tests.support.judged import TEXT, events, findings, first, paced, reds, whole
from helpers.tests.support.streams import DONE, event

PAGE = b"<html><head><title>504 Gateway Time-out</title></head></html>\n"
TRACE = b'Traceback (most recent call last):\n  File "a.py", line 3, in f\nValueError: sap\n'
START = events()[:6]
CHUNK = json.loads(events()[1][6:])
STRAY = {
    "html-inside": [*START, PAGE],
    "traceback-inside": [*START, TRACE],
    "error-inside": [*START, b'{"error":{"message":"no sap"}}\n'],
    "bytes-repr": [b"data: " + repr(part[6:-2]).encode() + b"\n\n" for part in events()],
    "python-dict": [b"data: " + repr(CHUNK).encode() + b"\n\n"] * 9,
    "json-twice": [b"data: " + json.dumps(json.dumps(CHUNK)).encode() + b"\n\n"] * 9,
    "literal-newlines": [part.replace(b"\n\n", b"\\n\\n") for part in events()],
}


@pytest.mark.parametrize("before", [0, 5])
@pytest.mark.parametrize("said", ["Error: no sap", "[ERROR] no sap", "RuntimeError: no sap"])
def test_an_error_in_bare_words_is_one(said: str, before: int) -> None:
    """It is quoted once, and what follows from it is not told beside it."""
    found = findings(paced([*START[:before], f"data: {said}\n\n".encode(), DONE]))
    assert ("error-inside", said) == (found[0].name, found[0].quote)
    assert not {"not-json", "no-finish-reason"} & {one.name for one in found}


@pytest.mark.parametrize("name", STRAY)
def test_what_stood_in_the_stream_is_the_headline(name: str) -> None:
    """Not “cut”, and no proxy's limit."""
    found = first(paced(STRAY[name]))
    assert (name, "fail") == (found.name, found.level)
    assert found.do
    assert "limit" not in found.says


def test_the_pages_own_words_are_quoted() -> None:
    """They say which limit or failure it was."""
    assert "504 Gateway Time-out" in first(paced([*START, PAGE])).quote


ABOUT_CODE = [
    "<!DOCTYPE html>\n<html><body><h1>Oak</h1></body></html>\n",
    'Traceback (most recent call last):\n  File "a.py", line 3\nValueError\n',
    'print("a\\n\\n")  # {"a": True}\\n',
    '{"error": {"message": "an example"}}',
    "b'bytes' and {'a': None} and </s> and data: [DONE]\n\n",
]


@pytest.mark.parametrize("text", ABOUT_CODE)
def test_an_answer_about_code_is_no_fault(text: str) -> None:
    """Inside of valid chunks everything is text."""
    recording = paced(events([text, *TEXT]))
    assert "streamed" == first(recording).name
    assert [] == reds(recording)


def test_a_comment_may_say_anything() -> None:
    """OpenRouter and others write what they do into comments."""
    comments = [b": <html> Traceback OPENROUTER PROCESSING\n\n" + part for part in events()]
    assert [] == reds(paced(comments))


def test_one_event_with_all_chunks_has_no_empty_lines() -> None:
    """Each line is a chunk, and none of them ends."""
    lines = b"\n".join(part.strip() for part in events()) + b"\n\n"
    assert "no-empty-lines" == first(whole(lines)).name


def test_an_error_event_in_the_right_form_keeps_its_words() -> None:
    """As OpenAI and OpenRouter report a failure in the middle."""
    found = first(paced([*START, event({}, "error", error={"message": "no sap", "code": 502})]))
    assert ("error-inside", "no sap") == (found.name, found.quote)
    assert "after 5 chunks" in found.says
    assert "kept" in found.do


def test_an_odd_line_among_chunks_of_another_api_is_not_the_headline() -> None:
    """The chunks are."""
    came = paced([b" data: x\n\n", *events()], url="http://127.0.0.1:9/v1/messages")
    assert "chat-chunks" == first(came).name
