"""What came in place of an answer: pages, lines, errors with status 200, another API."""

from __future__ import annotations

import gzip
import json

import pytest

from helpers.endpoint import resolve
from helpers.tests.support.judged import JSON, TEXT, events, first, paced, reds, whole
from helpers.tests.support.recordings import SSE, recorded

FULL = {"choices": [{"index": 0, "finish_reason": "stop", "message": {"content": "An oak."}}]}
NOT_A_STREAM = [
    ("html", b"<!DOCTYPE html><title>Hi</title><form>Log in</form>", JSON),
    ("html", b"Welcome", (("Content-Type", "text/html"),)),
    ("full-for-stream", json.dumps(FULL).encode(), JSON),
    ("json-error", b'{"error":{"message":"no sap"}}', JSON),
    ("json-error", b'{"detail":"no sap"}', JSON),
    ("ndjson", b'{"message":{"content":"a"}}\n{"done":true}\n', JSON),
    ("not-an-answer", b'{"status":"ok"}', JSON),
    ("no-choice", b'{"object":"chat.completion","choices":[]}', JSON),
    ("another-api", b'[{"candidates":[{"content":{"parts":[]}}]}]', JSON),
    ("another-api", b'{"type":"message","role":"assistant","content":[],"stop_reason":null}', JSON),
    ("another-api", b'[{"generated_text":"An oak."}]', JSON),
    ("another-api", b'{"model":"oak","response":"An oak.","done":true}', JSON),
    ("data-twice", b"".join(b"data: " + part for part in events()), SSE),
    ("not-an-answer", b"OK", (("Content-Type", "text/plain"),)),
    ("empty", b"  \n", JSON),
    ("no-empty-lines", b"\n".join(part.strip() for part in events()) + b"\n", SSE),
    ("no-events", b"An oak is a tree.\nIt grows.\n", SSE),
    ("no-chunks", b'event: message_start\ndata: {"type":"message"}\n\n', SSE),
    ("bad-encoding", b"".join(events()), (*SSE, ("Content-Encoding", "gzip"))),
    ("bad-encoding", gzip.compress(b"".join(events()), mtime=0), SSE),
]


@pytest.mark.parametrize(
    ("name", "body", "headers"), NOT_A_STREAM,
    ids=[f"{row[0]}-{at}" for at, row in enumerate(NOT_A_STREAM)],
)  # fmt: skip
def test_what_came_instead_is_named(
    name: str, body: bytes, headers: tuple[tuple[str, str], ...]
) -> None:
    """Whatever the header calls it."""
    found = first(whole(body, headers=headers))
    assert (name, "fail") == (found.name, found.level)
    assert found.expected
    assert found.do


def test_a_page_belongs_to_an_address_without_v1() -> None:
    """The likeliest address is offered with it."""
    endpoint = resolve("http://localhost:8080/llm")
    found = first(whole(b"<!DOCTYPE html><title>Hi</title>"), endpoint)
    assert "http://localhost:8080/llm/v1" == found.fix
    assert "Hi" in found.quote


def test_a_stream_for_a_full_answer_is_named() -> None:
    """The client hands the program a string there, and no error."""
    recording = paced(events(), request_body=b'{"stream":false}')
    assert "sse-for-full" == first(recording).name
    assert "raw text" in first(recording).do


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(FULL).encode(),
        b"\xef\xbb\xbf" + json.dumps(FULL).encode(),
        json.dumps(FULL | {"error": None}).encode(),
        json.dumps({"choices": [{"message": {"content": [
            {"type": "text", "text": "An <html> oak."}]}, "finish_reason": "stop"}]}).encode(),
        json.dumps({"choices": [{"message": {"content": "<html>&lt;oak</html>\nTraceback"},
                                 "finish_reason": "stop"}]}).encode(),
    ],
)  # fmt: skip
def test_a_full_answer_is_no_fault_in_any_dialect(body: bytes) -> None:
    """Parts of content, a null error, a byte order mark, text about pages."""
    recording = whole(body, headers=JSON, request_body=b'{"stream":false}')
    assert [] == reds(recording)
    assert "answered" == first(recording).name


def test_compression_that_is_true_is_no_fault() -> None:
    """A compressed stream that is flushed streams."""
    compressor = gzip.compress(b"".join(events(TEXT)))
    recording = whole(compressor, headers=(*SSE, ("Content-Encoding", "gzip")))
    assert "bad-encoding" not in reds(recording)
    assert "bad-encoding" != first(recording).name


def test_half_a_body_is_not_called_another_thing() -> None:
    """What a limit of ours cut short may have become an answer."""
    recording = recorded([(1.0, b'{"id":')], headers=JSON, end="limit", cause="whole", limit_s=5.0)
    assert first(recording).name not in ("not-an-answer", "full-for-stream")
