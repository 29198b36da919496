"""Readings: events, answer, times and findings out of recordings."""

from __future__ import annotations

import gzip
import json
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.tests.support import recordings
from helpers.tests.support.recordings import timed
from helpers.wire.reading import Reading
from helpers.wire.recording import Recording

SSE = "text/event-stream; charset=utf-8"
FULL = json.dumps(
    {
        "choices": [{"message": {"content": "A tree 🌳"}, "finish_reason": "stop"}],
        "usage": {"completion_tokens": 4},
    }
).encode()


def chunk(finish: str | None = None, **delta: object) -> bytes:
    """Return a chunk as an event."""
    body = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"


STREAM = b"".join(
    [
        chunk(role="assistant", content=""), chunk(reasoning="Hm."), b": wait\r\n\r\n",
        chunk(content="A tree 🌳"), chunk(tool_calls=[{"index": 0, "function": {"name": "plant"}}]),
        chunk("stop"), b'data: {"choices":[],"usage":{"completion_tokens":4}}\n\n',
        b"data: [DONE]\n\n",
    ]
)  # fmt: skip


def recorded(
    *reads: bytes, media_type: str = SSE, encoding: str = "", end: str = "eof"
) -> Recording:
    """Return a recording whose reads came at 1, 2, 3 … seconds."""
    headers = (("Content-Type", media_type), ("Content-Encoding", encoding))
    return recordings.recorded(
        timed(*reads, every_s=1),
        request_body=b"",
        headers=headers,
        headers_s=0.5,
        end=end,
        end_s=len(reads) + 0.5,
    )


def read(recording: Recording, streamed: bool | None = True) -> Reading:
    """Return the reading of a whole recording."""
    reading = Reading(recording, streamed)
    reading.catch_up()
    return reading


@given(st.lists(st.integers(0, len(STREAM))), st.sampled_from(["", "gzip", "deflate"]))
def test_any_split_gives_the_same_answer(places, encoding):
    """Where the network cuts the bytes, compressed or not, the answer is the same."""
    body = {"": STREAM, "gzip": gzip.compress(STREAM), "deflate": zlib.compress(STREAM)}[encoding]
    edges = sorted({0, len(body), *(place % len(body) for place in places)})
    pieces = [body[start:end] for start, end in pairwise(edges)]
    reading = read(recorded(*pieces, encoding=encoding))
    whole = read(recorded(STREAM))
    assert (whole.answer, whole.done) == (reading.answer, reading.done)
    assert [event for *_, event in whole.events] == [event for *_, event in reading.events]
    assert whole.findings == reading.findings


def test_a_growing_recording_is_read_once():
    """Each call gives what came since the last, and together they give the answer."""
    recording = recorded(end="")
    reading = Reading(recording, streamed=True)
    texts = []
    for number, byte in enumerate(STREAM):
        recording.reads.append((number / 1000, bytes([byte])))
        texts += [delta.text for delta in reading.catch_up()]
    assert reading.catch_up() == []
    recording.end = "eof"
    assert reading.catch_up() == []
    assert ("".join(texts), reading.answer.text) == ("A tree 🌳", "A tree 🌳")


def test_events_carry_the_read_that_completed_them():
    """Two events of one read share its time; an event cut in half has that of its second half."""
    first, second = chunk(content="a"), chunk(content="b")
    reading = read(recorded(first + second, second[:9], second[9:]))
    assert [(at_s, read) for at_s, read, _ in reading.events] == [(1.0, 0), (1.0, 0), (3.0, 2)]
    assert reading.timing.chunk_s == (1.0, 1.0, 3.0)


def test_times_are_those_of_output():
    """A role is no first text, reasoning no first output, the finish no last output."""
    timing = read(
        recorded(
            b": wait\n\n", chunk(role="assistant"), chunk(reasoning="Hm."), chunk(content="A"),
            chunk(content="B"), chunk("stop"), b'data: {"usage":{"completion_tokens":3}}\n\n',
        )
    ).timing  # fmt: skip
    assert (timing.headers_s, timing.first_byte_s, timing.first_event_s) == (0.5, 1.0, 2.0)
    assert (
        timing.ttft_s, timing.ttfo_s, timing.last_output_s, timing.end_s,
    ) == (3.0, 4.0, 5.0, 7.5)  # fmt: skip
    assert (timing.chunk_s, timing.tokens, timing.tpot_s) == ((3.0, 4.0, 5.0), 3, 1.0)


def test_a_full_answer_is_read_when_it_ended():
    """It has no time to first text, and its text comes as one delta."""
    reading = Reading(recorded(FULL[:40], FULL[40:], media_type="application/json"), False)
    [delta], nothing = reading.catch_up(), reading.catch_up()
    assert nothing == []
    assert (delta.text, reading.answer.finish_reason) == ("A tree 🌳", "stop")
    assert (reading.timing.ttft_s, reading.timing.chunk_s, reading.timing.tokens) == (None, (), 4)
    assert reading.findings == {}


@pytest.mark.parametrize("media_type", [SSE, "application/json"])
def test_a_full_answer_to_a_streamed_request_is_read(media_type):
    """The stream flag was ignored: a finding, and no text is lost."""
    reading = read(recorded(FULL, media_type=media_type))
    assert (reading.answer.text, reading.findings) == ("A tree 🌳", {"full-for-stream": 1})


def test_a_stream_for_a_full_request_is_read():
    """Also where the media type says something else."""
    reading = read(recorded(STREAM, media_type="text/plain"), streamed=False)
    assert reading.answer.text == "A tree 🌳"
    assert (reading.findings["stream-for-full"], reading.findings["odd-media-type"]) == (1, 1)


def test_a_page_for_a_stream_is_an_error():
    """What is neither SSE nor an answer has a name of its own."""
    reading = read(recorded(b"<html><title>Welcome to Oak</title>", media_type="text/html"))
    assert (reading.answer.error.message, reading.findings["not-sse"]) == ("Welcome to Oak", 1)


@pytest.mark.parametrize("end", ["closed", "broken", "limit"])
def test_what_arrived_before_the_end_is_kept(end):
    """Of a stream and of a full answer, however they ended."""
    stream = read(recorded(chunk(content="A tr") + b'data: {"cho', end=end))
    full = read(recorded(FULL[:43], media_type="application/json", end=end), streamed=False)
    assert (stream.answer.text, stream.findings["unfinished-event"]) == ("A tr", 1)
    assert (full.answer.text[:4], full.findings["cut-json"]) == ("A tr", 1)


def test_an_error_field_is_an_error():
    """`error: {…}` is no field of the standard, but what a server means is clear."""
    reading = read(recorded(chunk(content="A"), b'error: {"message":"no sap"}\n\n'))
    assert (reading.answer.text, reading.answer.error.message) == ("A", "no sap")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_a_wrong_encoding_is_a_finding(encoding):
    """A body that is not what its header says is read as it came."""
    reading = read(recorded(STREAM[:1], STREAM[1:], encoding=encoding))
    assert (reading.answer.text, reading.findings["bad-encoding"]) == ("A tree 🌳", 1)


def test_damage_after_a_good_start_ends_the_text():
    """What was decoded before is kept, and the rest is not taken for text."""
    body = gzip.compress(chunk(content="oak"))[:-8]
    reading = read(recorded(body, b"\0" * 8, chunk(content="!"), encoding="gzip"))
    assert reading.answer.text == "oak"
    assert reading.findings["bad-encoding"] == 1


def test_streamed_is_looked_up_in_the_request():
    """So a loaded recording gives the same findings as the live one."""
    recording = recorded(FULL)
    recording.request_body = b'{"stream": true}'
    assert Reading(recording).streamed
    assert not Reading(recorded(FULL)).streamed


@given(st.lists(st.binary(max_size=30)), st.booleans(), st.sampled_from(["", "gzip"]))
def test_random_bytes_never_raise(reads, streamed, encoding):
    """Whatever comes, there is an answer, a timing and an end."""
    reading = read(recorded(*reads, encoding=encoding), streamed)
    assert reading.answer.text.encode() is not None
    assert len(reads) + 0.5 == reading.timing.end_s


def test_a_full_answer_is_there_with_its_last_byte() -> None:
    """An answer in one piece has a last output, and no first one before it."""
    body = b'{"choices": [{"index": 0, "finish_reason": "stop", "message": {"content": "hi"}}]}'
    recording = recordings.recorded([(0.1, body[:9]), (0.4, body[9:])])
    reading = Reading(recording, streamed=False)
    reading.catch_up()
    assert (reading.timing.ttft_s, reading.timing.last_output_s) == (None, 0.4)
