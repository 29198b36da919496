"""The textbook's text completions and messages are what their clients read."""

from __future__ import annotations

import json
from typing import Any

from openai.types import Completion

from helpers.server.events import chunk_of
from helpers.tests.support.asking import Came, asked, demo
from helpers.tests.support.recordings import recorded
from helpers.wire.reading import read


def textbook(path: str, **body: Any) -> Came:
    """Return the textbook's answer at a path."""
    sent = {"model": "endpointscope-tiny", "max_tokens": 9} | body
    return asked(demo("textbook"), "POST", path, json.dumps(sent).encode())


def test_text_completions_are_of_the_clients_type() -> None:
    """Full, and the last chunk of a stream; the chunks add up to as many words."""
    full = Completion.model_validate_json(textbook("/completions", prompt="A tree").body)
    chunks = textbook("/completions", prompt="A tree", stream=True).chunks
    last = Completion.model_validate(chunks[-1])
    assert 9 == full.usage.completion_tokens
    assert "length" == full.choices[0].finish_reason == last.choices[0].finish_reason
    assert 9 == len("".join(chunk["choices"][0]["text"] for chunk in chunks).split())


def test_messages_are_read_to_their_end() -> None:
    """The pieces are text, the stop reason is counted as length, and message_stop ends it."""
    said = [{"role": "user", "content": "A tree"}]
    came = textbook("/messages", messages=said, stream=True)
    reading = read(recorded([(0.1, came.body)], url="http://127.0.0.1:9/v1/messages"))
    assert reading.done
    assert ("length", 9) == (reading.answer.finish_reason, len(reading.answer.text.split()))
    assert "message_start" == chunk_of(came.body.split(b"\n\n")[0])["type"]


def test_what_is_missing_is_refused() -> None:
    """No prompt, no messages, no limit of tokens."""
    for path in ("/completions", "/messages"):
        assert 400 == textbook(path).status
