"""Modes of HTTP itself: what stands in the head and the framing, byte for byte."""

from __future__ import annotations

import gzip
import re
import time

import pytest

from helpers.tests.support.asking import chat, demo, wire

CHUNKED = b"Transfer-Encoding: chunked\r\n"
HEADS = {
    "long-header": b"\r\nX-Trace: " + b"t" * 20_000 + b"\r\n",
    "many-headers": b"\r\nX-Trace-199: t\r\n",
    "length-and-chunked": b"\r\nContent-Length: 1000000\r\n" + CHUNKED,
    "transfer-twice": CHUNKED * 2,
    "transfer-identity": b"\r\nTransfer-Encoding: identity\r\n",
}


@pytest.mark.parametrize("name", HEADS)
def test_a_head_holds_what_its_mode_says(name: str) -> None:
    """And the whole stream comes after it."""
    head, _, body = wire(name).partition(b"\r\n\r\n")
    assert HEADS[name] in head + b"\r\n"
    assert b"data: [DONE]\n\n" in body


def test_a_length_given_twice_is_true() -> None:
    """Twice alike, without chunks, and as long as the body; full answers too."""
    for stream in (True, False):
        head, _, body = wire("length-twice", stream=stream).partition(b"\r\n\r\n")
        lengths = re.findall(rb"(?m)^Content-Length: (\d+)\r$", head + b"\r\n")
        assert [len(body)] * 2 == [int(length) for length in lengths]
        assert CHUNKED not in head


@pytest.mark.parametrize(
    ("name", "begins"),
    [("http-1.2", b"HTTP/1.2 200 OK\r\n"), ("crlf-first", b"\r\nHTTP/1.1 200 OK\r\n")],
)
def test_an_odd_status_line_is_the_first_thing_sent(name: str, begins: bytes) -> None:
    """Some clients refuse it, and others read on."""
    raw = wire(name)
    assert raw.startswith(begins)
    assert b"data: [DONE]\n\n" in raw


def test_identity_comes_without_chunk_sizes() -> None:
    """The end of the connection is the end of the body."""
    body = wire("transfer-identity").partition(b"\r\n\r\n")[2]
    assert body.startswith(b"data: ")
    assert body.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("name", "size"),
    [("bad-chunk-size", b"\r\nmany\r\n"), ("short-chunk-size", b"\r\n5\r\ndata: {")],
)
def test_a_broken_chunk_is_in_the_middle(name: str, size: bytes) -> None:
    """What came before it is framed well."""
    before, broken, after = wire(name).partition(size)
    assert broken
    assert before.count(b"\r\ndata: ") > 5
    assert after.endswith(b"0\r\n\r\n")


def test_a_full_answer_is_called_gzip_and_is_none() -> None:
    """Its stream is in order."""
    came = chat(demo("gzip-lie-full+fast"), stream=False)
    assert came.headers["content-encoding"] == "gzip"
    assert came.json["choices"]
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(came.body)
    assert "content-encoding" not in chat(demo("gzip-lie-full+fast")).headers


def test_a_stream_comes_for_a_full_answer() -> None:
    """As if stream: true had been sent."""
    came = chat(demo("sse-for-full+fast"), stream=False)
    assert came.headers["content-type"] == "text/event-stream"
    assert came.events[-1] == "[DONE]"


@pytest.mark.parametrize("name", ["reset-after-finish", "hangs-up-after-finish"])
def test_a_message_without_its_end_holds_the_whole_answer(name: str) -> None:
    """[DONE] was read before the connection ended."""
    endpoint = demo(f"{name}+fast")
    try:
        came = chat(endpoint)
    except ConnectionResetError:
        return
    assert came.cut
    assert came.events[-1] == "[DONE]"


@pytest.mark.slow
def test_pieces_are_joined_for_a_fifth_of_a_second() -> None:
    """At reading speed several chunks come in each piece."""
    start_s = time.monotonic()
    raw = wire("nagle", fast=False)
    pieces = re.findall(rb"(?m)^[0-9a-f]+\r$", raw)
    assert len(pieces) <= (time.monotonic() - start_s) / 0.2 + 2
    assert raw.count(b"data: ") > 3 * len(pieces)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "silence_s"), [("stall-in-two", 3), ("cut-idle", 3), ("stalled", 2.5)]
)
def test_a_silence_is_as_long_as_the_mode_says(name: str, silence_s: float) -> None:
    """However fast the engine is."""
    start_s = time.monotonic()
    raw = wire(name)
    assert silence_s <= time.monotonic() - start_s
    assert (b"\r\nServer: nginx/1.27.3\r\n" in raw) == (name == "cut-idle")
