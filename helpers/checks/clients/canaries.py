"""The kinds of answers that readers are given, and a good one of each.

A reader that fails on the good one is broken, and says nothing about a server.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, get_args

from ...server.http1 import Request as Asked
from ...server.replies import MODEL
from ...server.scripted.reply import reply
from ...wire.recording import Recording
from ...wire.request import PATHS, Api

Kind = Literal[
    "chat", "chat in one piece", "responses", "responses in one piece", "messages",
    "messages in one piece",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
CALLED: Mapping[str, str] = {
    "chat": "a chat's stream", "chat in one piece": "a chat in one piece",
    "responses": "a response's stream", "responses in one piece": "a response in one piece",
    "messages": "a message's stream", "messages in one piece": "a message in one piece",
}  # fmt: skip

_API: Mapping[str, Api] = {"chat": "chat", "responses": "responses", "messages": "messages"}


def answer_kind(api: Api, *, streamed: bool) -> Kind | None:
    """The kind of an answer, None if no reader is made for it."""
    kind = api if streamed else f"{api} in one piece"
    return next((known for known in KINDS if known == kind), None)


async def canary(kind: Kind) -> Recording:
    """A good answer: a chat's stream as in OpenAI's documentation, else our textbook's."""
    if kind == "chat":
        return _chat()
    api = _API[kind.partition(" ")[0]]
    messages = [{"role": "user", "content": "Good morning."}]
    body: dict[str, Any] = {"model": MODEL, "stream": not kind.endswith("piece")}
    body["input" if api == "responses" else "messages"] = messages
    if api == "messages":
        body["max_tokens"] = 1024
    raw = json.dumps(body).encode()
    answer = reply(Asked("POST", f"/v1{PATHS[api]}", "HTTP/1.1", (), raw))
    pieces = [piece async for piece in answer.body]
    return _recorded(api, raw, pieces, dict(answer.headers)["Content-Type"])


def _chat() -> Recording:
    envelope = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "recorded"}
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    chunks: tuple[dict[str, Any], ...] = (
        _chunk({"role": "assistant", "content": ""}),
        _chunk({"content": "Good "}),
        _chunk({"content": "morning."}),
        _chunk({}, "stop"),
        {"choices": [], "usage": usage},
    )
    events = [f"data: {json.dumps(envelope | chunk)}\n\n".encode() for chunk in chunks]
    asked = json.dumps({"model": "recorded", "stream": True, "messages": []}).encode()
    return _recorded("chat", asked, [*events, b"data: [DONE]\n\n"], "text/event-stream")


def _chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def _recorded(api: Api, asked: bytes, pieces: list[bytes], media_type: str) -> Recording:
    return Recording(
        "POST", f"http://canary/v1{PATHS[api]}", asked,
        status=200, reason="OK", headers=(("Content-Type", media_type),), headers_s=0.0,
        reads=[(0.01, piece) for piece in pieces], end="eof", end_s=0.02,
    )  # fmt: skip
