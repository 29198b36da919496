"""The event stream parser, by the rules of the WHATWG's standard."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.wire.sse import Event, SSEParser

WILLOW = (
    b"\xef\xbb\xbf: bark\r\nid: 7\nevent: leaf\ndata: \xf0\x9f\x8c\xb3\ndata:\r\r\ndata: next\n\n"
)

bodies = st.lists(
    st.sampled_from(
        [b"data: root", b"data:", b"data", b": sap", b"id: 4", b"id: \0", b"event: leaf",
         b"retry: 30", b"retry: x", b"\n", b"\n\n", b"\r", b"\r\n",
         b"\xef\xbb\xbf", b"\xf0\x9f\x8c\xb3", b"\xff"]
    )
    | st.binary(max_size=4)
).map(b"".join)  # fmt: skip


def parse(*pieces: bytes) -> tuple[list[Event], SSEParser]:
    """Return the events of a whole stream, and the parser for what it kept beside them."""
    parser = SSEParser()
    events = [event for piece in pieces for event in parser.feed(piece)]
    parser.close()
    return events, parser


def cut(body: bytes, places: list[int]) -> list[bytes]:
    """Return the body cut at these places."""
    edges = sorted({0, len(body), *(place % (len(body) + 1) for place in places)})
    return [body[start:end] for start, end in pairwise(edges)]


@given(bodies, st.lists(st.integers(0, 200)))
def test_any_split_gives_the_same_events(body, places):
    """Where the network cuts the bytes changes neither events nor what is kept beside them."""
    whole, together = parse(body)
    pieces, apart = parse(*cut(body, places))
    assert whole == pieces
    assert (together.last_id, together.retry_ms) == (apart.last_id, apart.retry_ms)
    assert set(together.findings) == set(apart.findings)


@given(st.binary())
def test_random_bytes_never_raise(body):
    """Whatever comes is read, and what is read can be encoded again."""
    events, _ = parse(body)
    assert all(event.data.encode() is not None for event in events)


def test_a_stream_is_read_byte_by_byte():
    """BOM, comment, id, event name, an emoji and all three line ends arrive one byte at a time."""
    events, parser = parse(*(bytes([byte]) for byte in WILLOW))
    assert [Event("leaf", "🌳\n", "7"), Event("message", "next", "7")] == events
    assert parser.findings == {"bom": 1, "comment": 1}


def test_a_cr_lf_cut_in_half_is_one_line_end():
    """The LF that follows in the next read does not end a second, empty line."""
    events, _ = parse(b"data: oak\r", b"\ndata: elm\r", b"\n\r", b"\n")
    assert [Event("message", "oak\nelm")] == events


def test_a_final_cr_completes_the_event_at_once():
    """An event is not held back until the byte after its last CR arrives."""
    assert [Event("message", "oak")] == SSEParser().feed(b"data: oak\r\r")


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b"data:oak\n\n", "oak"),
        (b"data:  oak\n\n", " oak"),
        (b": \ndata:\todd \n\n", "\todd "),
        (b"data\n\n", ""),
        (b"data:\ndata:\n\n", "\n"),
        (b"data: a: b\n\n", "a: b"),
        (b"data: \xe2\x28\n\n", "\ufffd("),
    ],
)
def test_one_space_after_the_colon_is_dropped(body, data):
    """Field values keep everything but one leading space."""
    assert [Event("message", data)] == parse(body)[0]


def test_an_event_without_data_is_not_dispatched():
    """Its id counts from then on all the same."""
    events, parser = parse(b"event: ping\nid: 3\n\nretry: 3000\n\ndata: oak\n\n")
    assert [Event("message", "oak", "3")] == events
    assert (parser.retry_ms, parser.findings["event-without-data"]) == (3000, 2)


def test_an_id_that_contains_nul_is_ignored():
    """The id before it stays."""
    events, _ = parse(b"id: 1\ndata: a\n\nid: 2\0\ndata: b\n\nid\ndata: c\n\n")
    assert [event.id for event in events] == ["1", "1", ""]


@pytest.mark.parametrize("value", ["", "1.5", "-1", "1e3", "²", "٣"])
def test_a_retry_with_other_than_ascii_digits_is_ignored(value):
    """Only ASCII digits make a reconnection time."""
    events, parser = parse(f"retry: {value}\ndata: a\n\n".encode())
    assert (events[0].retry, parser.retry_ms) == (None, None)


def test_only_the_first_bom_is_dropped():
    """A later one makes the name of its field unknown."""
    events, parser = parse(b"\xef\xbb", b"\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n")
    assert [Event("message", "a")] == events
    assert parser.unknown_lines == [("\ufeffdata", "b")]


def test_an_unfinished_event_at_the_end_is_only_counted():
    """The standard discards it, so the answer must not count on it."""
    events, parser = parse(b"data: oak\n\ndata: cut")
    assert [Event("message", "oak")] == events
    assert parser.findings["unfinished-event"] == 1


def test_oddities_are_counted_by_name():
    """Damaged UTF-8, empty data and unknown fields are kept for whoever judges the stream."""
    _, parser = parse(b"data: \xff\n\ndata:\n\nerror: {}\n\nevent: ping\n\n")
    expected = {"bad-utf-8": 1, "empty-data": 1, "unknown-field": 1, "event-without-data": 1}
    assert expected == parser.findings
    assert parser.unknown_lines == [("error", "{}")]


def test_a_giant_line_in_small_pieces_takes_linear_time():
    """Joining what came so far with every piece would copy 160 gigabytes here."""
    parser = SSEParser()
    started = time.process_time()
    parser.feed(b"data: ")
    for _ in range(80_000):
        parser.feed(b"x" * 50)
    [event] = parser.feed(b"\n\n")
    assert len(event.data) == 4_000_000
    assert time.process_time() - started < 5
