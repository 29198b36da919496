"""What was typed into a field becomes what it means, or is explained without repeating a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from helpers.endpoint import CallError
from helpers.show.panel import parameters, typed
from helpers.show.panel.parameters import PARAMETERS

KEY = "0123456789abcdef0123456789abcdef"


def test_headers_are_read_line_by_line() -> None:
    """Blank lines are none, a value may hold colons, $NAME stays a name."""
    found = typed.headers("X-Tenant: oak\n\n api-key : $AZURE_KEY \nX-Trace: a:b")
    assert {"X-Tenant": "oak", "api-key": "$AZURE_KEY", "X-Trace": "a:b"} == found
    assert typed.carries_secret(found)
    assert not typed.carries_secret({"X-Tenant": "oak"})


def test_a_query_is_read_as_an_address_holds_it() -> None:
    """One a line or several with & between, with or without the question mark."""
    assert {"api-version": "2024-10-21", "a": "1 2"} == typed.query("?api-version=2024-10-21&a=1+2")
    assert {"a": "1", "b": ""} == typed.query("a=1\nb=")


def test_what_was_given_is_typed_as_a_person_would() -> None:
    """A notebook's dictionaries stand in the fields and are read back unchanged."""
    headers, query, body = {"X-A": "b: c"}, {"v": "1&2", "k": "$KEY"}, {"top_p": 0.9, "stop": ["é"]}
    assert headers == typed.headers(typed.as_headers(headers))
    assert query == typed.query(typed.as_query(query))
    assert body == typed.body(typed.as_body(body))
    assert ("", {}) == (typed.as_body({}), typed.body(" \n"))


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (typed.headers, "X-Tenant oak", "Write one header per line"),
        (typed.headers, "X Tenant: oak", "Write one header per line"),
        (typed.headers, "X-Tenant: Eiche é", "plain ASCII in X-Tenant"),
        (typed.headers, "X-Tenant: $sk-abc", "the name of an environment variable"),
        (typed.headers, f"Authorization: Bearer {KEY}", "type $ and its name here"),
        (typed.headers, KEY, "a line of another form"),
        (typed.query, "api-version", "Write one per line"),
        (typed.query, f"api-key={KEY}", "type $ and its name here"),
        (typed.body, "{'top_p': 1}", "not JSON: Expecting property name"),
        (typed.body, "[1]", "JSON of another kind: a list"),
        (typed.body, '{"messages": []}', "Take 'messages' out of Body"),
    ],
)
def test_what_cannot_be_read_is_explained(
    read: Callable[[str], dict[str, Any]], text: str, words: str
) -> None:
    """The message says what to type instead, and never holds the key that stood there."""
    with pytest.raises(CallError) as raised:
        read(text)
    assert words in str(raised.value)
    assert KEY not in str(raised.value)


def texts(**some: str) -> dict[str, str]:
    """Return what all parameter fields hold where some hold this."""
    return {one.name: some.get(one.name, "") for one in PARAMETERS}


def test_an_empty_field_is_not_sent() -> None:
    """Nor one with blanks alone."""
    assert {} == parameters.sent(texts(seed="  "))


def test_what_is_typed_is_sent_as_the_api_has_it() -> None:
    """And what was sent stands in the fields again; what has none is left over."""
    typed_in = texts(
        temperature="0,5", top_p="1", stop='["\\n", "END"]', reasoning_effort="low",
        response_format="json_object", logprobs="3", seed="7",
    )  # fmt: skip
    body = parameters.sent(typed_in)
    assert {
        "temperature": 0.5, "top_p": 1.0, "stop": ["\n", "END"], "reasoning_effort": "low",
        "response_format": {"type": "json_object"}, "logprobs": True, "top_logprobs": 3, "seed": 7,
    } == body  # fmt: skip
    again = parameters.taken(left := body | {"n": 2})
    assert {"n": 2} == left
    assert body == parameters.sent(again)
    assert {"stop": "END"} == parameters.sent(texts(stop="END"))


@pytest.mark.parametrize(
    ("name", "text"), [("logprobs", "many"), ("stop", '["END'), ("response_format", "{'a'")]
)
def test_a_field_that_cannot_be_read_is_explained(name: str, text: str) -> None:
    """With the parameter's name and what to type."""
    with pytest.raises(CallError, match=name):
        parameters.sent(texts(**{name: text}))
