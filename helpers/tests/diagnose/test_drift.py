"""What changed between two answers, and what a case file says of one."""

import json

from helpers.diagnose.drift import changes
from helpers.endpoint import resolve
from helpers.show.case import case
from helpers.tests.support.recordings import recorded
from helpers.wire.reading import read
from helpers.wire.recording import Recording


def answered(text: str, *, server: str = "one") -> Recording:
    """Return a full answer."""
    body = {
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"content": text}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }
    headers = (("content-type", "application/json"), ("server", server))
    return recorded([(0.2, json.dumps(body).encode())], headers=headers, request_body=b"{}")


def test_nothing_changed_is_an_empty_list() -> None:
    """A recording is like itself."""
    assert [] == changes(read(answered("a tree")), read(answered("a tree")))


def test_text_and_headers_that_changed_are_named() -> None:
    """The text is quoted around the first difference."""
    found = {
        c.what: (c.before, c.after)
        for c in changes(read(answered("a tree")), read(answered("a train", server="two")))
    }
    assert ("one", "two") == found["header server"]
    assert ("a tree", "a train") == found["text from character 4"]


def test_a_field_that_vanished_is_named() -> None:
    """Fields are compared by their path in the JSON."""
    before, after = answered("x"), answered("x")
    after.reads = [
        (0.2, b'{"choices": [{"index": 0, "finish_reason": "stop", "message": {"content": "x"}}]}')
    ]
    [fields] = [c for c in changes(read(before), read(after)) if c.what == "fields"]
    assert "usage.completion_tokens" in fields.before
    assert "–" == fields.after


def test_a_case_file_is_complete_and_inert() -> None:
    """What was sent, what came, findings and a program, with nothing live in it."""
    recording = answered("``` <script>x</script> ![b](http://127.0.0.1:9/b)")
    recording.request_body = b'{"model": "m", "stream": false}'
    text = case(recording, resolve("http://h/v1", api_key_env="MY_KEY"))
    for part in (
        "## What was sent",
        "## What came",
        "## When it came",
        "✓ answered",
        "## A program",
        "$MY_KEY",
    ):
        assert part in text
    assert "\n````" in text
