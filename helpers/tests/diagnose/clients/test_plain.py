"""What a plain client makes of the same bytes, and whose fault it is where it stops."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection

import pytest

from helpers.client.openai_reader import read_by_openai
from helpers.diagnose.clients.plain import ClientReading, what_a_client_sees
from helpers.diagnose.diagnosis import diagnose
from helpers.finding import Finding
from helpers.tests.support.judged import FIRST, JSON, TEXT, events, paced, whole
from helpers.tests.support.recordings import SSE
from helpers.tests.support.streams import event
from helpers.wire.reading import read
from helpers.wire.recording import Recording

BODY = b"".join(events())


def seen(recording: Recording, *, required: Collection[str] = ()) -> list[Finding]:
    """Return what the openai client loses of a recording."""
    reading = read(recording)
    stream = reading.streamed
    client = asyncio.run(read_by_openai(recording, stream=stream))
    return what_a_client_sees(reading, diagnose(reading), client, required=required)


def stopped(body: bytes) -> Finding:
    """Return the one finding on a stream that the client cannot read."""
    [found] = seen(paced(body.splitlines(keepends=True)))
    assert "client-stops" == found.name
    return found


LEGAL = {
    "bom": b"\xef\xbb\xbf" + BODY,
    "event without data": b"event: ping\n\n" + BODY,
    "empty data": b"data:\n\n" + BODY,
    "retry": b"retry: 3000\n\n" + BODY,
    "id before a comment": b"id: 1\n\n" + BODY,
}
BROKEN = {
    "not json": b"data: oak\n\n" + BODY,
    "null data": BODY.replace(b"data: [DONE]", b"data: null\n\ndata: [DONE]"),
    "done in quotes": BODY.replace(b"[DONE]", b'"[DONE]"'),
    "missing delta": FIRST + event({}, choices=[{"index": 0, "finish_reason": None}]) + BODY,
    "null delta": FIRST + event({}, choices=[{"index": 0, "delta": None}]) + BODY,
    "delta a string": FIRST + event({}, choices=[{"index": 0, "delta": "sap"}]) + BODY,
    "message for delta": BODY.replace(b'"delta"', b'"message"'),
    "text for delta": b"".join(
        event({}, choices=[{"index": 0, "text": t, "finish_reason": None}]) for t in TEXT
    ) + BODY,
}  # fmt: skip


@pytest.mark.parametrize("name", LEGAL)
def test_legal_events_that_stop_it_are_its_own_fault(name: str) -> None:
    """A remark that names it with its version; what it reads well is not mentioned."""
    found = seen(paced(LEGAL[name].splitlines(keepends=True)))
    if not found:
        pytest.skip("this version of the client reads it")
    assert ("client-stops", "remark", "client") == (found[0].name, found[0].level, found[0].blame)
    assert "legal" in found[0].do
    assert "openai 3." in found[0].do


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_that_stops_it_is_the_servers(name: str) -> None:
    """Red, and the rule is named."""
    found = stopped(BROKEN[name])
    assert ("fail", "endpoint") == (found.level, found.blame)
    assert "Fix that in the server" in found.do


def test_a_required_client_is_red_whoever_is_to_blame() -> None:
    """Whoever needs that client needs another server, or another client."""
    recording = paced(LEGAL["empty data"].splitlines(keepends=True))
    [found] = seen(recording, required=["openai"])
    assert "fail" == found.level


def test_where_it_stops_is_counted() -> None:
    """How much a program gets before it."""
    parts = events()
    found = stopped(b"".join([*parts[:4], b"data: oak\n\n", *parts[4:]]))
    assert "stops after 4 of 18 chunks" in found.says
    assert "JSONDecodeError" in found.evidence


def test_a_good_answer_says_nothing_of_the_client() -> None:
    """Streamed and full, it sees the same."""
    full = {"id": "c", "object": "chat.completion", "created": 1, "model": "oak", "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "oak"}}
    ]}  # fmt: skip
    body = json.dumps(full).encode()
    assert [] == seen(paced(events()))
    assert [] == seen(whole(body, headers=JSON, request_body=b'{"stream":false}'))


def test_what_failed_already_is_not_told_twice() -> None:
    """A refusal is a refusal for every client."""
    assert [] == seen(whole(b'{"error":"no"}', status=401, headers=JSON))
    assert [] == seen(paced(events()[:5]))


def test_a_client_that_returns_a_string_is_named() -> None:
    """SSE for a full answer: no error, and no completion."""
    reading = read(paced(events(), request_body=b'{"stream":false}', headers=SSE))
    client = ClientReading("openai", "3", 0, "", kind="str")
    [found] = what_a_client_sees(reading, [], client)
    assert "returns a str here" in found.says
