"""An answer that no client can read as it is wrapped: the wrapping is told, not “no answer”."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from helpers.client.exchange import Exchange
from helpers.tests.support.judged import JSON, TEXT, events, findings, first, paced, reds, whole
from helpers.tests.support.recordings import SSE
from helpers.wire.reading import Reading

FULL: dict[str, Any] = {
    "object": "chat.completion",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"content": "An oak."}}],
}
ANSWER = json.dumps(FULL).encode()
REFUSED = b'HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\n\r\n{"error":{"message":"no"}}'
CHUNKS = [json.loads(part[6:]) for part in events()[:-1]]
LAMBDA = {"statusCode": 429, "body": '{"error":{"message":"too many"}}'}


def said(values: list[Any]) -> bytes:
    """Return these values as the data of events."""
    return b"".join(f"data: {json.dumps(value)}\n\n".encode() for value in values)


BODIES = [
    ("http-head-inside", b"HTTP/1.1 200 OK\r\nServer: oak\r\n\r\n" + ANSWER, JSON),
    ("http-head-inside", REFUSED, JSON),
    ("in-an-array", b"[" + ANSWER + b"]", JSON),
    ("in-an-array", json.dumps(CHUNKS).encode(), JSON),
    ("in-an-object", json.dumps({"code": 0, "msg": "ok", "data": FULL}).encode(), JSON),
    ("in-an-object", json.dumps(LAMBDA).encode(), JSON),
    ("in-an-object", json.dumps({"data": FULL | {"error": {"message": "no"}}}).encode(), JSON),
    ("choices-not-a-list", b'{"choices":{"message":{"content":"An oak."}}}', JSON),
    ("in-base64", base64.b64encode(ANSWER), JSON),
    ("in-base64", base64.b64encode(b"".join(events())), JSON),
    ("wide-charset", json.dumps(FULL).encode("utf-16"), JSON),
    ("wide-charset", json.dumps(FULL).encode("utf-16-be"), JSON),
    ("wide-charset", json.dumps(FULL).encode("utf-32-le"), JSON),
    ("wide-charset", b"".join(events()).decode().encode("utf-16-le"), SSE),
    ("text-around", b")]}',\n" + ANSWER, JSON),
    ("text-around", b"<br />\n<b>Warning</b>: oak\n" + ANSWER, (("Content-Type", "text/html"),)),
    ("broken-json", ANSWER[:-1] + b",}", JSON),
    ("printed-object", b"ChatCompletion(id='1', choices=[])", JSON),
    ("printed-object", b"data: [object Object]\n\n" * 9, SSE),
    ("json-error", b'{"code":40101,"msg":"no sap","data":null}', JSON),
    ("json-error", b'{"choices":null,"base_resp":{"status_code":1004,"status_msg":"no"}}', JSON),
    ("in-an-object", said([{"data": chunk} for chunk in CHUNKS]), SSE),
    ("odd-data-field", b"".join(events()).replace(b"data:", b"Data:"), SSE),
    ("odd-data-field", b"".join(b"\0" + part for part in events()[:-1]), SSE),
    ("json-over-lines", f"data: {json.dumps(CHUNKS[1], indent=1)}\n\n".encode() * 9, SSE),
    ("bare-text", said(list(TEXT)), SSE),
    ("no-line-ends", b"".join(events()).replace(b"\n", "\u2028".encode()), SSE),
    ("text-around", b"".join(events()).replace(b"data: {", b"data: )]}', {"), SSE),
    ("bare-text", b"".join(f"data: {word}\n\n".encode() for word in TEXT), SSE),
    ("http-head-inside", b"".join([*events()[:5], REFUSED]), SSE),
]


@pytest.mark.parametrize(
    ("name", "body", "headers"), BODIES, ids=[f"{row[0]}-{at}" for at, row in enumerate(BODIES)]
)
def test_the_dress_is_the_headline(
    name: str, body: bytes, headers: tuple[tuple[str, str], ...]
) -> None:
    """With what to change."""
    found = first(whole(body, headers=headers))
    assert (name, "fail") == (found.name, found.level)
    assert found.do


def test_the_words_of_an_error_inside_are_quoted() -> None:
    """They are what a reader needs first."""
    assert "too many" == first(whole(json.dumps(LAMBDA).encode(), headers=JSON)).quote
    refused = first(whole(REFUSED, headers=JSON))
    assert "no" == refused.quote
    assert "401 Unauthorized" in refused.says


def test_a_head_that_readers_skip_is_a_remark() -> None:
    """Its lines have no field that a reader knows."""
    recording = paced([b"HTTP/1.1 200 OK\r\nServer: oak\r\n\r\n", *events()])
    assert "streamed" == first(recording).name
    beside = {found.name: found.level for found in findings(recording)}
    assert "remark" == beside["http-head-inside"]
    assert "event-without-data" not in beside


def test_more_behind_a_whole_answer_is_no_cut() -> None:
    """The text is kept, and what follows is quoted."""
    sent = b'{"model":"oak"}'
    twice = first(whole(ANSWER + b'{"error":"again"}', headers=JSON, request_body=sent))
    assert ("json-behind", True) == (twice.name, "again" in twice.quote)
    half = first(whole(ANSWER[:-9], headers=JSON, request_body=sent))
    assert "cut" == half.name


ABOUT_JSON = [
    "HTTP/1.1 401 Unauthorized\r\n\r\n",
    ")]}' " + json.dumps(FULL),
    "[object Object]",
    base64.b64encode(ANSWER).decode(),
]


@pytest.mark.parametrize("text", ABOUT_JSON)
def test_an_answer_that_speaks_of_a_dress_wears_none(text: str) -> None:
    """Inside of a valid answer everything is text."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"content": text}}
    body = json.dumps({"choices": [choice]}).encode()
    assert [] == reds(whole(body, headers=JSON, request_body=b'{"model":"oak"}'))
    assert [] == reds(paced(events([text, *TEXT])))


ELSEWHERE: list[tuple[str, dict[str, Any]]] = [
    ("delta.text", {"delta": {"text": "oak "}}),
    ("delta.content.value", {"delta": {"content": {"value": "oak "}}}),
    ("delta[0].content", {"delta": [{"content": "oak "}]}),
    ("message", {"message": "oak "}),
    ("tool_calls[0].function.name", {"tool_calls": [{"function": {"name": "grow"}}]}),
    ("delta.toolCalls[0].name", {"delta": {"toolCalls": [{"name": "grow"}]}}),
]


@pytest.mark.parametrize(("place", "choice"), ELSEWHERE, ids=[place for place, _ in ELSEWHERE])
def test_text_in_the_wrong_place_is_found(place: str, choice: dict[str, Any]) -> None:
    """The place is named instead of an empty answer."""
    chunk = {"choices": [{"index": 0, **choice}]}
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    found = first(whole(said([*[chunk] * 9, end]) + b"data: [DONE]\n\n"))
    assert "text-elsewhere" == found.name
    assert f"choices[0].{place}" in found.says
    assert ("tool" in place) == ("A tool call" in found.says)


KEPT = [
    *((name, {"choices": [{"index": 0, **choice}]}) for name, choice in ELSEWHERE[:4]),
    ("an object of choices", {"choices": {"0": {"delta": {"content": "oak "}}}}),
    ("no choices", {"object": "chat.completion.chunk", "delta": {"content": "oak "}}),
    ("another API", {"type": "content-delta", "delta": {"message": {"content": {"text": "oak "}}}}),
]


@pytest.mark.parametrize(("name", "chunk"), KEPT, ids=[name for name, _ in KEPT])
def test_text_in_the_wrong_place_is_kept(name: str, chunk: dict[str, Any]) -> None:
    """It is red, and not lost; what is the same in each event is no text."""
    chunks = [json.loads(json.dumps(chunk).replace("oak ", word)) for word in TEXT]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    recording = whole(said([{**one, "request": "a" * 99} for one in [*chunks, end]]))
    assert ("fail", "".join(TEXT)) == (first(recording).level, Exchange.of(recording).text)
    shown: list[str] = []
    reading = Reading(recording)
    shown += [delta.text for delta in reading.catch_up()]
    assert "".join(TEXT) == "".join(shown)


@pytest.mark.parametrize("other", [{"audio": {"data": "AAAA"}}, {"images": [{"url": "data:"}]}])
def test_an_answer_in_sound_or_pictures_is_no_fault(other: dict[str, Any]) -> None:
    """Models that speak or draw send no content beside it."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"content": None, **other}}
    assert [] == reds(whole(json.dumps({"choices": [choice]}).encode(), headers=JSON,
                            request_body=b'{"model":"oak"}'))  # fmt: skip


def test_the_words_beside_an_error_reason_are_quoted() -> None:
    """OpenRouter puts them into the choice."""
    last = {"delta": {}, "finish_reason": "error", "error": {"message": "no sap", "code": 502}}
    found = first(paced([*events()[:5], said([{"choices": [{"index": 0, **last}]}])]))
    assert ("failed", "no sap") == (found.name, found.quote)
