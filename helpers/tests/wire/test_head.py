"""Heads of answers, byte for byte: what is read all the same, and what is said of it."""

from __future__ import annotations

import pytest

from helpers.wire.head import LARGEST, BadHead, HeadReader

OK = b"HTTP/1.1 200 OK\r\n"
BODY = b"data: {}\n\n"


def fed(raw: bytes, *, size: int = 0) -> tuple[HeadReader, tuple[bytes, bytes] | None]:
    """Return the reader and what it gave at last, fed in pieces of a size."""
    reader, parts = HeadReader(), None
    for start in range(0, len(raw), size or len(raw)):
        piece = raw[start : start + (size or len(raw))]
        parts = reader.feed(piece) if parts is None else (parts[0], parts[1] + piece)
    return reader, parts


@pytest.mark.parametrize("size", [0, 1, 7])
@pytest.mark.parametrize(
    "head",
    [
        OK + b"Content-Type: text/event-stream\r\n\r\n",
        b"HTTP/1.1 200\r\nX-Empty:\r\nX-Tabs:\t a \t\r\n\r\n",
        b"HTTP/1.0 200 sch\xc3\xb6n\r\nX-Name: gr\xfc\xdf\r\n\r\n",
        OK + b"TRANSFER-ENCODING: Chunked\r\n\r\n",
        OK + b"Content-Length: 10\r\n\r\n",
    ],
)
def test_a_legal_head_is_passed_on_as_it_came(head: bytes, size: int) -> None:
    """However it was cut, and with nothing to say of it."""
    reader, parts = fed(head + BODY, size=size)
    assert (head, BODY) == parts
    assert [] == reader.oddities


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (b"\r\n" + OK, "space-first"), (b"\xef\xbb\xbf" + OK, "space-first"),
        (b"http/1.1 200 OK\r\n", "odd-status-line"), (b"HTTP/1.1  200 OK\r\n", "odd-status-line"),
        (b"HTTP/2 200\r\n", "odd-status-line"), (b"HTTP/1.2 200 OK\r\n", "odd-version"),
        (OK + b"X-A: a\nX-B: b\r\n", "bare-lf"), (OK + b"X-A: a\rX-B: b\r\n", "bare-cr"),
        (OK + b"X-A: a\0b\r\n", "forbidden-character"),
        (OK + b"X-A: \x01\r\n", "control-character"),
        (b"HTTP/1.1 200 O\0K\r\n", "forbidden-character"),
        (OK + b"X-A: a\r\n b\r\n", "folded"), (OK + b" X-A: a\r\n", "folded-first"),
        (OK + b"X-A : a\r\n", "space-before-colon"), (OK + b"X A: a\r\n", "bad-name"),
        (OK + b": a\r\n", "bad-name"), (OK + "X-Ä: a\r\n".encode(), "bad-name"),
        (OK + b"garbage\r\n", "no-colon"), (OK + b'data: {"id": 1}\r\n', "no-empty-line"),
        (OK + b"Content-Length: 5\r\ncontent-length: 5\r\n", "length-twice"),
        (OK + b"Content-Length: 5, 5\r\n", "length-twice"),
        (OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "length-and-chunked"),
        (OK + b"Transfer-Encoding: chunked\r\n" * 2, "chunked-twice"),
        (OK + b"Transfer-Encoding: identity\r\n", "not-chunked"),
        (OK + b"Transfer-Encoding: \"chunked\"\r\n", "unknown-transfer"),
        (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n", "chunked-in-1.0"),
        (OK + b"X-A: " + b"a" * 9000 + b"\r\n", "large-head"),
        (OK + b"X-A: a\r\n" * 101, "large-head"),
    ],
)  # fmt: skip
def test_an_odd_head_is_read_and_named(lines: bytes, name: str) -> None:
    """What is handed on has nothing odd in it."""
    reader, parts = fed(lines + b"\r\n" + BODY)
    assert parts is not None
    assert name in [oddity.name for oddity in reader.oddities]
    again, clean = fed(parts[0] + BODY)
    # A size is no mistake to mend, and a header that is an event is a header all the same.
    assert {"large-head", "no-empty-line"} >= {oddity.name for oddity in again.oddities}
    assert clean == (parts[0], BODY) == parts


def test_what_is_kept_of_an_odd_head_stays_as_it_was() -> None:
    """Only the oddity goes."""
    _, parts = fed(OK + b"X-A : a\r\nX-B: b\r\n c\r\nX-C\r\nSet-Cookie: 1\r\nSet-Cookie: 2\r\n\r\n")
    assert parts is not None
    assert OK + b"X-A: a\r\nX-B: b c\r\nSet-Cookie: 1\r\nSet-Cookie: 2\r\n\r\n" == parts[0]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"\x15\x03\x03\x00\x02\x02\x0a", "tls"), (b"\x16\x03\x01\x02\x00\x01\x00", "tls"),
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00", "http-2"), (b"PRI * HTTP/2.0\r\n\r\n", "http-2"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "ssh"), (b"220 mail ESMTP\r\n", "mail"),
        (b"POST /v1 HTTP/1.1\r\n\r\n", "request"), (b'{"choices": []}', "body-first"),
        (b"data: {}\n\n", "body-first"), (b"<html></html>", "body-first"),
        (b"Content-Type: text/html\r\n\r\n", "no-status-line"), (b"hello there", "not-http"),
        (b"\0" * 20, "not-http"), (b"HTTP/1.1 20 OK\r\n\r\n", "bad-status-line"),
        (b"HTTP/1.1 OK\r\n\r\n", "bad-status-line"),
        (b"HTTP/1.1 000 No\r\n\r\n", "bad-status-line"),
        (b"HTTP/1.1 200 OK\rX-A: a\r\r", "cr-lines"), (OK + b"a" * (LARGEST + 1), "endless-head"),
        (OK + b"Content-Length: many\r\n\r\n", "bad-length"),
        (OK + b"Content-Length: -1\r\n\r\n", "bad-length"),
        (OK + b"Content-Length:\r\n\r\n", "bad-length"),
        (OK + b"Content-Length: 1" + b"0" * 30 + b"\r\n\r\n", "bad-length"),
        (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "lengths-differ"),
        (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "transfer-compressed"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_has_a_name(raw: bytes, name: str) -> None:
    """It is what the reader noted last, with what came."""
    reader = HeadReader()
    with pytest.raises(BadHead) as bad:
        reader.feed(raw)
    assert name == bad.value.oddity.name == reader.oddities[-1].name
    assert not reader.close()


def test_interim_answers_are_passed_over() -> None:
    """100, 102 and 103 come before the answer, in one piece with it or not."""
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    head = OK + b"Content-Type: text/plain\r\n\r\n"
    for size in (0, 1):
        reader, parts = fed(interim + head + BODY, size=size)
        assert (head, BODY) == parts
        assert [] == reader.oddities


@pytest.mark.parametrize(
    ("raw", "name", "none"),
    [
        (OK + b"Content-Ty", "half-head", False), (b"HT", "half-head", False),
        (b"hi", "not-http", True), (b"HTTP/1.1 102 Processing\r\n\r\n" * 3, "interim-only", False),
    ],
)  # fmt: skip
def test_a_head_that_never_became_whole_is_told(raw: bytes, name: str, none: bool) -> None:
    """How far it came, and whether it was one at all."""
    reader = HeadReader()
    assert reader.feed(raw) is None
    assert none == reader.close()
    assert [name] == [oddity.name for oddity in reader.oddities]


def test_nothing_is_said_of_nothing() -> None:
    """Silence is not an odd head."""
    reader = HeadReader()
    assert not reader.close()
    assert [] == reader.oddities
