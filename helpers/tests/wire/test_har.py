"""HAR files: complete for viewers, without secrets, and those of other tools."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.diagnose.diagnosis import diagnose
from helpers.tests.support.recordings import recorded, timed
from helpers.wire.har import from_har, to_har
from helpers.wire.reading import Reading, read
from helpers.wire.recording import Recording

KEY = "sk/oak+" + "0123456789"
SECRETS = (KEY, "me:birch-bark")


def through_har(recording: Recording, *secrets: str) -> Recording:
    """Return the recording written as a file would hold it, and read again."""
    [loaded] = from_har(json.loads(json.dumps(to_har([recording], secrets=secrets))))
    return loaded


def test_what_viewers_require_is_there():
    """HAR 1.2's required fields, -1 where a time is unknown."""
    har = to_har([recorded(timed(b"oak")), recorded(status=None, end="broken", headers_s=None)])
    first, second = har["log"]["entries"]
    assert {"version", "creator", "pages", "entries"} == set(har["log"])
    for entry in (first, second):
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= set(entry)
        for message in (entry["request"], entry["response"]):
            names = {"httpVersion", "cookies", "headers", "headersSize", "bodySize"}
            assert names <= set(message)
        timings = entry["timings"]
        assert min(timings[name] for name in ("send", "wait", "receive")) >= 0
        assert entry["time"] == pytest.approx(sum(time for time in timings.values() if time > 0))
    assert (200, 0) == (first["response"]["status"], second["response"]["status"])


@given(st.binary(max_size=40), st.integers(0, 120), st.sampled_from(["", "gzip"]))
def test_no_secret_is_saved_wherever_it_is_cut(noise, place, encoding):
    """The key as it is, in JSON, in an address, in base64, compressed, cut by reads."""
    basic = base64.b64encode(b"me:birch-bark").decode()
    forms = [KEY, KEY.replace("/", "\\/"), basic, "birch-bark"]
    body = noise + " ".join(forms).encode() + noise
    sent = gzip.compress(body) if encoding else body
    recording = recorded(
        timed(sent[:place], sent[place:]), request_body=body, url=f"http://me:birch-bark@oak/{KEY}?key=1",
        headers=(("Content-Encoding", encoding), ("X-Echo", KEY)), reason=KEY,
        request_headers=(("Authorization", f"Bearer {KEY}"),),
    )  # fmt: skip
    loaded = through_har(recording, *SECRETS)
    text = json.dumps(to_har([recording], secrets=SECRETS)).encode()
    for saved in (text, loaded.body, loaded.request_body, repr(loaded).encode()):
        assert not [form for form in forms if form.rstrip("=").encode() in saved]
    assert len(recording.body) == len(loaded.body)
    assert [len(data) for _, data in loaded.reads][-1] == len(loaded.body) - len(loaded.reads[0][1])


def test_two_secrets_that_overlap_are_hidden_both():
    """Hiding one must not leave the other's end."""
    loaded = through_har(recorded(timed(b"<oak-birch-elm>")), "oak-birch", "birch-elm")
    assert b"<*************>" == loaded.body


@pytest.mark.parametrize("encoding", ["br", ""])
def test_a_body_that_cannot_be_searched_is_hidden_whole(encoding):
    """Compressed in a way that is not declared, or not known here."""
    body = gzip.compress(KEY.encode())
    loaded = through_har(recorded(timed(body), headers=(("Content-Encoding", encoding),)), KEY)
    assert b"*" * len(body) == loaded.body


def test_a_compressed_body_is_marked_and_judged_the_same():
    """Also where its encoding cannot be undone."""
    body = b'data: {"choices":[{"index":0,"delta":{"content":"oak"}}]}\n\n'
    headers = (("Content-Type", "text/event-stream"), ("Content-Encoding", "gzip"))
    good = recorded(timed(gzip.compress(body)), headers=headers)
    bad = recorded(timed(body), headers=headers)
    [entry] = to_har([good])["log"]["entries"]
    assert "kept decoded" in entry["response"]["content"]["comment"]
    assert diagnose(read(good)) == diagnose(read(through_har(good)))
    assert diagnose(read(bad)) == diagnose(read(through_har(bad)))


BROWSER = {
    "startedDateTime": "2026-11-22T10:00:00.000+01:00", "time": 812.5, "_resourceType": "fetch",
    "request": {"method": "POST", "url": "https://oak/v1/chat/completions", "headers": [
        {"name": ":authority", "value": "oak"}], "postData": {"text": '{"stream":true}'}},
    "response": {"status": 200, "statusText": "", "headers": [
        {"name": "content-type", "value": "text/event-stream"},
        {"name": "content-encoding", "value": "br"}],
        "content": {"size": 14, "text": base64.b64encode(b"data: [DONE]\n\n").decode(),
                    "encoding": "base64"}},
    "timings": {"blocked": 2, "send": 0.5, "wait": 300, "receive": 512, "ssl": -1},
}  # fmt: skip


def test_a_browsers_export_is_one_read_without_times():
    """Its body is decoded already, and when its parts came is not in it."""
    [loaded] = from_har({"log": {"version": "1.2", "entries": [BROWSER]}})
    reading = Reading(loaded)
    reading.catch_up()
    assert ([(0.8125, b"data: [DONE]\n\n")], False) == (loaded.reads, loaded.timed)
    assert (0.3005, 0.8125, ()) == (loaded.headers_s, loaded.end_s, loaded.request_headers)
    assert (reading.done, reading.streamed, reading.findings["bad-encoding"]) == (True, True, 0)


def test_a_browsers_export_shows_no_key_that_the_browser_wrote_down():
    """Of its headers, address and body, and wherever the answer repeats one."""
    keys = ["sk-oak-0123456789abcdef", "birch-0123456789", "elm-9876543210", "ash-0123456789abc"]
    bearer, queried, in_body, of_a_tool = keys
    sent = {"api_key": in_body, "tools": [{"type": "mcp", "authorization": f"Bearer {of_a_tool}"}]}
    request = BROWSER["request"] | {
        "url": f"https://h/v1/chat/completions?key={queried}",
        "headers": [{"name": "X-Org", "value": bearer}],
        "postData": {"mimeType": "application/json", "text": json.dumps(sent)},
    }
    content = {"mimeType": "application/json", "text": json.dumps({"error": " ".join(keys)})}
    entry = BROWSER | {"request": request, "response": BROWSER["response"] | {"content": content}}
    [loaded] = from_har({"log": {"entries": [entry]}})
    assert not [key for key in keys if key in repr(vars(loaded))]
    assert loaded == through_har(loaded)


def test_entries_without_their_body_are_passed_over():
    """Browsers drop bodies; a file with none at all is explained."""
    bare = BROWSER | {"response": BROWSER["response"] | {"content": {"size": 900}}}
    assert 1 == len(from_har({"log": {"entries": [bare, BROWSER]}}))
    with pytest.raises(ValueError, match=r"none of which holds its body.*with content"):
        from_har({"log": {"entries": [bare]}})


@pytest.mark.parametrize(
    ("har", "words"),
    [
        ({"__export_format": 4, "resources": []}, "Insomnia's own export"),
        ({"info": {}, "item": []}, "a Postman collection"),
        ([], "another kind: a list"),
        ({"log": {"entries": {}}}, "no log.entries"),
        ({"log": {"entries": [{"response": {}}]}}, "entry 1 of 1 with no 'request'"),
        ({"log": {"entries": [BROWSER | {"request": {"method": "GET", "url": "http://[::1"}}]}},
         "Invalid IPv6"),
        ({"log": {"entries": [BROWSER | {"_reads": [["x", 1]], "_end": "eof"}]}}, "not times with"),
        ({"log": {"entries": [BROWSER | {"_reads": [[1, 2]], "_end": "eof"}]}}, "up to 2 bytes"),
    ],
)  # fmt: skip
def test_what_is_foreign_or_damaged_is_explained(har, words):
    """What was expected, what came, what to do."""
    with pytest.raises(ValueError, match=r"Expected a HAR 1\.2") as raised:
        from_har(har)
    assert words in str(raised.value)


ANY = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "headers", "content", "status"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@given(st.sampled_from(["request", "response", "time", "timings", "_reads", "_end_us"]), ANY)
def test_a_damaged_entry_loads_or_is_explained(field, value):
    """Nothing but a ValueError comes out of any file."""
    try:
        loaded = from_har({"log": {"entries": [BROWSER | {"_end": "eof"} | {field: value}]}})
    except ValueError as error:
        said = [str(error)[:8]]
    else:
        said = ["Expected" for recording in loaded if diagnose(read(recording))]
    assert {"Expected"} >= set(said)


@pytest.mark.parametrize(
    ("end", "cause", "detail", "limit_s"),
    [
        ("broken", "reset", "by peer", None), ("broken", "framing", "Invalid chunk size", None),
        ("limit", "silence", "", 30.0), ("limit", "whole", "", 600.0), ("eof", "", "", None),
        ("closed", "", "", None),
    ],
)  # fmt: skip
def test_what_happened_to_the_connection_is_kept(
    end: str, cause: str, detail: str, limit_s: float | None
) -> None:
    """So a saved recording gives the same findings again."""
    recording = recorded(timed(b"data: oak\n\n"), end=end, cause=cause, detail=detail, end_s=31.5)
    recording.limit_s = limit_s
    loaded = through_har(recording)
    assert recording.ending == loaded.ending
    assert diagnose(read(recording)) == diagnose(read(loaded))


def test_what_was_noted_beside_the_bytes_is_kept() -> None:
    """Our own pauses, an echoed key, and what a path that cannot exist answered."""
    noted = recorded(
        timed(b"{}"), status=404, sibling="alike", echoed=True, pauses=[(0.25, 1.5)]
    )  # fmt: skip
    loaded = through_har(noted)
    assert ("alike", True) == (loaded.sibling, loaded.echoed)
    assert [(0.25, 1.5)] == loaded.pauses


def test_the_networks_words_are_masked_as_all_else() -> None:
    """An error may quote the header that it could not read."""
    recording = recorded(status=None, end="broken", cause="protocol", detail=f"bad header {KEY}")
    assert KEY not in json.dumps(to_har([recording], secrets=SECRETS))
