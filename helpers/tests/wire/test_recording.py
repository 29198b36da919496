"""Recordings: bodies, and HAR files with their secrets taken out."""

from __future__ import annotations

import copy
import gzip
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.endpoint import resolve
from helpers.recordings import save
from helpers.tests.support import recordings
from helpers.tests.support.recordings import SSE, Read
from helpers.wire.har import from_har, to_har
from helpers.wire.reading import Reading
from helpers.wire.recording import Recording

KEY = "sk-oak-0123456789"
READS = [(0.25, b"data: A tr\xc3"), (0.5, b"\xa9e\n\ndata: \xf0"), (0.500001, b"\n\n")]


def recorded(reads: list[Read] = READS, **other: object) -> Recording:
    """Return a recording with something in each of its fields."""
    full = {
        "request_body": '{"prompt":"é"}'.encode(),
        "request_headers": (("Authorization", f"Bearer {KEY}"), ("Accept", "*/*")),
        "started_at": "2026-11-22T10:00:00.000Z",
        "call_s": -0.001,
        "headers": (*SSE, ("X-RateLimit-Remaining-Tokens", "9")),
        "headers_s": 0.125,
        "end_s": 1.5,
    }
    return recordings.recorded(reads, **full | other)


def through_har(recording: Recording) -> Recording:
    """Return the recording written as a file would hold it, and read again."""
    [loaded] = from_har(json.loads(json.dumps(to_har([recording]))))
    return loaded


@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.binary(max_size=9)), max_size=5),
    st.sampled_from(["eof", "closed", "broken", "limit"]),
)
def test_a_recording_survives_a_har(reads, end):
    """Bytes to the byte, times to the microsecond, also where the body is not UTF-8."""
    recording = recorded([(us / 1e6, data) for us, data in reads], end=end)
    loaded = through_har(recording)
    names = ("reads", "end", "end_s", "headers_s", "call_s", "status", "request_body", "started_at",
             "headers", "url", "body")  # fmt: skip
    assert {name: getattr(recording, name) for name in names} == {
        name: getattr(loaded, name) for name in names
    }


def test_a_loaded_recording_reads_the_same():
    """Compressed or not: events, times and answer are those of the live one."""
    body = gzip.compress(b'data: {"choices":[{"delta":{"content":"oak"}}]}\n\n' * 3)
    headers = (("Content-Type", "text/event-stream"), ("Content-Encoding", "gzip"))
    recording = recorded([(0.25, body[:30]), (0.5, body[30:])], headers=headers)
    live, again = Reading(recording, True), Reading(through_har(recording), True)
    assert live.catch_up() == again.catch_up()
    assert (live.events, live.timing, live.findings) == (again.events, again.timing, again.findings)
    assert b"oak" in through_har(recording).body


def test_no_answer_stays_no_answer():
    """A refused connection has no status, no headers and its own end."""
    refused = recorded(
        [], status=None, headers=(), headers_s=None, end="broken", end_s=0.01, started_at=""
    )
    loaded = through_har(refused)
    assert (
        loaded.status, loaded.headers_s, loaded.reads, loaded.end, loaded.end_s, loaded.started_at,
    ) == (None, None, [], "broken", 0.01, "")  # fmt: skip


def test_secrets_become_as_many_asterisks():
    """In headers, address and bodies, also where two reads share the key's value."""
    body = f"you sent {KEY}, willow".encode()
    recording = recorded(
        [(0.25, body[:15]), (0.5, body[15:])],
        url=f"http://me:pass@oak/v1?api_key={KEY}&max_tokens=9", request_body=KEY.encode(),
        request_headers=(("Authorization", f"Bearer {KEY}"), ("X-Api-Key", "short")),
        headers=(("Set-Cookie", "a=b"), ("X-Echo", f"<{KEY}>"), ("X-Tokens", "9")),
    )  # fmt: skip
    text = json.dumps(to_har([recording]))
    loaded = through_har(recording)
    stars = "*" * len(KEY)
    assert not [word for word in (KEY, "me:pass", "a=b", "short") if word in text]
    assert (("Authorization", f"Bearer {stars}"), ("X-Api-Key", "*****")) == loaded.request_headers
    assert (("Set-Cookie", "***"), ("X-Echo", f"<{stars}>"), ("X-Tokens", "9")) == loaded.headers
    assert f"http://*******@oak/v1?api_key={stars}&max_tokens=9" == loaded.url
    assert [15, len(body) - 15] == [len(data) for _, data in loaded.reads]


def test_a_har_of_another_tool_is_one_read():
    """Without `_reads` the body came when the entry ended."""
    har = copy.deepcopy(to_har([recorded()]))
    [entry] = har["log"]["entries"]
    for name in [name for name in entry if name.startswith("_")]:
        del entry[name]
    [loaded] = from_har(har)
    assert [(1.5, recorded().body)] == loaded.reads
    assert (loaded.headers_s, loaded.end, loaded.status) == (0.125, "eof", 200)


@pytest.mark.parametrize("har", [{}, {"log": {"entries": [{}]}}, [], {"log": {"entries": [7]}}])
def test_what_is_no_har_is_refused_in_words(har):
    """The message says what was expected and what to do."""
    with pytest.raises(ValueError, match=r"Expected a HAR 1\.2 with log\.entries.*Export it again"):
        from_har(har)


def test_reads_that_do_not_fit_the_body_are_refused():
    """A damaged file must not pass for a measurement."""
    har = to_har([recorded()])
    har["log"]["entries"][0]["_reads"][0][1] += 1
    with pytest.raises(ValueError, match="_reads add up to 25 bytes, but the body has 24"):
        from_har(har)


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
def test_a_body_in_a_wrong_encoding_is_given_raw(encoding):
    """Asking for the body never raises."""
    recording = recorded(headers=(("Content-Encoding", encoding),))
    assert b"".join(data for _, data in READS) == recording.body


def test_a_gzip_body_in_members_is_whole():
    """Servers that flush write one member after the other."""
    members = gzip.compress(b"oak ") + gzip.compress(b"elm")
    recording = recorded([(0.1, members)], headers=(("content-encoding", "gzip"),))
    assert recording.text == "oak elm"


@pytest.mark.parametrize("wbits", [15, -15])
def test_deflate_is_read_with_and_without_its_wrapper(wbits):
    """Servers send both under the one name, and the first read may be a single byte."""
    deflate = zlib.compressobj(wbits=wbits)
    body = deflate.compress(b"oak and elm") + deflate.flush()
    recording = recorded(
        [(0.1, bytes([byte])) for byte in body], headers=(("Content-Encoding", "deflate"),)
    )
    assert recording.text == "oak and elm"


def test_a_key_of_the_address_is_not_kept_where_the_server_echoes_it(tmp_path):
    """The query is never recorded, so nothing but the endpoint knows that it holds a key."""
    endpoint = resolve("http://oak/v1?api-key=query-secret-1&api-version=2026-11-22")
    echoed = b"api-key=query-secret-1, version 2026-11-22"
    kept = save([recorded([(0.1, echoed)])], endpoint, name="oak", folder=tmp_path).read_text()
    assert "query-secret-1" not in kept
    assert "2026-11-22" in kept
