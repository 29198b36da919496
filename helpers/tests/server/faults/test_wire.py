"""Every mode of the stream and the wire is what its name says, and the rest of it is in order."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import socket
import ssl
import time
import zlib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from helpers.server.certificate import self_signed
from helpers.server.faults.registry import REGISTRY
from helpers.tests.support.asking import (
    PROMPT,
    Came,
    chat,
    connection,
    demo,
    posted,
    received,
    wire,
)
from helpers.tests.support.capture_server import recording_server
from helpers.tests.support.recordings import read
from helpers.tests.support.waiting import PATIENCE_S


def streamed(name: str, **body: object) -> Came:
    """Return a stream in a mode, as fast as it comes; 40 tokens of the same poem each time."""
    return chat(demo(f"{name}+fast"), seed=1, temperature=0, **body)


@pytest.fixture(scope="module")
def good() -> Came:
    """The stream with nothing wrong, which each mode's is held against."""
    return streamed("fast")


LEGAL_HEADLINES = {"streamed", "only-reasoning", "refused-by-policy"}


def test_every_mode_says_how_it_is_recognised() -> None:
    """By the name of a finding, by another beside it, or in full answers; in a group."""
    for entry in REGISTRY.values():
        assert all(re.fullmatch("[a-z0-9.-]+", name) for name in (entry.name, *entry.also))
        assert re.fullmatch("[a-z0-9-]+", entry.expects) or entry.heavy, entry.name
        assert entry.group, entry.name
        planted = entry.expects != "streamed" or entry.also or entry.full
        assert entry.legal or planted, entry.name
        assert not entry.legal or entry.expects in LEGAL_HEADLINES, entry.name


LEGAL_FRAMINGS = [
    "crlf", "cr", "mixed-line-ends", "no-space", "blank-lines", "multi-line-data", "comments",
    "ids", "bom", "ping", "empty-data", "retry-alone", "unknown-field", "late-pieces", "gzip",
    "deflate", "raw-deflate", "until-eof", "upper-case-headers", "slow-headers",
    "content-type-charset", "gzip-buffered", "buffered", "buffered-two", "done-twice",
    "late-close",
]  # fmt: skip


@pytest.mark.parametrize("name", LEGAL_FRAMINGS)
def test_another_framing_holds_the_same_text(name: str, good: Came) -> None:
    """By the standard's own rules nothing of the answer is lost, whatever the form."""
    came = streamed(name)
    reading = read([(0.0, came.body)], status=came.status, headers=tuple(came.headers.items()))
    assert reading.answer.text == good.text
    assert reading.answer.finish_reason == "length"
    assert reading.done
    assert came.body != good.body or came.headers != good.headers or name in SLOW_ONLY


SLOW_ONLY = {"buffered", "buffered-two", "late-pieces", "late-close", "slow-headers"}

FORMS = {
    "crlf": b"\r\n\r\n",
    "cr": b"\r\r",
    "mixed-line-ends": b"\r\n\n",
    "no-space": b"data:{",
    "blank-lines": b"\n\n\n\n",
    "multi-line-data": b"\ndata:  ",
    "comments": b": keep-alive\n\n",
    "ids": b"event: message\nid: 7\nretry: 3000\ndata: ",
    "bom": b"\xef\xbb\xbfdata",
    "ping": b"\nevent: ping\n\n",
    "empty-data": b"\n\ndata:\n\n",
    "retry-alone": b"\n\nretry: 3000\n\n",
    "unknown-field": b"\n\ntrace: 7f3a\n\n",
    "not-json": b"data: still working\n\n",
    "glued-chunks": b"}{",
    "done-twice": b"data: [DONE]\n\ndata: [DONE]\n\n",
    "done-spaces": b"data:  [DONE]\n\n",
    "garbage-after-done": b"-->\r\n\r\n",
    "error-first": b'data: {"error": {"message"',
    "error-inside": b'\n\ndata: {"error": {"message"',
    "error-event": b"event: error\ndata: {",
    "error-field": b'\n\nerror: {"message"',
    "error-done": b'"code": null}}\n\ndata: [DONE]\n\n',
    "damaged-utf-8": b"\xf0\x9f\x8c ",
    "replacement-characters": "��".encode(),
    "lone-surrogate": b"\\ud83c ",
    "split-surrogates": b'\\ud83c"',
    "finish-empty": b'"finish_reason": ""',
    "finish-unknown": b'"finish_reason": "eos_token"',
    "model-null": b'"model": null',
    "content-list": b'"content": [{"type": "text"',
    "message-for-delta": b'"message": {',
    "usage-null": b'"usage": null',
    "azure-first": b'{"id": "", "object": "", "created": 0',
    "reasoning": b'"reasoning": "',
    "extra-fields": b'"provider": "demo"',
    "content-null": b'"content": null',
    "split-emoji": "🌳".encode(),
    "deep-json": b"[[[[",
    "event-ping-json": b"\nevent: ping\ndata: {}\n\n",
    "id-before-comment": b"\nid: 7\n: keep-alive\n\n",
    "data-null": b"\ndata: null\n\n",
    "delta-null": b'"delta": null',
    "delta-string": b'"delta": "',
    "text-for-delta": b'"text": "',
    "index-null": b'"index": null',
    "index-string": b'"index": "0"',
    "done-quoted": b'data: "[DONE]"\n\n',
    "bytes-repr": b"data: b'[DONE]'\n\n",
    "python-dict": b"data: {'choices': [{'",
    "json-twice": b'data: "{\\"choices\\": ',
    "literal-newlines": rb"data: [DONE]\n\n",
    "html-inside": b"<h1>504 Gateway Time-out</h1>",
    "traceback-inside": b"\n\nTraceback (most recent call last):\n",
    "json-error-bare": b'\n\n{"error": {"message": ',
    "other-model": b'"model": "gpt-4o-mini"',
    "model-dated": b'-2025-01-01"',
    "model-prefixed": b'"model": "endpointscope/Endpointscope-Tiny"',
    "nul": b"\\u0000",
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_there_and_is_not_in_a_good_stream(name: str, good: Came) -> None:
    """The bytes that make the mode what it is."""
    assert FORMS[name] in streamed(name).body
    if name != "content-null":  # llama.cpp itself writes it beside the role
        assert FORMS[name] not in good.body


def test_one_delta_holds_the_whole_text(good: Came) -> None:
    """Role, one chunk of text, finish, [DONE]."""
    came = streamed("one-delta")
    assert [delta["content"] for delta in came.deltas if delta.get("content")] == [good.text]
    assert came.events[-1] == "[DONE]"


def test_cumulative_chunks_each_begin_with_the_one_before(good: Came) -> None:
    """The last one is the whole text."""
    texts = [delta["content"] for delta in streamed("cumulative").deltas if delta.get("content")]
    assert all(b.startswith(a) for a, b in itertools.pairwise(texts))
    assert texts[-1] == good.text


def test_re_chunked_pieces_are_equally_long(good: Came) -> None:
    """All but the last, and the text is the same."""
    texts = [delta["content"] for delta in streamed("re-chunked").deltas if delta.get("content")]
    assert {len(text) for text in texts[:-1]} == {7}
    assert "".join(texts) == good.text


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        ("buffered", 1),
        ("buffered-two", 2),
        ("late-pieces", 40),
        ("stall-in-two", 2),
        ("fake-stream", 1),
        ("fake-stream-early", 2),
    ],
)
def test_a_held_stream_comes_in_few_pieces(name: str, reads: int) -> None:
    """The chunks of the transfer encoding are the pieces that were written."""
    sizes = [int(size, 16) for size in re.findall(rb"(?m)^([0-9a-f]+)\r$", wire(name))]
    assert (len(sizes) - 1 == reads) or (reads == 40 and len(sizes) > 40)


@pytest.mark.parametrize("name", ["ids-change", "created-changes"])
def test_what_should_stay_changes(name: str) -> None:
    """As many values as chunks."""
    key = "id" if name == "ids-change" else "created"
    chunks = streamed(name).chunks
    assert len({chunk[key] for chunk in chunks}) == len(chunks)


FINISHES = {
    "finish-missing": [],
    "finish-empty": [],
    "finish-twice": ["length", "length"],
    "finish-unknown": ["eos_token"],
    "finish-with-text": ["length"],
    "finish-null-dropped": ["length"],
}


@pytest.mark.parametrize("name", FINISHES)
def test_a_finish_reason_comes_as_often_as_the_mode_says(name: str, good: Came) -> None:
    """Text and [DONE] are in order all the same."""
    came = streamed(name)
    reasons = [chunk["choices"][0].get("finish_reason") for chunk in came.chunks]
    assert [reason for reason in reasons if reason] == FINISHES[name]
    assert came.text == good.text
    assert came.events[-1] == "[DONE]"


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("cut", False), ("cut-event", False), ("cut-character", False), ("cut-gzip", False),
        ("cut-connection", True), ("cut-chunk", True), ("cut-length", True),
        ("length-short", False), ("cut-done", False), ("cut-idle", True),
    ],
)  # fmt: skip
def test_a_cut_is_seen_by_the_transport_or_not(name: str, cut: bool) -> None:
    """A clean end looks like any other; the rest is a broken message."""
    came = streamed(name)
    assert came.cut is cut
    assert b'"finish_reason":"length"' not in came.body
    assert came.events[-1:] == ["[DONE]"] if name == "cut-done" else b"[DONE]" not in came.body


def test_a_reset_connection_is_reset() -> None:
    """RST, in the middle of a stream, after its end and in place of an answer."""
    for name in ("cut-reset", "resets", "reset-after-finish"):
        with pytest.raises(ConnectionResetError):
            wire(name)


def test_a_cut_character_ends_inside_it() -> None:
    """Two bytes of four."""
    assert streamed("cut-character").body.endswith("🌳".encode()[:2])


WIRES = {
    "not-http": b"SSH-2.0-",
    "tls-bytes": b"\x15\x03\x01",
    "hangs-up": b"",
    "half-headers": b"HTTP/1.1 200 OK\r\nContent-Type: text/ev",
    "upper-case-headers": b"\r\nCONTENT-TYPE: text/event-stream\r\n",
    "cut-length": b"\r\nContent-Length: 10000000\r\n",
    "behind-proxies": b"\r\nVia: 1.1 varnish\r\n",
}


@pytest.mark.parametrize("name", WIRES)
def test_what_is_on_the_wire(name: str) -> None:
    """Byte for byte, below any HTTP client."""
    raw = wire(name)
    assert WIRES[name] in raw
    if name in ("not-http", "tls-bytes", "hangs-up", "half-headers"):
        assert len(raw) < 60


def test_until_eof_has_neither_length_nor_chunks() -> None:
    """The end of the connection is the end of the body."""
    head, _, body = wire("until-eof").partition(b"\r\n\r\n")
    assert b"Content-Length" not in head
    assert b"Transfer-Encoding" not in head
    assert body.endswith(b"data: [DONE]\n\n")


BODIES_FOR_A_STREAM = {
    "json-for-stream": ("application/json; charset=utf-8", b"{"),
    "html-for-stream": ("text/html; charset=utf-8", b"<!DOCTYPE"),
    "ndjson": ("application/x-ndjson", b"{"),
    "empty": ("application/json", b""),
    "error-200": ("application/json", b'{"error"'),
    "content-type-text": ("text/plain; charset=utf-8", b"data: "),
    "content-type-json": ("application/json", b"data: "),
}


@pytest.mark.parametrize("name", BODIES_FOR_A_STREAM)
def test_what_comes_in_place_of_a_stream(name: str) -> None:
    """Status 200, and something else."""
    came = streamed(name)
    assert came.status == 200
    assert came.headers["content-type"] == BODIES_FOR_A_STREAM[name][0]
    assert came.body.startswith(BODIES_FOR_A_STREAM[name][1])


def test_no_empty_lines_are_no_events() -> None:
    """Lines of data, and nothing that parts them."""
    body = streamed("no-empty-lines").body
    assert b"\n\n" not in body
    assert body.count(b"\ndata: ") > 10


REFUSALS = [entry.name for entry in REGISTRY.values() if entry.name.startswith("401-")]


@pytest.mark.parametrize("name", REFUSALS)
def test_a_wrong_key_is_refused_in_every_shape(name: str) -> None:
    """Eight of JSON and four that are none, all with 401."""
    assert len(REFUSALS) == 12
    assert streamed(name).status == 401
    assert streamed(name, stream=False).body == streamed(name).body


STATUSES = {
    "400-key": 400, "no-path": 404, "too-long": 400, "rate-limited-date": 429,
    "rate-limited-mute": 429, "no-credit": 429, "error-502": 502, "error-504": 504,
    "https-wanted": 400,
}  # fmt: skip


@pytest.mark.parametrize("name", STATUSES)
def test_an_error_has_its_status(name: str) -> None:
    """Streamed or not."""
    assert streamed(name).status == STATUSES[name]
    assert ("retry-after" in streamed(name).headers) == (name == "rate-limited-date")


def test_flaky_fails_once_and_answers_the_same_request_then() -> None:
    """Each request has its own first time."""
    seeds = (101, 102)
    statuses = [chat(demo("flaky+fast"), seed=seed).status for seed in seeds + seeds]
    assert statuses == [503, 503, 200, 200]


@pytest.mark.parametrize(
    ("name", "status"),
    [("redirect-301", 301), ("redirect-302", 302), ("redirect-307", 307), ("redirect-308", 308),
     ("redirect-host", 307), ("redirect-loop", 307)],
)  # fmt: skip
def test_a_redirect_leads_where_it_says(name: str, status: int) -> None:
    """To the answer, by another name of the host, or round and round."""
    endpoint = demo(f"{name}+fast")
    came = chat(endpoint)
    assert came.status == status
    place = urlsplit(came.headers["location"])
    assert (place.hostname == "localhost") == (name == "redirect-host")
    client = connection(endpoint)
    body = json.dumps({"model": "m", "messages": PROMPT, "max_tokens": 2}).encode()
    again = received(client, "POST", f"{place.path}?{place.query}".rstrip("?"), body)
    client.close()
    assert again.status == (307 if name == "redirect-loop" else 200)


def test_a_self_signed_certificate_is_one() -> None:
    """TLS works, and no store of certificates vouches for it."""
    url = urlsplit(demo("self-signed").url)
    assert url.scheme == "https"
    trusting = ssl.create_default_context()
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
        _greeted(url.port or 0, trusting)
    pem = ssl.get_server_certificate(("127.0.0.1", url.port or 0))
    assert _greeted(url.port or 0, ssl.create_default_context(cadata=pem)).startswith("TLSv1")
    assert url.port == urlsplit(demo("self-signed").url).port


@pytest.mark.parametrize(
    ("asked_for", "says"),
    [
        ({"expires_in": timedelta(days=-1)}, "certificate has expired"),
        ({"names": ["wrong.example"]}, "certificate is not valid for '127.0.0.1'"),
    ],
)
def test_a_certificate_can_be_wrong_in_one_way(asked_for: dict[str, Any], says: str) -> None:
    """Even a client that trusts whoever signed it refuses it, for that one reason."""
    with recording_server(tls=self_signed(**asked_for)) as server:
        port = urlsplit(server.url).port or 0
        pem = ssl.get_server_certificate(("127.0.0.1", port))
        trusting = ssl.create_default_context(cadata=pem)
        with pytest.raises(ssl.SSLCertVerificationError, match=says):
            _greeted(port, trusting)


def _greeted(port: int, context: ssl.SSLContext) -> str:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as client,
    ):
        return client.version() or ""


def test_a_huge_event_is_one_event_of_50_mb() -> None:
    """One line of data, and the stream goes on behind it."""
    came = streamed("huge-event", max_tokens=2)
    assert max(map(len, came.body.split(b"\n"))) > 50_000_000
    assert came.body.endswith(b"data: [DONE]\n\n")


def test_a_million_events_hold_nothing() -> None:
    """Each is a name without data."""
    assert streamed("empty-events", max_tokens=2).body.count(b"event: ping\n\n") == 1_000_000


def test_a_bomb_is_small_on_the_wire() -> None:
    """A thousandth of what it unpacks to, in members that are whole."""
    came = streamed("gzip-bomb", max_tokens=2)
    assert came.headers["content-encoding"] == "gzip"
    assert len(came.body) < 1_500_000
    unpacked, packed = 0, came.body
    while packed and unpacked < 100_000_000:
        member = zlib.decompressobj(wbits=31)
        unpacked += len(member.decompress(packed))
        packed = member.unused_data
    assert unpacked >= 100_000_000


@pytest.mark.parametrize(
    "name",
    ["endless", "keep-alives-forever", "never-close", "byte-a-second", "empty-chunks-forever"],
)
def test_an_endless_mode_goes_on(name: str) -> None:
    """The connection stays open; only the client ends it."""
    url = urlsplit(demo(f"{name}+fast").url)
    body = b'{"messages": [], "max_tokens": 2, "stream": true}'
    with socket.create_connection((url.hostname, url.port), timeout=0.6) as client:
        client.sendall(posted(url, body))
        start_s = time.monotonic()
        with contextlib.suppress(TimeoutError):
            while time.monotonic() - start_s < 0.6:
                assert client.recv(65536)
