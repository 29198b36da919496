"""What became of an answer in a client: the outcome, the part, and whose fault it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpers.diagnose.clients.agreement import Agreement, Seen, agreement
from helpers.diagnose.clients.deciding import deciding_bytes
from helpers.diagnose.diagnosis import diagnose
from helpers.tests.support.recordings import read, timed
from helpers.wire.answer import ToolCall
from helpers.wire.reading import Reading

DONE = b"data: [DONE]\n\n"


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
    """One chunk as OpenAI sends it."""
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    told = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "oak"}
    return f"data: {json.dumps(told | {'choices': choices} | more)}\n\n".encode()


def piece(index: int | None, name: str = "", arguments: str = "", call_id: str = "") -> bytes:
    """One piece of a tool call."""
    call: dict[str, Any] = {} if index is None else {"index": index}
    call |= {"id": call_id, "type": "function"} if call_id else {}
    return chunk({"tool_calls": [call | {"function": {"name": name, "arguments": arguments}}]})


ROLE = chunk({"role": "assistant", "content": ""})
GOOD = (
    ROLE, chunk({"content": "Good "}), chunk({"content": "tree."}),
    chunk({}, "stop", usage={"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}), DONE,
)  # fmt: skip
CALL = (ROLE, piece(0, "get_weather", '{"city": "Berlin"}', "a"), chunk({}, "tool_calls"), DONE)
TWICE = (
    ROLE, piece(0, "get_weather", '{"city": "Berlin"}', "a"), piece(0, "get_time", "{}", "b"),
    chunk({}, "tool_calls"), DONE,
)  # fmt: skip


def seen_of(parts: tuple[bytes, ...], seen: Seen) -> tuple[Reading, Agreement]:
    """Return a stream as we read it, and what became of it in a client that saw this."""
    reading = read(timed(*parts))
    return reading, agreement(reading, diagnose(reading), seen)


@pytest.mark.parametrize(
    ("seen", "outcome", "fault", "says"),
    [
        (Seen("Good tree.", finish="stop", usage=(3, 2)), "agrees", "neither", "sees the same"),
        (Seen("Good tree. ", finish="stop", usage=(3, 2)), "agrees", "neither", "sees the same"),
        (Seen("Good ", finish="stop", usage=(3, 2)), "lossy", "client", "sees 5 of 10 characters"),
        (
            Seen("Oaks", finish="stop", usage=(3, 2), error="KeyError: 'x'"),
            "raised", "client", "raises KeyError",
        ),
        (Seen("Good tree.", finish="stop"), "lossy", "neither", "does not see the usage"),
        (
            Seen("Good tree.", finish="stop", usage=(3, 9)),
            "wrong", "client", "counts 3 + 9 tokens, not 3 + 2",
        ),
        (
            Seen("Good tree.", finish="length", usage=(3, 2)),
            "wrong", "client", "reports “length” for the finish reason “stop”",
        ),
        (Seen(hung=True), "hung", "client", "does not come back"),
    ],
)  # fmt: skip
def test_a_legal_stream_has_one_right_answer(
    seen: Seen, outcome: str, fault: str, says: str
) -> None:
    """Whoever reads it otherwise is wrong, and the server is not to blame."""
    _, found = seen_of(GOOD, seen)
    assert (outcome, fault, says) == (found.outcome, found.fault, found.says)


@pytest.mark.parametrize("finish", ["tool_calls", "tool-calls", "tool_call", "stop"])
def test_a_call_is_the_same_in_every_spelling(finish: str) -> None:
    """White space in its arguments and a client's own word for the end change nothing."""
    call = ToolCall("a", "get_weather", '{"city":"Berlin"}')
    assert "agrees" == seen_of(CALL, Seen(tool_calls=(call,), finish=finish))[1].outcome


def test_arguments_that_were_cut_are_nobodys_fault() -> None:
    """Clients make nothing of half a JSON object."""
    parts = (ROLE, piece(0, "get_weather", '{"city": "Ber', "a"), chunk({}, "length"), DONE)
    seen = Seen(tool_calls=(ToolCall("a", "get_weather", "{}"),), finish="length")
    found = seen_of(parts, seen)[1]
    assert ("lossy", "neither") == (found.outcome, found.fault)


def test_several_answers_at_once_are_not_held_against_a_client() -> None:
    """The usual loop reads one; its text is then that of all of them."""
    other = chunk({"content": "Oak."}).replace(b'"index": 0', b'"index": 1')
    end = chunk({}, "stop").replace(b'"index": 0', b'"index": 1')
    parts = (ROLE, chunk({"content": "Elm."}), other, chunk({}, "stop"), end, DONE)
    request = b'{"model":"oak","stream":true,"n":2}'
    reading = read(timed(*parts), request_body=request)
    found = agreement(reading, diagnose(reading), Seen("Elm.Oak.", finish="stop"))
    assert "cannot do it" == found.outcome


def test_a_client_without_a_word_for_tools_cannot_do_it() -> None:
    """The text of curl holds no calls, which is no failure of anybody."""
    assert "cannot do it" == seen_of(CALL, Seen(tool_calls=None, finish="tool_calls"))[1].outcome


def test_the_order_of_calls_is_nobodys_fault() -> None:
    """Some clients sort calls by their index, others by arrival; the ids tell which is which."""
    reading = seen_of(TWICE, Seen())[0]
    turned = tuple(reversed(reading.answer.tool_calls))
    findings = [one for one in diagnose(reading) if one.name != "tool-call-index-again"]
    seen = Seen(tool_calls=turned, finish="tool_calls")
    assert "agrees" == agreement(reading, findings, seen).outcome


def test_illegal_bytes_have_no_right_answer_and_are_the_servers_fault() -> None:
    """Two calls under one index, merged: the rule is named, and the events that begin the calls."""
    merged = ToolCall("a", "get_weatherget_time", "{}")
    seen = Seen(tool_calls=(merged,), finish="tool_calls")
    reading, found = seen_of(TWICE, seen)
    assert ("no right answer", "server") == (found.outcome, found.fault)
    assert found.rule is not None
    assert "tool-call-index-again" == found.rule.name
    assert "sees 1 of 2 tool calls, named “get_weatherget_time”" == found.says
    bytes_shown = deciding_bytes(reading, found, seen)
    assert ["get_weather" in bytes_shown[0], "get_time" in bytes_shown[1]] == [True, True]


@pytest.mark.parametrize(
    ("seen", "outcome", "says"),
    [
        (Seen("Good ", error="APIError: it broke"), "agrees", "says that it failed"),
        (Seen("Good "), "lossy", "passes on what came and does not say that it failed"),
        (
            Seen("Good ", finish="stop"),
            "wrong", "reports the finish reason “stop”, which nobody sent",
        ),
        (Seen(), "wrong", "reports an empty answer as a success"),
    ],
)  # fmt: skip
def test_of_a_cut_stream_a_client_should_say_so(seen: Seen, outcome: str, says: str) -> None:
    """To raise is right; a quiet success is not, and began at the server."""
    _, found = seen_of((ROLE, chunk({"content": "Good "})), seen)
    assert (outcome, says) == (found.outcome, found.says)
    assert ("server" if found.breaks else "neither") == found.fault


def test_reasoning_that_is_not_seen_is_nobodys_fault() -> None:
    """It is no field of the API, and a program may do without."""
    parts = (ROLE, chunk({"reasoning_content": "Hm."}), *GOOD[1:])
    _, found = seen_of(parts, Seen("Good tree.", finish="stop", usage=(3, 2)))
    assert ("lossy", "neither", "reasoning") == (found.outcome, found.fault, found.part)


def test_the_first_event_whose_text_is_missing_is_shown() -> None:
    """Not the whole stream."""
    seen = Seen("Good ", finish="stop", usage=(3, 2))
    reading, found = seen_of(GOOD, seen)
    (shown,) = deciding_bytes(reading, found, seen)
    assert "tree." in shown
