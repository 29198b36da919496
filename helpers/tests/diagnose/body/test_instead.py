"""What came in place of an answer: pages, lines, errors with status 200, another API."""

from __future__ import annotations

import gzip
import json

import pytest

from helpers.diagnose.body.another_api import another_api
from helpers.endpoint import resolve
from helpers.tests.support.judged import JSON, STOP, TEXT, events, first, paced, reds, whole
from helpers.tests.support.recordings import SSE, recorded
from helpers.tests.support.streams import DONE

FULL = {"choices": [{"index": 0, "finish_reason": "stop", "message": {"content": "An oak."}}]}


def event_of(kind: str, **data: object) -> bytes:
    """Return an event of another API."""
    return b"data: " + json.dumps({"type": kind, **data}).encode() + b"\n\n"


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
    ("another-api", event_of("response.output_text.delta", delta="An oak."), SSE),
    ("another-api", event_of("content_block_delta", delta={"text": "An oak."}), SSE),
    ("another-api", event_of("content-delta", delta={}), SSE),
    ("another-api", b'data: {"candidates":[{"content":{"parts":[{"text":"An oak."}]}}]}\n\n', SSE),
    ("another-api", b'{"output":{"text":"An oak."},"request_id":"1"}', JSON),
    ("another-api", b'{"output":{},"stopReason":"end_turn"}', JSON),
    ("another-api", b'[{"candidates":[{"content":{"parts":[]}}]},\n{"cand', JSON),
    ("another-api", event_of("ping") + event_of("content_block_delta", delta={}), SSE),
    ("done-first", DONE + b"".join(events()[:-1]), SSE),
    ("no-chunks", b'data: "v1"\n\n' + b'data: {"v":"An oak."}\n\n' * 3, SSE),
    ("odd-data-field", events()[0] + b"".join(b"\0" + part for part in events()[1:]), SSE),
    ("ndjson", b"".join(part[6:].strip() for part in events()[:-1]), JSON),
    ("ndjson", b"".join(b"\x1e" + part[6:].strip() + b"\n" for part in events()[:-1]), JSON),
    ("json-twice", json.dumps(json.dumps(FULL)).encode(), JSON),
    (
        "json-over-lines",
        b'data: {"choices":[{"index":0,"delta":{"content":"a\nb"}}]}\n\n' + STOP + DONE,
        SSE,
    ),
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


def test_a_request_that_was_only_taken_on_is_told_so() -> None:
    """As by a queue, which answers later and elsewhere."""
    queued = whole(b'{"id":"t1","status":"queued"}', headers=JSON, status=202)
    assert ("not-ready", "fail") == (first(queued).name, first(queued).level)


@pytest.mark.parametrize(("end", "name"), [("broken", "connection-lost"), ("eof", "cut")])
def test_json_that_breaks_off_before_its_answer_is_cut(end: str, name: str) -> None:
    """It is no other API, and no wrong address."""
    half = json.dumps({"id": "1", "object": "chat.completion"} | FULL).encode()[:40]
    recording = whole(half, headers=JSON, end=end, request_body=b'{"model":"oak"}')
    assert (name, "fail") == (first(recording).name, first(recording).level)


def test_the_api_that_was_asked_is_no_other() -> None:
    """What is wrong with its answer is told otherwise."""
    assert another_api({"object": "response"}, "responses") is None
    assert another_api({"type": "message_start"}, "messages") is None


def test_a_page_belongs_to_an_address_without_v1() -> None:
    """The likeliest address is offered with it."""
    endpoint = resolve("http://localhost:8080/llm")
    found = first(whole(b"<!DOCTYPE html><title>Hi</title>"), endpoint)
    assert "http://localhost:8080/llm/v1" == found.fix
    assert "Hi" in found.quote


def test_a_stream_for_a_full_answer_is_named() -> None:
    """The client hands the program a string there, and no error."""
    recording = paced(events(), request_body=b'{"model":"oak"}')
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


def test_an_answer_called_a_page_is_still_an_answer() -> None:
    """Clients read it; conformance tolerates it, too. It was “A web page came”."""
    page = (("Content-Type", "text/html"),)
    recording = whole(json.dumps(FULL).encode(), headers=page, request_body=b'{"stream":false}')
    assert ("answered", []) == (first(recording).name, reds(recording))
    assert "full-for-stream" == first(whole(json.dumps(FULL).encode(), headers=page)).name


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


def test_metrics_are_no_text_that_somebody_wrote() -> None:
    """Their page is another address of the server."""
    came = whole(
        b"# HELP oaks Felled\n# TYPE oaks counter\noaks 3\n" * 3,
        headers=(("Content-Type", "text/plain"),), request_body=b'{"stream":false}',
    )  # fmt: skip
    assert "not-an-answer" == first(came).name
