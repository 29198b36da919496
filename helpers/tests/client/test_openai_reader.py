"""The second reader: what the plain client makes of bytes that this kit reads."""

from __future__ import annotations

import asyncio

import pytest

from helpers.client.openai_reader import read_by_openai
from helpers.client.transport import OPENAI_VERSION
from helpers.diagnose.clients import ClientReading
from helpers.tests.support.recordings import SSE, recorded, timed

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
