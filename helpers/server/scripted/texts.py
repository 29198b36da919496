"""Text completions and Anthropic's messages of the endpoint without a model."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator

from ..events import event_of
from ..http1 import Reply, Request
from ..replies import MODEL, json_reply, stream_reply
from .turns import Fields, RefusedError, Turn, of_a_known_model, prompt_tokens, turn_of

_STOPS = {"stop": "end_turn", "length": "max_tokens"}


def complete(request: Request) -> Reply:
    """The text that continues a prompt, full or streamed.

    raises:  RefusedError
    """
    body = request.json
    if not isinstance(body.get("prompt"), str):
        raise RefusedError("Missing required parameter: 'prompt'.")
    of_a_known_model(body)
    messages = [{"role": "user", "content": body["prompt"]}]
    prompt, turn = prompt_tokens(messages), turn_of(body | {"messages": messages}, 0)
    spoken = len(turn.tokens)
    usage = {
        "prompt_tokens": prompt, "completion_tokens": spoken, "total_tokens": prompt + spoken,
    }  # fmt: skip
    head = {
        "id": "cmpl-scripted", "object": "text_completion", "created": int(time.time()),
        "model": MODEL,
    }  # fmt: skip
    if request.streams:
        return stream_reply(_chunks(head, turn))
    return json_reply(200, head | {"choices": [_choice(turn.text, turn.finish)], "usage": usage})


def _choice(text: str, finish: str | None = None) -> Fields:
    return {"text": text, "index": 0, "logprobs": None, "finish_reason": finish}


async def _chunks(head: Fields, turn: Turn) -> AsyncIterator[bytes]:
    for token in turn.tokens:
        yield event_of(head | {"choices": [_choice(token)]})
    yield event_of(head | {"choices": [_choice("", turn.finish)]})
    yield b"data: [DONE]\n\n"


def converse(request: Request) -> Reply:
    """A message in the form of Anthropic's API, full or streamed.

    raises:  RefusedError
    """
    body = request.json
    if not isinstance(body.get("messages"), list) or not isinstance(body.get("max_tokens"), int):
        raise RefusedError("messages and max_tokens: Field required")
    of_a_known_model(body)
    prompt, turn = prompt_tokens(body["messages"]), turn_of(body, 0)
    message = {
        "id": "msg_scripted", "type": "message", "role": "assistant", "model": MODEL,
        "content": [{"type": "text", "text": turn.text}], "stop_sequence": None,
        "stop_reason": _STOPS[turn.finish],
        "usage": {"input_tokens": prompt, "output_tokens": len(turn.tokens)},
    }  # fmt: skip
    if request.streams:
        return stream_reply(_sent(_events(message, turn)))
    return json_reply(200, message)


async def _sent(events: Iterator[Fields]) -> AsyncIterator[bytes]:
    for event in events:
        yield event_of(event)


def _events(message: Fields, turn: Turn) -> Iterator[Fields]:
    """Yield the events of a message, in their order."""
    counts = message["usage"]
    begun = {"content": [], "stop_reason": None, "usage": counts | {"output_tokens": 1}}
    yield {"type": "message_start", "message": message | begun}
    block = {"type": "text", "text": ""}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    for token in turn.tokens:
        piece = {"type": "text_delta", "text": token}
        yield {"type": "content_block_delta", "index": 0, "delta": piece}
    yield {"type": "content_block_stop", "index": 0}
    end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {
        "type": "message_delta", "delta": end,
        "usage": {"output_tokens": counts["output_tokens"]},
    }  # fmt: skip
    yield {"type": "message_stop"}
