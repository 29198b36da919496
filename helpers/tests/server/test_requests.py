"""Requests that would take for ever, or all memory: each ends with its reason."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from helpers.server import requests
from helpers.server.http1 import BadMessageError, Request
from helpers.server.requests import read_request

CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


def came(data: bytes, *, ends: bool = False) -> Request | None:
    """Return the request that these bytes are, within a moment."""

    async def run() -> Request | None:
        reader = asyncio.StreamReader(2**16)
        reader.feed_data(data)
        if ends:
            reader.feed_eof()
        # Only an Expect writes.
        writer = cast(asyncio.StreamWriter, None)
        return await read_request(reader, writer, limit_s=0.02)

    return asyncio.run(run())


@pytest.mark.parametrize(
    "begun", [b"G", b"GET / HTTP/1.1\r\nA: b\r\n", CHUNKED + b"5\r\noak", CHUNKED + b"3\r\noak\r\n"]
)
def test_a_request_that_drips_is_given_up(begun: bytes) -> None:
    """Its head or its body, wherever it stops."""
    with pytest.raises(BadMessageError, match="Expected a whole request within"):
        came(begun)


def test_chunks_together_are_no_larger_than_a_body(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may be small."""
    monkeypatch.setattr(requests, "LARGEST_BODY", 8)
    assert b"oak" * 2 == getattr(came(CHUNKED + b"3\r\noak\r\n" * 2 + b"0\r\n\r\n"), "body", b"")
    with pytest.raises(BadMessageError, match="at most 8 bytes"):
        came(CHUNKED + b"3\r\noak\r\n" * 3)


def test_a_line_of_the_framing_is_bounded() -> None:
    """One without an end is told so."""
    with pytest.raises(BadMessageError, match="Expected a line of at most"):
        came(CHUNKED + b"3;" + b"a" * 2**17)


def test_a_connection_that_ends_before_a_request_asks_nothing() -> None:
    """As a pool closes it; in the middle of a head it is an error."""
    assert came(b"", ends=True) is None
    with pytest.raises(BadMessageError, match="closed inside the headers"):
        came(b"G", ends=True)
