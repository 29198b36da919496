"""A request is a value: what it sends, how it changes, and what it cannot carry."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.tests.support.recordings import recorded
from helpers.wire.request import Request, chat, request_of


def test_a_prompt_becomes_a_conversation() -> None:
    """Only what is set is sent; None leaves a parameter out, 0 does not."""
    request = chat("hi", model="oak", system="Be brief.", temperature=0.0, seed=None)
    said = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}]
    assert said == [*request.messages]
    assert {"stream", "stream_options", "temperature"} == set(request.parameters)
    assert ("/chat/completions", "hi", True) == (request.path, request.prompt, request.streamed)


def test_a_full_request_has_nothing_of_a_stream() -> None:
    """Streamed and in one piece, the rest is the same."""
    streamed = chat("hi", model="oak", seed=7)
    full = streamed.as_stream(False)
    assert {"stream": False, "seed": 7} == full.parameters
    assert streamed == full.as_stream(True)
    assert {"include_usage": True} == streamed.parameters["stream_options"]


def test_the_callers_stream_options_are_kept() -> None:
    """Whoever names them wants them so."""
    options = {"include_usage": False, "include_obfuscation": False}
    request = chat("hi", stream_options=options)
    assert options == request.parameters["stream_options"]
    assert request.streamed


def test_a_request_is_changed_and_stays_itself() -> None:
    """What was refused is left out of a copy, with another name in its place."""
    request = chat("hi", stream=False, max_tokens=9)
    again = request.without("max_tokens", max_completion_tokens=9)
    assert {"stream": False, "max_completion_tokens": 9} == again.parameters
    assert 9 == request.parameters["max_tokens"]


def test_a_response_is_asked_in_its_own_words() -> None:
    """The input, the name of the limit; its usage need not be asked for."""
    request = chat("hi", model="oak", system="Be brief.", api="responses", max_tokens=9)
    assert "/responses" == request.path
    assert {
        "model": "oak", "stream": True, "max_output_tokens": 9,
        "input": [
            {"type": "message", "role": "system", "content": "Be brief."},
            {"type": "message", "role": "user", "content": "hi"},
        ],
    } == request.fields  # fmt: skip
    again = request.without("max_tokens", max_completion_tokens=5)
    assert 5 == again.parameters["max_output_tokens"]
    assert "max_output_tokens" not in request.without("max_tokens").parameters


def test_a_chats_parameters_take_the_apis_shape() -> None:
    """A format, an effort, logprobs and a stop word; what was given in that shape stays."""
    schema = {"name": "Tree", "schema": {"type": "object"}}
    given: dict[str, Any] = {
        "response_format": {"type": "json_schema", "json_schema": schema},
        "reasoning_effort": "low", "logprobs": True, "stop": "END",
    }  # fmt: skip
    response = chat("hi", api="responses", reasoning={"summary": "auto"}, **given).parameters
    assert {"format": {"type": "json_schema", **schema}} == response["text"]
    assert {"effort": "low", "summary": "auto"} == response["reasoning"]
    assert ["message.output_text.logprobs"] == response["include"]
    message = chat("hi", api="messages", **given).parameters
    wanted = {"type": "json_schema", "schema": {"type": "object"}}
    assert ({"format": wanted}, ["END"]) == (message["output_config"], message["stop_sequences"])
    assert given.items() <= chat("hi", **given).parameters.items()


@pytest.mark.parametrize("said", ["hi", [{"role": "user", "content": "hi"}]])
def test_a_recorded_response_gives_its_request_again(said: object) -> None:
    """The API stands in the address; the input may be a text alone."""
    body = json.dumps({"model": "oak", "input": said, "max_output_tokens": 9}).encode()
    request = request_of(recorded(url="http://x/v1/responses", request_body=body))
    assert ("responses", "hi", {"max_output_tokens": 9}) == (
        request.api, request.prompt, request.parameters,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "prompt"),
    [
        ("hi", "hi"),
        ([{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}],
         "a\n\nb"),
        (None, ""),
    ],
)  # fmt: skip
def test_the_prompt_is_the_last_messages_text(content: Any, prompt: str) -> None:
    """Of a conversation of several turns, with parts."""
    first = {"role": "user", "content": "first"}
    assert prompt == chat((first, {"role": "user", "content": content})).prompt


@pytest.mark.parametrize(
    ("api", "path"),
    [("responses", "/responses"), ("embeddings", "/embeddings"), ("messages", "/messages")],
)
def test_every_api_has_its_path(api: Any, path: str) -> None:
    """And a recording of it is recognised by the address, its query aside."""
    assert path == Request(api).path
    url = f"https://oak.example/v1{path}?api-version=1"
    assert api == request_of(recorded(url=url, request_body=b"{}")).api


def test_a_request_is_printed_without_its_values() -> None:
    """One of them may be a key, in the body or in a header."""
    asked = Request(model="oak", parameters={"api_key": "sk-birch"}, headers={"X-Key": "sk-elm"})
    assert "<Request: chat, oak, api_key>" == repr(asked)
    assert repr(Request(parameters={"\ud83d": 1})).encode()


def test_a_raw_body_is_sent_byte_for_byte() -> None:
    """Conformance sends what no client would."""
    request = Request(raw=b'{"a":1,"a":2')
    assert b'{"a":1,"a":2' == request.body()
    assert "" == request.unsendable


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"temperature": float("nan")}, "not finite"),
        ({"temperature": float("inf")}, "not finite"),
        ({"user": "\ud800"}, "half of a character"),
        ({"tools": {1, 2}}, "set"),
        ({"seed": 2**70, "stop": ["é", "\U0001f333"]}, ""),
    ],
)
def test_what_json_cannot_carry_is_named(parameters: dict[str, Any], words: str) -> None:
    """Before anything is sent; large numbers and letters of any kind can be."""
    said = chat("hi", **parameters).unsendable
    assert words in said
    assert bool(words) == bool(said)


def test_what_holds_itself_is_named_too() -> None:
    """A tool that names itself as its parameter has no end."""
    tool: dict[str, Any] = {}
    tool["tool"] = tool
    assert "Circular" in chat("hi", tools=[tool]).unsendable


def test_a_recorded_request_is_a_request_again() -> None:
    """Model, messages and parameters, out of the body."""
    request = chat("hi", model="oak", seed=7, stream=False)
    assert request == request_of(recorded(request_body=request.body()))
    assert 'é"漢' == request_of(recorded(request_body=chat('é"漢').body())).prompt


@given(st.binary(max_size=80))
def test_no_recorded_body_makes_it_raise(body: bytes) -> None:
    """Files of other tools hold anything."""
    assert isinstance(request_of(recorded(request_body=body)).prompt, str)


@pytest.mark.parametrize("wrong", [[], 1, {"model": 1, "messages": {}}, {"messages": ["hi", None]}])
def test_odd_bodies_are_read_as_far_as_they_go(wrong: object) -> None:
    """What is no message is passed over."""
    request = request_of(recorded(request_body=json.dumps(wrong).encode()))
    assert ("", ()) == (request.model, request.messages)
