"""What a hostile answer may cost: it is stopped before objects are made of it."""

from __future__ import annotations

import json
import tracemalloc
from time import thread_time
from typing import Any

import pytest

from helpers.diagnose.diagnosis import diagnose
from helpers.tests.support.recordings import SSE, recorded
from helpers.wire.bounds import Bounds
from helpers.wire.reading import Reading, read

JSON = (("Content-Type", "application/json"),)
MB = 1 << 20
FEW_S = 10.0


def flooded(body: bytes, **facts: Any) -> tuple[Reading, float, int]:
    """Return the reading of a body that came in megabytes, its CPU time, and its peak of memory."""
    reads = [(0.1 * at, body[at * MB : at * MB + MB]) for at in range(len(body) // MB + 1)]
    recording = recorded(reads, **facts)
    tracemalloc.start()
    try:
        began = thread_time()
        reading = read(recording)
        findings = diagnose(reading)
        took_s, most = thread_time() - began, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert findings[0].name == reading.limit or not reading.limit
    return reading, took_s, most


@pytest.mark.slow
@pytest.mark.parametrize("headers", [JSON, SSE], ids=["full", "streamed"])
def test_sixty_megabytes_of_choices_are_not_made(headers: Any) -> None:
    """Ten gigabytes of objects would be; the bound is named instead."""
    body = b'{"choices":[' + b"{}," * (20 * MB) + b"{}]}"
    body = b"data: " + body + b"\n\n" if headers is SSE else body
    reading, took_s, most = flooded(body, headers=headers)
    assert reading.limit in ("too-many-values", "too-many-choices", "event-too-large")
    assert took_s < FEW_S
    assert most < 6 * len(body)


@pytest.mark.parametrize("call", ['{"function":{"name":"a"}}', '{"index":%d}', "null"])
def test_a_hundred_thousand_tool_calls_are_not_kept(call: str) -> None:
    """In one chunk or one by one, only as many as the bound."""
    calls = ",".join(call % at if "%" in call else call for at in range(100_000))
    body = f'{{"choices":[{{"index":0,"message":{{"tool_calls":[{calls}]}}}}]}}'.encode()
    reading, took_s, _ = flooded(body, headers=JSON, request_body=b"{}")
    assert len(reading.answer.tool_calls) <= Bounds().tool_calls
    assert took_s < FEW_S


def test_tool_calls_one_by_one_are_bounded_too() -> None:
    """A new index in each chunk opens a call until it is enough."""
    chunks = (
        {"choices": [{"index": 0, "delta": {"tool_calls": [
            {"index": at, "id": f"c{at}", "function": {"name": "plant"}}]}}]}
        for at in range(5000)
    )  # fmt: skip
    body = b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)
    reading = read(recorded([(0.1, body)]))
    assert Bounds().tool_calls == len(reading.answer.tool_calls)
    assert reading.findings["too-many-tool-calls"]


@pytest.mark.parametrize("digits", [20, 400, 4000, 100_000])
def test_a_number_of_many_digits_counts_no_tokens(digits: int) -> None:
    """It is no count, and dividing by it would raise OverflowError."""
    body = b'{"choices":[],"usage":{"completion_tokens":%s,"prompt_tokens":1e999}}' % (
        b"9" * digits
    )
    reading = read(recorded([(0.1, b"data: " + body + b"\n\n")]))
    came = reading.answer.usage
    assert came is None or came.completion_tokens is None
    assert reading.timing.tokens_per_s is None


def test_json_that_nests_without_end_is_named() -> None:
    """Python's own stack ends at about a thousand."""
    body = b"data: " + b"[" * 100_000 + b"]" * 100_000 + b"\n\n"
    reading = read(recorded([(0.1, body)]))
    assert reading.findings["nested-too-deep"] or reading.limit


def test_a_choice_beyond_the_bound_ends_the_reading() -> None:
    """OpenAI allows 128; a stream of a new index in each chunk would grow for ever."""
    body = b"".join(
        b'data: {"choices":[{"index":%d,"delta":{"content":"a"}}]}\n\n' % at for at in range(2000)
    )
    reading = read(recorded([(0.1, body)]))
    assert "too-many-choices" == reading.limit
    assert Bounds().choices == len(reading.answer.choices)


def test_a_large_answer_within_the_bounds_is_read() -> None:
    """Two megabytes of text are one value, whatever separators and quotes are in them."""
    text = 'oak, { [ \\" ' * 220_000
    chunk = {"choices": [{"index": 0, "delta": {"content": text}}]}
    recording = recorded([(0.1, b"data: " + json.dumps(chunk).encode() + b"\n\n")])
    assert text == read(recording).answer.text


@pytest.mark.parametrize("headers", [JSON, SSE], ids=["full", "streamed"])
def test_a_number_beyond_pythons_own_bound_loses_no_text(headers: Any) -> None:
    """The JSON is whole, and was taken for one that broke off."""
    body = b'{"created":%b,"choices":[{"index":0,"message":{"content":"oak"}}]}' % (b"9" * 6000)
    if headers is SSE:
        body = b"data: " + body.replace(b"message", b"delta") + b"\n\n"
    reading = read(recorded([(0.1, body)], headers=headers))
    assert "oak" == reading.answer.text
    assert not reading.answer.cut
