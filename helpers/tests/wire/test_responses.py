"""A response's events and bodies assembled to the answer that a chat would have given."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.tests.support.judged import LINE, TEXT
from helpers.tests.support.recordings import reading_of
from helpers.tests.support.responses import (
    call,
    full,
    message,
    of,
    reasoning,
    response,
    sent,
    streamed,
    without,
)
from helpers.wire.answer import Answer
from helpers.wire.builders.responses import ResponsesBuilder
from helpers.wire.reading import Reading
from helpers.wire.sse import Event

SAID = f"{LINE} "
NAMES = (
    "type", "delta", "item", "item_id", "output_index", "content_index", "part", "text", "response",
    "output", "content", "arguments", "name", "call_id", "id", "status", "error", "usage",
    "summary", "sequence_number", "message", "choices", "incomplete_details", "refusal",
)  # fmt: skip
TYPES = (
    "response.created", "response.output_item.added", "response.output_item.done",
    "response.content_part.added", "response.output_text.delta", "response.output_text.done",
    "response.function_call_arguments.delta", "response.function_call_arguments.done",
    "response.reasoning_text.delta", "response.refusal.done", "response.completed", "error",
    "response.incomplete", "response.failed", "message", "function_call", "output_text",
    "reasoning", "summary_text", "keepalive", "\ud83c", "\udf33",
)  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.floats() | st.sampled_from(TYPES),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=16,
)


def read(events: list[Any]) -> Reading:
    """Return the reading of a stream."""
    return reading_of(streamed(events))


def test_a_response_is_read_like_a_chat():
    """Text, its end, names and usage, whichever API it came by."""
    reading = read(response())
    answer = reading.answer
    assert (SAID, "stop", "resp_1", "oak") == (
        answer.text, answer.finish_reason, answer.id, answer.model,
    )  # fmt: skip
    assert answer.usage is not None
    assert (3, 15, 18) == answer.usage[:3]
    assert len(TEXT) == len(reading.timing.chunk_s)
    assert not reading.findings


def test_reasoning_a_refusal_and_calls_have_their_places():
    """Two calls that come mixed are kept apart, each with its id and its name once."""
    first, second = call(place=2), call(place=3, item="fc_2")
    mixed = [event for pair in zip(first, second, strict=True) for event in pair]
    refused = message(["No", "."], place=1, kind="refusal")
    answer = read(response(reasoning(), refused, mixed)).answer
    assert ("Hm, a tree.", "No.", "tool_calls") == (
        answer.reasoning, answer.refusal, answer.finish_reason,
    )  # fmt: skip
    assert [
        ("call_fc_1", "weather", '{"city": "Oslo"}', 0),
        ("call_fc_2", "weather", '{"city": "Oslo"}', 1),
    ] == [tuple(one) for one in answer.tool_calls]


def test_ids_alone_tell_the_items_apart():
    """llama.cpp sends no output_index."""
    events = response(call(), message(place=1))
    for event in events:
        event.pop("output_index", None)
        event.pop("content_index", None)
    answer = read(events).answer
    assert (SAID, '{"city": "Oslo"}') == (answer.text, answer.tool_calls[0].arguments)


@pytest.mark.parametrize(
    ("ends", "more", "reason"),
    [
        ("incomplete", {"incomplete_details": {"reason": "max_output_tokens"}}, "length"),
        ("incomplete", {"incomplete_details": {"reason": "content_filter"}}, "content_filter"),
        ("incomplete", {}, "incomplete"),
        ("failed", {"error": {"code": "server_error", "message": "out of memory"}}, "failed"),
    ],
)
def test_a_status_becomes_a_finish_reason(ends: str, more: dict[str, Any], reason: str):
    """In the chat's words where it has one; a failure keeps the server's words."""
    answer = read(response(ends=ends, **more)).answer
    assert reason == answer.finish_reason
    assert ("out of memory" if ends == "failed" else None) == (
        answer.error.message if answer.error else None
    )


@pytest.mark.parametrize(
    "error",
    [
        {"code": "server_error", "message": "gone"},
        {"error": {"type": "server_error", "message": "gone"}},
    ],
)
def test_an_error_event_is_the_end(error: dict[str, Any]):
    """As it is documented, and as OpenAI sends it; what follows is not read."""
    reading = read([*response()[:5], of("error", **error), *response()[5:]])
    assert reading.answer.error
    assert ("gone", TEXT[0]) == (reading.answer.error.message, reading.answer.text)
    assert reading.findings["after-end"]


@pytest.mark.parametrize(
    "gone",
    [
        ("output_text.delta",),
        ("output_text.delta", "output_text.done"),
        ("output_text.delta", "output_text.done", "output_item.done"),
    ],
)
def test_text_that_came_only_as_a_whole_is_read_once(gone: tuple[str, ...]):
    """From the first event that holds it, and said to have had no deltas."""
    reading = read(without(response(), *gone))
    assert SAID == reading.answer.text
    assert 1 == reading.findings["no-deltas"]


def test_a_whole_that_differs_is_counted():
    """The pieces are what was seen live; white space at the ends does not count."""
    events = response()
    other = [event | {"text": "Ash."} if "text" in event else event for event in events]
    assert read(other).findings["text-differs"]
    trimmed = [event | {"text": SAID.strip()} if "text" in event else event for event in events]
    assert not read(trimmed).findings["text-differs"]


def test_a_stream_with_ids_that_change_is_read_once():
    """GitHub's gateway makes an id for each event; the index tells which item it is."""
    events = response()
    for number, event in enumerate(events):
        if "item_id" in event:
            event["item_id"] = f"msg_{number}"
    assert SAID == read(events).answer.text


@pytest.mark.parametrize("kind", ["keepalive", "codex.rate_limits", "response.new_thing.delta"])
def test_events_of_unknown_types_change_nothing(kind: str):
    """OpenAI sends such; they are no output."""
    events: list[Any] = response()
    reading = read([*events[:5], {"type": kind, "delta": "x"}, *events[5:]])
    assert SAID == reading.answer.text
    assert len(TEXT) == len(reading.outputs)


def test_events_without_a_type_go_by_their_name():
    """What the openai client cannot read can be read all the same, and is counted."""
    events = response()
    untyped = [sent({k: v for k, v in e.items() if k != "type"}, e["type"]) for e in events]
    reading = read(untyped)
    assert SAID == reading.answer.text
    assert len(events) == reading.findings["no-type"]


def test_a_full_response_gives_the_same_answer():
    """All of its items; what is odd in a stream is how a whole answer looks."""
    ended = response(reasoning(), message(place=1), call(place=2))[-1]["response"]
    reading = reading_of(full(ended))
    answer = reading.answer
    assert (SAID, "Hm, a tree.", "tool_calls", "weather") == (
        answer.text, answer.reasoning, answer.finish_reason, answer.tool_calls[0].name,
    )  # fmt: skip
    assert not reading.findings


def test_half_a_body_is_read_as_far_as_it_came():
    """It is known by its output."""
    body = json.dumps(response()[-1]["response"]).encode()
    answer = reading_of(full(body[: body.index(b"leaves")])).answer
    assert answer.cut
    assert answer.text.startswith("The old oak")


@pytest.mark.parametrize("body", [b'{"error":{"message":"gone"}}', b'{"detail":"gone"}', b"gone"])
def test_an_error_for_a_response_keeps_its_words(body: bytes):
    """Whatever its shape."""
    answer = reading_of(full(body)).answer
    assert ((), "gone") == (answer.choices, answer.error.message if answer.error else "")


def test_a_chat_for_a_response_is_no_answer():
    """Programs that speak the Responses API see nothing in it."""
    reading = read([b'data: {"choices":[{"index":0,"delta":{"content":"oak"}}]}\n\n'])
    assert Answer() == reading.answer
    assert 1 == reading.findings["chat-chunks"]


@given(st.lists(json_values, max_size=6), st.sampled_from(["message", "error", *TYPES[:4]]))
@pytest.mark.slow
def test_no_shape_of_json_raises(chunks: list[Any], name: str):
    """Whatever stands where, the deltas join to the answer and the answer can be encoded."""
    builder = ResponsesBuilder()
    deltas = [d for chunk in chunks for d in builder.feed(Event(name, json.dumps(chunk)))]
    deltas += builder.close()
    answer = builder.answer
    assert answer.text == "".join(delta.text for delta in deltas)
    assert repr((*answer.choices, answer.error, answer.id, answer.model)).encode()
    whole = ResponsesBuilder()
    whole.take_body(json.dumps(chunks[0] if chunks else {}).encode())
    assert repr(whole.answer.choices).encode()
