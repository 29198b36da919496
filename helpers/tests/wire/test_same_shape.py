"""Chunks that differ in their text alone are read without parsing the rest, to the same answer."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.wire.builders import completion
from helpers.wire.builders.completion import CompletionBuilder
from helpers.wire.builders.same_shape import SameShape
from helpers.wire.sse import Event

CHUNK = '{"id": "c1", "choices": [{"index": 0, "delta": {"content": "%s"}, "finish_reason": null}]}'
# Another name that is alike, before a delta that stays the same.
TWICE = '{"content": "%%s", "choices": [{"index": 0, "delta": {"%s": "plain"}}]}'
OTHERS = (
    CHUNK.replace("c1", "c2"), CHUNK.replace('"index": 0', '"index": 1'),
    CHUNK.replace('"index": 0', '"index": 0.0'), CHUNK.replace(": null", ': ""'),
    CHUNK.replace(": null", ': "stop"'), CHUNK.replace('"content"', '"role": "user", "content"'),
    CHUNK.replace('"content"', '"reasoning"'), CHUNK.replace("}]}", '}], "usage": {"total": 1}}'),
    CHUNK.replace("}]}", '}], "error": "%s"}'), CHUNK.replace("}]}", '}], "error": null}'),
    CHUNK.replace('"c1"', '"content"'), CHUNK.replace('"content"', '"c\\u006fntent"'),
    CHUNK.replace("}]}", '}], "content": "%s"}'),
    TWICE % "content", TWICE % "c\\u006fntent", CHUNK.replace('": "%s', '" :\t"%s'),
    CHUNK.replace("}]}", '}, {"delta": {"text": "%s"}}]}'), CHUNK.replace("delta", "message"),
    '{"choices": [], "usage": {"total_tokens": 3}}', '{"error": "%s"}', "[DONE]", "{}", "no JSON",
)  # fmt: skip
# Whole texts, parts of them, and what would end the string before the text's own end.
TEXTS = (
    "plain", " ", "", "é", "🌳", "\\n", '\\"', "\\\\", "\\ud83c\\udf33", "\\ud83c", "\\udf33", '"',
    '", "content": "', '"}, "x": {"y": "', "\\", "\t", "%",
)  # fmt: skip
events = st.builds(
    lambda shape, text, name: Event(name, shape.replace("%s", text)),
    st.one_of(st.just(CHUNK), st.sampled_from(OTHERS)),
    st.sampled_from(TEXTS),
    st.sampled_from(["message", "message", "message", "error", "delta"]),
)


class Never(SameShape):
    """Finds no chunk to be of the same shape, so that every one is parsed."""

    def text_in(self, data: str) -> str:
        """Return no text."""
        return ""


def read(stream: list[Event], monkeypatch: pytest.MonkeyPatch, shape: type[SameShape]) -> Any:
    """Return all that is known of a stream."""
    with monkeypatch.context() as patched:
        patched.setattr(completion, "SameShape", shape)
        builder = CompletionBuilder()
    deltas = [builder.feed(event) for event in stream]
    ended = builder.close()
    statistics = {key: value for key, value in vars(builder.statistics).items() if key != "_last"}
    found = {name: count for name, count in builder.findings.items() if count}
    return (
        deltas, ended, builder.answer, builder.chunks, builder.done, builder.unparsed, found,
        builder.limit, builder.errors, statistics,
    )  # fmt: skip


def alike(stream: list[Event], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a stream is read in the same way as if each chunk were parsed."""
    return bool(read(stream, monkeypatch, SameShape) == read(stream, monkeypatch, Never))


@pytest.mark.parametrize("name", ["message", "error"])
def test_whatever_comes_between_two_chunks_changes_nothing(monkeypatch, name):
    """Each odd chunk with each text: after plain ones, between them, and followed by its like."""
    plain, more = Event("message", CHUNK % "plain"), Event("message", CHUNK % " more")
    for shape, text in product((CHUNK, *OTHERS), TEXTS):
        odd = Event(name, shape.replace("%s", text))
        again = Event("message", shape.replace("%s", "again"))
        assert alike([plain, odd, more, odd, odd, more, more], monkeypatch), odd
        assert alike([odd, again, odd, again, again, more, again], monkeypatch), odd
        assert alike([again, plain, again, again, odd, again, odd], monkeypatch), odd


def test_a_text_that_is_too_large_stays_so(monkeypatch):
    """A bound is reached by a chunk that is like the one before, too."""
    assert alike([Event("message", CHUNK % text) for text in ("a", "," * 210_000)], monkeypatch)


@given(stream=st.lists(events, max_size=12))
def test_a_stream_is_read_as_if_each_chunk_were_parsed(stream):
    """In whatever order odd and plain chunks come."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert alike(stream, monkeypatch)


def test_what_is_alike_is_parsed_once(monkeypatch):
    """Only the first of many chunks goes through the whole grammar, escapes in a text or not."""
    parsed = []
    whole = CompletionBuilder.take
    monkeypatch.setattr(
        CompletionBuilder, "take",
        lambda self, chunk, source: parsed.append(source) or whole(self, chunk, source=source),
    )  # fmt: skip
    texts = ["A", " tree", "\\n", " \\u00e9", " 🌳"] * 40
    builder = CompletionBuilder()
    for text in texts:
        builder.feed(Event("message", CHUNK % text))
    assert builder.answer.text == "A tree\n é 🌳" * 40
    assert len(parsed) == 1


def test_a_stream_in_which_nothing_comes_again_is_not_searched_for_ever():
    """A field that is random in each chunk costs no more than a few attempts."""
    shape = SameShape()
    for number in range(100):
        data = CHUNK.replace("c1", str(number)) % "tree"
        assert shape.text_in(data) == ""
        if shape.sought:
            shape.learn(data, "tree")
    assert not shape.sought
    assert shape.text_in(data.replace("tree", "oak")) == ""
