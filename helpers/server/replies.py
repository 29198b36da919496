"""Complete, well-formed answers of our own, for modes that need no engine."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any

from .events import event_of
from .http1 import Headers, Reply, Request, once

MODEL = "endpointscope-tiny"

PAGE = (
    "<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n"
    "<body><h1>{title}</h1><p>{text}</p></body></html>\n"
)

Delta = dict[str, Any]
Part = tuple[str, str]
"""A delta's field, "content" or "reasoning_content", and its text."""


def text_reply(status: int, body: str | bytes, media_type: str, headers: Headers = ()) -> Reply:
    """A reply with a complete body and its length."""
    data = body.encode() if isinstance(body, str) else body
    framing = (("Content-Type", media_type), ("Content-Length", str(len(data))))
    return Reply(status, framing + headers, once(data))


def page_reply(status: int, title: str, text: str, headers: Headers = ()) -> Reply:
    """A web page."""
    page = PAGE.format(title=title, text=text)
    return text_reply(status, page, "text/html; charset=utf-8", headers)


def json_reply(status: int, value: Any, headers: Headers = ()) -> Reply:
    """A JSON reply."""
    return text_reply(status, json.dumps(value), "application/json", headers)


def error_reply(
    status: int,
    message: str,
    *,
    code: str | None = None,
    kind: str = "invalid_request_error",
    param: str | None = None,
    headers: Headers = (),
) -> Reply:
    """An error in OpenAI's shape."""
    error = {"message": message, "type": kind, "param": param, "code": code}
    return json_reply(status, {"error": error}, headers)


def stream_reply(body: AsyncIterator[bytes]) -> Reply:
    """A reply that is an event stream."""
    headers = (("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache"))
    return Reply(200, headers, body)


def completion(
    request: Request, parts: Iterable[Part], *, finish: str = "stop", **names: str
) -> Reply:
    """A complete answer made of these parts, streamed or full as requested.

    names:  other values for "id", "model", "system_fingerprint"
    """
    parts = list(parts)
    message = {"content": _joined(parts, "content")}
    if reasoning := _joined(parts, "reasoning_content"):
        message["reasoning_content"] = reasoning
    deltas = [{field: text} for field, text in parts]
    return answer(request, deltas, message=message, finish=finish, **names)


def answer(
    request: Request,
    deltas: list[Delta],
    *,
    message: dict[str, Any],
    finish: str = "stop",
    **names: str,
) -> Reply:
    """A complete answer: these deltas if streamed, otherwise this message without its role."""
    envelope = {"id": "chatcmpl-demo", "created": int(time.time()), "model": MODEL} | names
    usage = {"prompt_tokens": 8, "completion_tokens": len(deltas), "total_tokens": 8 + len(deltas)}
    if request.streams:
        options = request.json.get("stream_options") or {}
        asked = usage if options.get("include_usage") else None
        return stream_reply(_stream(envelope, deltas, finish, asked))
    choice = {"index": 0, "message": {"role": "assistant"} | message, "finish_reason": finish}
    return json_reply(
        200, envelope | {"object": "chat.completion", "choices": [choice], "usage": usage}
    )


async def _stream(
    envelope: dict[str, Any], deltas: list[Delta], finish: str, usage: dict[str, int] | None
) -> AsyncIterator[bytes]:
    yield _chunk(envelope, {"role": "assistant", "content": ""})
    for delta in deltas:
        yield _chunk(envelope, delta)
    yield _chunk(envelope, {}, finish)
    if usage:
        chunk = envelope | {"object": "chat.completion.chunk", "choices": [], "usage": usage}
        yield event_of(chunk)
    yield b"data: [DONE]\n\n"


def _chunk(envelope: dict[str, Any], delta: Delta, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return event_of(envelope | {"object": "chat.completion.chunk", "choices": [choice]})


def _joined(parts: list[Part], field: str) -> str:
    return "".join(text for name, text in parts if name == field)
