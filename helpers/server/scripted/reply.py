"""An endpoint without a model: it does what OpenAI's reference says, from a script.

The seed chooses its words, its tokens are words, and every parameter that the conformance report
asks about has its effect. Faults are then put in front of it, one by one.
"""

from __future__ import annotations

import base64
import json
import math
import random
import struct
import time
from collections.abc import AsyncIterator

from ..events import event_of
from ..http1 import Reply, Request
from ..replies import MODEL, error_reply, json_reply, stream_reply
from .responses import respond
from .texts import complete, converse
from .turns import Fields, RefusedError, Turn, of_a_known_model, prompt_tokens, turn_of

EMBEDDED = 16


def reply(request: Request) -> Reply:
    """The answer to any request, including refusals."""
    try:
        return _routed(request)
    except RefusedError as refused:
        return refused.reply


def _routed(request: Request) -> Reply:
    path = request.path.removeprefix("/v1")
    if request.method == "GET" and path == "/models":
        return json_reply(200, {"object": "list", "data": [_model()]})
    if request.method == "GET" and path == f"/models/{MODEL}":
        return json_reply(200, _model())
    if request.method == "POST" and path == "/embeddings":
        return _embeddings(request.json)
    if request.method == "POST" and path == "/responses":
        return respond(request)
    if request.api == "completions":
        return complete(request)
    if request.api == "messages":
        return converse(request)
    if request.is_chat:
        return _chat(request)
    return error_reply(404, f"Invalid URL ({request.method} {path})")


def _model() -> Fields:
    return {"id": MODEL, "object": "model", "created": 1_700_000_000, "owned_by": "endpointscope"}


def _chat(request: Request) -> Reply:
    body = request.json
    _check(request.body, body)
    prompt = prompt_tokens(body["messages"])
    turns = [turn_of(body, number) for number in range(body.get("n") or 1)]
    spoken = sum(len(turn.tokens) or len(json.dumps(turn.calls).split()) for turn in turns)
    usage = {
        "prompt_tokens": prompt, "completion_tokens": spoken, "total_tokens": prompt + spoken,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }  # fmt: skip
    envelope = {"id": "chatcmpl-scripted", "created": int(time.time()), "model": MODEL}
    if request.streams:
        return stream_reply(_stream(envelope, turns, usage, body))
    choices = [_choice(turn, place, body) for place, turn in enumerate(turns)]
    return json_reply(
        200, envelope | {"object": "chat.completion", "choices": choices, "usage": usage}
    )


def _check(raw: bytes, body: Fields) -> None:
    """Refuse what the reference does not allow.

    raises:  RefusedError
    """
    if not body:
        raise RefusedError("We could not parse the JSON body of your request.")
    if not isinstance(body.get("messages"), list):
        raise RefusedError("Missing required parameter: 'messages'.")
    of_a_known_model(body)
    temperature = body.get("temperature", 1)
    if not isinstance(temperature, int | float) or not 0 <= temperature <= 2:
        raise RefusedError("Invalid 'temperature': expected a number from 0 to 2.")
    form = (body.get("response_format") or {}).get("type", "text")
    if form not in ("text", "json_object", "json_schema"):
        raise RefusedError(f"Invalid value for response_format: {form!r}.")


def _choice(turn: Turn, place: int, body: Fields) -> Fields:
    message: Fields = {"role": "assistant", "content": turn.text or None, "refusal": None}
    if turn.calls:
        message["tool_calls"] = turn.calls
    return {
        "index": place, "message": message, "logprobs": _logprobs(turn.tokens, body),
        "finish_reason": turn.finish,
    }  # fmt: skip


def _logprob(token: str) -> Fields:
    return {"token": token, "logprob": -0.5, "bytes": [*token.encode()]}


def _logprobs(tokens: list[str], body: Fields) -> Fields | None:
    if not body.get("logprobs"):
        return None
    one = [
        _logprob(token) | {"top_logprobs": [_logprob(token)] * bool(body.get("top_logprobs"))}
        for token in tokens
    ]
    return {"content": one}


async def _stream(
    envelope: Fields, turns: list[Turn], usage: Fields, body: Fields
) -> AsyncIterator[bytes]:
    """A chunk for each token of each choice, then the finish chunks, usage if asked, and [DONE]."""
    head = envelope | {"object": "chat.completion.chunk"}

    def chunk(place: int, delta: Fields, finish: str | None = None, token: str = "") -> bytes:
        logprobs = _logprobs([token], body) if token else None
        choice = {"index": place, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return event_of(head | {"choices": [choice]})

    for place, turn in enumerate(turns):
        yield chunk(place, {"role": "assistant", "content": ""})
        for token in turn.tokens:
            yield chunk(place, {"content": token}, token=token)
        for delta in _call_deltas(turn.calls):
            yield chunk(place, delta)
    for place, turn in enumerate(turns):
        yield chunk(place, {}, turn.finish)
    if (body.get("stream_options") or {}).get("include_usage"):
        yield event_of(head | {"choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def _call_deltas(calls: list[Fields]) -> list[Fields]:
    """Each call in pieces: its id and name first, then its arguments."""
    deltas = []
    for place, call in enumerate(calls):
        arguments = call["function"]["arguments"]
        opening = {"name": call["function"]["name"], "arguments": ""}
        pieces: list[Fields] = [call | {"index": place, "function": opening}]
        for start in range(0, len(arguments), 6):
            piece = {"arguments": arguments[start : start + 6]}
            pieces.append({"index": place, "function": piece})
        deltas += [{"tool_calls": [piece]} for piece in pieces]
    return deltas


def _embeddings(body: Fields) -> Reply:
    given = body.get("input")
    words = given if isinstance(given, list) else [given]
    data = []
    for place, word in enumerate(words):
        chance = random.Random(str(word))
        drawn = [chance.uniform(-1, 1) for _ in range(body.get("dimensions") or EMBEDDED)]
        vector = [number / math.hypot(*drawn) for number in drawn]
        packed = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
        shown = packed if body.get("encoding_format") == "base64" else vector
        data.append({"object": "embedding", "index": place, "embedding": shown})
    tokens = sum(len(str(word).split()) for word in words)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return json_reply(200, {"object": "list", "model": MODEL, "data": data, "usage": usage})
