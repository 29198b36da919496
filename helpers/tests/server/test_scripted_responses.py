"""The textbook's Responses are what the openai client's own types take, field by field."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from helpers.server.events import chunk_of
from helpers.tests.support.asking import Came, asked, demo

EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
CITY = {"type": "object", "properties": {"city": {"type": "string", "enum": ["Paris"]}}}
CALL = {
    "tools": [{"type": "function", "name": "get_weather", "parameters": CITY}],
    "tool_choice": "required",
}
COLOUR = {"type": "json_schema", "name": "colour", "schema": CITY}


def respond(**body: Any) -> Came:
    """Return the textbook's answer."""
    sent = {"model": "endpointscope-tiny", "input": "a poem"} | body
    return asked(demo("textbook"), "POST", "/responses", json.dumps(sent).encode())


@pytest.mark.parametrize("body", [{}, {"max_output_tokens": 9}, CALL, {"text": {"format": COLOUR}}])
def test_full_and_streamed_are_of_the_clients_types(body: dict[str, Any]) -> None:
    """Whole, cut, a call, JSON: the last event holds what a full answer is."""
    full = Response.model_validate_json(respond(**body).body)
    events = respond(**body, stream=True).body.split(b"\n\n")[:-1]
    read = [EVENT.validate_json(json.dumps(chunk_of(event))) for event in events]
    assert [*range(len(read))] == [one.sequence_number for one in read]
    assert full.output == read[-1].response.output
    assert f"response.{full.status}" == read[-1].type


def test_a_response_goes_on_from_one_that_was_kept() -> None:
    """Its input tokens count what was said before; what was not kept is not found."""
    first = respond().json
    after = respond(previous_response_id=first["id"]).json
    assert first["usage"]["total_tokens"] < after["usage"]["input_tokens"]
    lost = respond(previous_response_id=respond(store=False).json["id"])
    assert 400 == lost.status
    assert "previous_response_not_found" == lost.json["error"]["code"]


def test_a_calls_output_is_answered_in_words() -> None:
    """Or an agent would call for ever."""
    output = {"type": "function_call_output", "call_id": "call_0", "output": "18 degrees"}
    assert "message" == respond(**CALL, input=[output]).json["output"][0]["type"]
