"""A conversation as values: what goes back to the server, and what stands in place of what."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpers.checks.chat.own_message import own_keys, own_messages
from helpers.checks.chat.sums import sums
from helpers.checks.chat.turns import Conversation, Step, TurnError, prompt_tokens
from helpers.tests.support.asked import exchange_of
from helpers.tests.support.judged import JSON
from helpers.tests.support.recordings import recorded
from helpers.tests.support.turns import answered, refused, say, usage

ASKED = ({"role": "user", "content": "a tree"},)


def contents(messages: tuple[dict[str, object], ...]) -> list[object]:
    """Return what each message says."""
    return [message["content"] for message in messages]


def test_the_servers_own_message_goes_back_whole() -> None:
    """Unknown keys too; pieces are joined, and what is repeated in each chunk stands once."""
    exchange = answered(
        ASKED,
        {"role": "assistant", "reasoning_content": "It is ", "provider": "oak"},
        {"role": "assistant", "reasoning_content": "green.", "provider": "oak"},
        {"content": "A tr", "reasoning_details": [{"text": "x"}]},
        {"content": "ee", "signature": "s1"},
    )
    (own,) = own_messages(exchange.reading)
    assert {
        "role": "assistant", "content": "A tree", "reasoning_content": "It is green.",
        "provider": "oak", "reasoning_details": [{"text": "x"}], "signature": "s1",
    } == own  # fmt: skip
    keys = ["provider", "reasoning_content", "reasoning_details", "signature"]
    assert keys == own_keys((own,))


def test_half_a_character_of_the_servers_goes_back_as_what_can_be_sent() -> None:
    """In any place of its message; halves that meet are the character."""
    exchange = answered(
        ASKED, {"content": "oak", "reasoning": "\ud83c", "notes": [{"\ud800": "\udfff"}]},
        {"reasoning": "\udf33"},
    )  # fmt: skip
    (own,) = own_messages(exchange.reading)
    assert ("\N{DECIDUOUS TREE}", [{"�": "�"}]) == (own["reasoning"], own["notes"])


def test_a_call_goes_back_with_what_stands_beside_it() -> None:
    """Its arguments in one piece, and the key that some servers want to see again."""
    signed = {"google": {"thought_signature": "abc"}}
    call = {"index": 0, "id": "c1", "type": "function", "extra_content": signed}
    exchange = answered(
        ASKED,
        {"tool_calls": [call | {"function": {"name": "weather", "arguments": '{"ci'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": 'ty": 1}'}}]},
        finish="tool_calls",
    )
    (own,) = own_messages(exchange.reading)
    function = {"name": "weather", "arguments": '{"city": 1}'}
    called = {"extra_content": signed, "id": "c1", "type": "function", "function": function}
    assert [called] == own["tool_calls"]


def test_an_answer_in_one_piece_goes_back_as_it_is() -> None:
    """Without what is null, but for the content."""
    message = {"role": "assistant", "content": None, "refusal": "no", "audio": None, "x": 1}
    body = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
    exchange = exchange_of(recorded([(0.1, body.encode())], headers=()))
    assert ({"role": "assistant", "content": None, "refusal": "no", "x": 1},) == own_messages(
        exchange.reading
    )


def test_the_items_of_a_response_go_back() -> None:
    """As the terminal event holds them; nothing but the text where none came."""
    url = "http://127.0.0.1:9/v1/responses"
    item = {"type": "message", "id": "m1", "content": [{"type": "output_text", "text": "oak"}]}
    delta = {"type": "response.output_text.delta", "item_id": "m1", "output_index": 0,
             "content_index": 0, "delta": "oak"}  # fmt: skip
    ended = {"type": "response.completed", "response": {"status": "completed", "output": [item]}}
    reads = [
        (0.1 + 0.1 * number, f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode())
        for number, one in enumerate((delta, ended))
    ]
    assert (item,) == own_messages(exchange_of(recorded(reads, url=url)).reading)
    cut = exchange_of(recorded(reads[:1], url=url, end="closed")).reading
    assert ({"role": "assistant", "content": "oak"},) == own_messages(cut)


def test_a_completion_goes_back_as_its_text() -> None:
    """It has no message of its own."""
    body = b'{"choices": [{"index": 0, "text": "An oak.", "finish_reason": "stop"}]}'
    url = "http://127.0.0.1:9/v1/completions"
    completed = exchange_of(recorded([(0.1, body)], url=url, headers=JSON)).reading
    assert ({"role": "assistant", "content": "An oak."},) == own_messages(completed)


def test_what_was_said_and_answered_is_sent_again() -> None:
    """Turns that brought no answer are passed over."""
    chat = Conversation()
    say(chat, "a tree")
    chat.take(Step("say", "a hill"), refused(chat.to_send(Step("say", "a hill")), "busy", 503))
    assert ["a tree", "an oak", "a lake"] == contents(chat.to_send(Step("say", "a lake")))


def test_another_answer_stands_in_place_of_the_last() -> None:
    """The ones before stay with it; one that did not come changes nothing."""
    chat = Conversation()
    say(chat, "a tree")
    again, edit = Step("again"), Step("edit", "a hill")
    chat.take(again, answered(chat.to_send(again), {"content": "an elm"}))
    chat.take(edit, answered(chat.to_send(edit), {"content": "a dune"}))
    (turn,) = chat.turns
    assert ("a hill", "a dune") == (turn.prompt, turn.text)
    assert ["an oak", "an elm"] == [one.text for one in turn.earlier]
    chat.take(again, refused(chat.to_send(again), "busy", 503))
    assert ["a hill", "a dune"] == contents(chat.messages)
    assert 1 == len(chat.failed)


def test_a_stopped_answer_goes_on_where_it_stopped() -> None:
    """It is sent as a beginning, and both parts go back as one message."""
    chat = Conversation()
    say(chat, "a tree", {"content": "an o"}, finish=None, end="closed")
    step = Step("go on")
    assert ["a tree", "an o"] == contents(chat.to_send(step))
    chat.take(step, answered(chat.to_send(step), {"content": "ak"}))
    assert ["a tree", "an oak"] == contents(chat.messages)
    assert 2 == len(chat.exchanges)


@pytest.mark.parametrize("kind", ["again", "edit", "go on"])
def test_without_a_turn_there_is_nothing_to_do_again(kind: str) -> None:
    """The error says what to do first."""
    with pytest.raises(TurnError, match="Say something first"):
        Conversation().to_send(Step(kind, "a tree"))


def test_keys_that_the_server_refuses_are_left_out() -> None:
    """Once, and only where they may be to blame."""
    chat = Conversation()
    say(chat, "a tree", {"content": "an oak", "reasoning": "hm"})
    asked = chat.to_send(Step("say", "a hill"))
    assert not chat.give_way(answered(asked, {"content": "a dune"}))
    assert not chat.give_way(refused(asked, "context length exceeded"))
    assert chat.give_way(refused(asked, "reasoning: extra inputs are not permitted"))
    sent = chat.to_send(Step("say", "a hill"))
    assert {"role": "assistant", "content": "an oak"} == sent[1]
    assert not chat.give_way(refused(sent, "still not"))


def test_a_conversation_is_summed_up() -> None:
    """Every request counts, and the last one tells how much of the context is taken."""
    chat = Conversation()
    say(chat, "a tree", usage=usage(10, 20))
    say(chat, "a hill", usage=usage(40, 10))
    taken = sums(chat, 200)
    assert (2, 50, 30, 50, 0.25) == (
        taken.turns, taken.tokens_in, taken.tokens_out, taken.held, taken.share,
    )  # fmt: skip
    assert sums(Conversation(), None).share is None


def test_a_streamed_message_goes_back_with_its_blocks() -> None:
    """A call as the object it is, thinking with its signature."""
    told: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"role": "assistant", "content": []}},
        block(0, type="thinking", thinking=""),
        delta(0, type="thinking_delta", thinking="hm"),
        delta(0, type="signature_delta", signature="s1"),
        block(1, type="tool_use", id="t", name="get", input={}),
        delta(1, type="input_json_delta", partial_json='{"city": "Be'),
        delta(1, type="input_json_delta", partial_json='rlin"}'),
        block(2, type="tool_use", id="u", name="now", input={}),
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
        {"type": "message_stop"},
    ]
    reads = [(0.1, f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode()) for one in told]
    url = "http://127.0.0.1:9/v1/messages"
    (own,) = own_messages(exchange_of(recorded(reads, url=url)).reading)
    assert [
        {"type": "thinking", "thinking": "hm", "signature": "s1"},
        {"type": "tool_use", "id": "t", "name": "get", "input": {"city": "Berlin"}},
        {"type": "tool_use", "id": "u", "name": "now", "input": {}},
    ] == own["content"]


def block(index: int, **content: Any) -> dict[str, Any]:
    """Return the event with which a block begins."""
    return {"type": "content_block_start", "index": index, "content_block": content}


def delta(index: int, **more: Any) -> dict[str, Any]:
    """Return the event that adds to a block."""
    return {"type": "content_block_delta", "index": index, "delta": more}


def test_what_messages_count_beside_the_prompt_is_part_of_it() -> None:
    """Anthropic's input_tokens are what was not cached."""
    counts = {"input_tokens": 3, "cache_read_input_tokens": 90, "cache_creation_input_tokens": 7}
    body = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": "oak"}],
            "stop_reason": "end_turn", "usage": counts | {"output_tokens": 1}}  # fmt: skip
    read = [(0.1, json.dumps(body).encode())]
    url = "http://127.0.0.1:9/v1/messages"
    assert 100 == prompt_tokens(exchange_of(recorded(read, url=url, headers=())))
