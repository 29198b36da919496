"""A message's events and bodies assembled to the answer that a chat would have given."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.tests.support.judged import TEXT, first, remarked
from helpers.tests.support.recordings import reading_of
from helpers.tests.support.responses import full, sent, streamed
from helpers.wire.builders.messages import MessagesBuilder
from helpers.wire.recording import Recording
from helpers.wire.sse import Event

URL = "http://127.0.0.1:9/v1/messages"
COUNTED = {"input_tokens": 3, "output_tokens": 0}
START = {"type": "message_start", "message": {"id": "m1", "model": "oak", "usage": COUNTED}}
STOP = {"type": "message_stop"}
NAMES = (
    "type", "delta", "index", "content_block", "message", "usage", "stop_reason", "text", "id",
    "name", "input", "partial_json", "thinking", "content", "error",
)  # fmt: skip
TYPES = (
    "message_start", "content_block_start", "content_block_delta", "message_delta",
    "message_stop", "error", "ping", "text", "text_delta", "tool_use", "input_json_delta",
)  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from(TYPES),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=16,
)


def block(index: int, opens: dict[str, Any], *pieces: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events of one block."""
    return [
        {"type": "content_block_start", "index": index, "content_block": opens},
        *({"type": "content_block_delta", "index": index, "delta": piece} for piece in pieces),
        {"type": "content_block_stop", "index": index},
    ]


def said(texts: list[str] = TEXT, index: int = 0) -> list[dict[str, Any]]:
    """Return the events of a block of text."""
    pieces = ({"type": "text_delta", "text": text} for text in texts)
    return block(index, {"type": "text", "text": ""}, *pieces)


def message(*blocks: list[dict[str, Any]], reason: str = "end_turn") -> list[dict[str, Any]]:
    """Return a whole stream of these blocks."""
    ends = {"type": "message_delta", "delta": {"stop_reason": reason}}
    counted = {"usage": {"output_tokens": 15}}
    return [START, *(event for one in blocks or (said(),) for event in one), ends | counted, STOP]


def recording(events: list[dict[str, Any]]) -> Recording:
    """Return a recording of a stream."""
    return streamed([sent(event) for event in events], url=URL)


def test_a_message_is_read_like_a_chat():
    """Text, its end, names and usage: the prompt's from the start, the answer's from the end."""
    events = message()
    events.insert(3, {"type": "ping"})
    reading = reading_of(recording(events))
    answer = reading.answer
    assert ("".join(TEXT), "stop", "m1", "oak") == (
        answer.text, answer.finish_reason, answer.id, answer.model,
    )  # fmt: skip
    assert answer.usage is not None
    assert (3, 15) == answer.usage[:2]
    assert reading.done
    assert "streamed" == first(recording(events)).name
    assert {} == remarked(recording(events))


def test_thoughts_and_calls_have_their_places():
    """A call's arguments come in pieces of JSON."""
    thinking = block(
        0, {"type": "thinking", "thinking": ""}, {"type": "thinking_delta", "thinking": "Hm."},
        {"type": "signature_delta", "signature": "x"},
    )  # fmt: skip
    pieces = ({"type": "input_json_delta", "partial_json": part} for part in ('{"a"', ":1}"))
    called = block(1, {"type": "tool_use", "id": "t1", "name": "weather", "input": {}}, *pieces)
    answer = reading_of(recording(message(thinking, called, reason="tool_use"))).answer
    assert ("Hm.", "tool_calls") == (answer.reasoning, answer.finish_reason)
    assert [("t1", "weather", '{"a":1}', 0)] == [tuple(call) for call in answer.tool_calls]


def test_a_call_that_the_server_runs_is_nobody_elses():
    """As Anthropic's own search, whose input comes in the same events."""
    searches = block(
        0, {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}},
        {"type": "input_json_delta", "partial_json": '{"query": "oak"}'},
    )  # fmt: skip
    came = recording(message(searches, said(index=1)))
    assert ((), "".join(TEXT)) == (reading_of(came).answer.tool_calls, reading_of(came).text)
    assert {} == remarked(came)


def test_a_full_message_gives_the_same_answer():
    """Its input is an object there."""
    content = [
        {"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "An oak."},
        {"type": "tool_use", "id": "t1", "name": "weather", "input": {"a": 1}},
    ]  # fmt: skip
    body = {"type": "message", "content": content, "stop_reason": "max_tokens", "usage": COUNTED}
    recorded = full(body, url=URL)
    answer = reading_of(recorded).answer
    assert ("Hm.", "An oak.", "length", '{"a": 1}') == (
        answer.reasoning, answer.text, answer.finish_reason, answer.tool_calls[0].arguments,
    )  # fmt: skip
    assert "answered" == first(recorded).name


@pytest.mark.parametrize(
    ("events", "name"),
    [
        (message()[:-2], "cut"),
        ([*message()[:5], {"type": "error", "error": {"message": "overloaded"}}], "error-inside"),
    ],
)
def test_a_message_that_fails_is_named_like_a_chat(events: list[dict[str, Any]], name: str):
    """Without a stop reason it is cut."""
    assert name == first(recording(events)).name


def test_without_its_last_event_it_is_remarked():
    """The stop reason says that it is whole."""
    assert {"no-message-stop": "remark"} == remarked(recording(message()[:-1]))


def test_without_a_stop_reason_it_is_remarked():
    """Agents go on by it."""
    whole = message()
    assert {"no-stop-reason", "no-usage"} >= remarked(recording([*whole[:-2], STOP])).keys() > set()


@pytest.mark.parametrize(
    "delta", [None, "sap", {"text": "sap"}, {"type": "text_delta", "text": 1}, {"type": []}]
)
def test_a_delta_without_a_piece_is_red(delta: Any):
    """Programs lose what it was to bring; a type that is yet unknown is legal."""
    whole = message()
    odd = {"type": "content_block_delta", "index": 0, "delta": delta}
    assert {"odd-delta": "fail"} == remarked(recording([*whole[:3], odd, *whole[3:]]))
    odd["delta"] = {"type": "signature_delta", "signature": "oak"}
    assert {} == remarked(recording([*whole[:3], odd, *whole[3:]]))


@given(st.lists(json_values, max_size=6), st.sampled_from(["message", "error", *TYPES[:4]]))
def test_no_shape_of_json_raises(chunks: list[Any], name: str):
    """Whatever stands where, the deltas join to the answer and the answer can be encoded."""
    builder = MessagesBuilder()
    deltas = [d for chunk in chunks for d in builder.feed(Event(name, json.dumps(chunk)))]
    deltas += builder.close()
    answer = builder.answer
    assert answer.text == "".join(delta.text for delta in deltas)
    assert repr((*answer.choices, answer.error, answer.usage)).encode()
    whole = MessagesBuilder()
    whole.take_body(json.dumps(chunks[0] if chunks else {}).encode())
    assert repr(whole.answer.choices).encode()


def test_events_without_names_are_seen_by_no_one() -> None:
    """Anthropic's SDK goes by the name alone; a browser's EventSource, too."""
    recording = streamed([sent(event, "") for event in message()], url=URL)
    assert {"no-event-names": "fail"} == remarked(recording)


def test_a_type_that_nobody_knows_is_no_keep_alive() -> None:
    """Only what holds nothing, or is called so, is one: what else came is worth a look."""
    events = [*message()[:3], {"type": "leaf", "color": "green"}, {"type": "ping"}, *message()[3:]]
    reading = reading_of(streamed(events, url=URL))
    assert (1, 1) == (reading.findings["unknown-type"], reading.statistics.pings)


@pytest.mark.parametrize("way", [lambda whole: {"data": whole}, json.dumps, lambda whole: [whole]])
def test_a_message_in_a_wrapper_is_kept_and_named(way: Callable[[Any], Any]) -> None:
    """As a completion is: in an object, in a string, in an array."""
    texts = [{"type": "text", "text": "".join(TEXT)}]
    body = {"type": "message", "role": "assistant", "content": texts, "stop_reason": "end_turn"}
    recording = full(way(body), url=URL)
    assert "".join(TEXT) == reading_of(recording).text
    assert first(recording).name in ("in-an-object", "json-twice", "in-an-array")


def test_a_sign_of_life_may_go_without_a_name() -> None:
    """A gateway adds it, and the SDK passes over it with or without one."""
    events = [sent(event) for event in message()]
    recording = streamed([*events[:2], sent({"type": "ping"}, ""), *events[2:]], url=URL)
    assert "no-event-names" not in remarked(recording)
