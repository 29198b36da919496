"""The second reader: what the plain client makes of bytes that this kit reads."""

from __future__ import annotations

import asyncio

import pytest

from helpers.client.openai_reader import read_by_openai
from helpers.client.pool import OPENAI_VERSION
from helpers.diagnose.clients.plain import ClientReading
from helpers.tests.support.judged import LINE
from helpers.tests.support.recordings import SSE, recorded, timed
from helpers.tests.support.responses import full, response, sent, streamed

SAID = f"{LINE} "
CHUNK = b'data: {"choices":[{"index":0,"delta":{"content":"oak"}}]}\n\n'


def seen(body: bytes, status: int | None = 200, end: str = "eof", **headers: str) -> ClientReading:
    """Return what the plain client sees of a recording."""
    reads = timed(body[:20], body[20:])
    recording = recorded(reads, status=status, headers=(*SSE, *headers.items()), end=end)
    return asyncio.run(read_by_openai(recording))


def test_a_good_stream_is_seen_whole():
    """Chunks and text, and no exception."""
    assert ClientReading("openai", OPENAI_VERSION, 2, "oakoak") == seen(
        CHUNK * 2 + b"data: [DONE]\n\n"
    )


@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b'{"choices":[]}', b"", b": ping\n\n"])
def test_what_is_no_stream_is_seen_as_nothing(body):
    """Zero chunks and no exception: the reason for this kit."""
    assert ClientReading("openai", OPENAI_VERSION, 0, "") == seen(body)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"event: ping\n\n", "JSONDecodeError: "),
        (b"data: \xff\n\n", "UnicodeDecodeError: "),
        (b'data: {"error":{"message":"no sap"}}\n\n', "APIError: no sap"),
        (b'data: {"choices":[{"index":0}]}\n\n', "AttributeError: 'NoneType'"),
    ],
)
def test_what_breaks_it_is_named_exactly(body, error):
    """After the chunks that came before."""
    reading = seen(CHUNK + body)
    assert (error, "oak") == (reading.error[: len(error)], reading.text)


@pytest.mark.parametrize(
    ("status", "end", "error"),
    [
        (401, "eof", "AuthenticationError: "),
        (None, "broken", "APIConnectionError: "),
        (200, "broken", "APIConnectionError: "),
        (200, "limit", "APITimeoutError: "),
    ],
)
def test_status_and_end_are_as_they_were(status, end, error):
    """A refusal, a lost connection and a silence raise as they would have."""
    assert seen(CHUNK[:-1], status, end).error.startswith(error)


def test_a_wrong_encoding_is_as_it_was():
    """The header says gzip, the bytes are not."""
    assert seen(CHUNK, **{"Content-Encoding": "gzip"}).error


def test_a_response_is_read_by_its_own_method() -> None:
    """Each event counts; the text is that of the deltas, or the client's output_text."""
    events = response()
    streamed_one = asyncio.run(read_by_openai(streamed(events)))
    whole = asyncio.run(read_by_openai(full(events[-1]["response"]), stream=False))
    assert (len(events), SAID, "") == (streamed_one.chunks, streamed_one.text, streamed_one.error)
    assert (1, SAID, "") == (whole.chunks, whole.text, whole.kind)


def test_a_response_it_cannot_read_is_told() -> None:
    """Without a type it knows no event; an error event is an exception; a page is a string."""
    untyped = [sent({k: v for k, v in e.items() if k != "type"}, e["type"]) for e in response()]
    assert "" == asyncio.run(read_by_openai(streamed(untyped))).text
    page = asyncio.run(read_by_openai(full(b"<html>", headers=()), stream=False))
    assert "str" == page.kind
