"""Modes of parameters: accepted and ignored, refused by name, or answered with 500."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any

from ...events import chunk_of, event_of, events
from ...http1 import Reply, Request
from ...replies import error_reply, page_reply
from ...scripted.turns import WORDS
from ...upstream import Ask
from ..registry import Change, chat_mode, full_edited

Body = dict[str, Any]

IGNORED = (
    "max_tokens", "max_completion_tokens", "stop", "n", "temperature", "logprobs", "logit_bias",
    "response_format", "tools", "tool_choice", "parallel_tool_calls", "stream_options", "stream",
)  # fmt: skip
REFUSED = (
    "max_completion_tokens", "stop", "n", "logprobs", "logit_bias", "response_format", "tools",
    "tool_choice", "parallel_tool_calls", "reasoning_effort", "stream",
)  # fmt: skip


def changed(request: Request, **fields: Any) -> Request:
    """The request with some fields of its body changed; None removes one."""
    body = {name: value for name, value in (request.json | fields).items() if value is not None}
    return replace(request, body=json.dumps(body).encode())


def ignores(name: str) -> Change:
    """A change that removes the field before the server sees it."""

    async def ignore(request: Request, ask: Ask) -> Reply:
        return await ask(changed(request, **{name: None}) if name in request.json else request)

    return ignore


def refuses(name: str) -> Change:
    """A change that answers 400 to a request that sets the field, and names the field."""

    async def refuse(request: Request, ask: Ask) -> Reply:
        # A field that clients always send, such as stream: false, does not count as asking for it.
        if not request.json.get(name):
            return await ask(request)
        return error_reply(400, f"Unsupported parameter: '{name}' is not supported.", param=name)

    return refuse


for _name in IGNORED:
    chat_mode(
        f"ignores-{_name.replace('_', '-')}", f"Accepts {_name} and ignores it.",
        legal=_name != "stream", expects="full-for-stream" if _name == "stream" else "streamed",
    )(ignores(_name))  # fmt: skip
for _name in REFUSED:
    chat_mode(
        f"refuses-{_name.replace('_', '-')}", f"Refuses with 400 any request that sends {_name}.",
        legal=_name != "stream", expects="no-streaming" if _name == "stream" else "streamed",
    )(refuses(_name))  # fmt: skip


def _role(*roles: str) -> Callable[[Body], bool]:
    return lambda body: any(m.get("role") in roles for m in body.get("messages") or [])


# What a request can ask for beyond plain chat, and how to recognise it.
ASKED: dict[str, Callable[[Body], bool]] = {
    "parts": lambda body: any(
        isinstance(message.get("content"), list) for message in body.get("messages") or []
    ),
    "developer": _role("developer"),
    "turns": lambda body: len(body.get("messages") or []) > 2 and not _role("tool")(body),
    "tool-answers": _role("tool"),
    "unknown-fields": lambda body: "x_unknown_field" in body,
}


def turns_down(asked: Callable[[Body], bool], no: Callable[[], Reply]) -> Change:
    """A change that answers `no()` to a request that asks for it."""

    async def turn_down(request: Request, ask: Ask) -> Reply:
        return no() if asked(request.json) else await ask(request)

    return turn_down


_SENT = {"parts": "content parts", "developer": "a developer message", "turns": "several turns"}
for _name, _asked in ASKED.items():
    _words = _SENT.get(_name, _name.replace("-", " "))
    chat_mode(f"refuses-{_name}", f"Refuses with 400 any request that sends {_words}.", legal=True)(
        turns_down(_asked, lambda: error_reply(400, "Extra inputs are not permitted."))
    )
    chat_mode(f"fails-at-{_name}", f"Answers 500 to any request that sends {_words}.", legal=True)(
        turns_down(_asked, lambda: page_reply(500, "Internal Server Error", "It failed."))
    )
for _name in ("n", "logprobs", "response_format", "tools"):
    chat_mode(
        f"fails-at-{_name.replace('_', '-')}",
        f"Answers 500 to any request that sends {_name}.",
        legal=True,
    )(
        turns_down(
            lambda body, name=_name: bool(body.get(name)),  # type: ignore[misc]
            lambda: page_reply(500, "Internal Server Error", "It failed."),
        )
    )


@chat_mode("wants-max-completion-tokens", "Refuses max_tokens and names the newer one.", legal=True)
async def _wants_max_completion_tokens(request: Request, ask: Ask) -> Reply:
    if "max_tokens" not in request.json:
        return await ask(request)
    return error_reply(
        400, "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
        "'max_completion_tokens' instead.", param="max_tokens", code="unsupported_parameter",
    )  # fmt: skip


@chat_mode("stop-letters", "Takes a stop word for a list of its letters.", legal=True)
async def _stop_letters(request: Request, ask: Ask) -> Reply:
    stop = request.json.get("stop")
    return await ask(changed(request, stop=[*stop]) if isinstance(stop, str) else request)


@chat_mode("stop-first-only", "Looks only at the first of several stop words.", legal=True)
async def _stop_first_only(request: Request, ask: Ask) -> Reply:
    stop = request.json.get("stop")
    return await ask(changed(request, stop=stop[:1]) if isinstance(stop, list) else request)


@chat_mode("any-model", "Answers whatever model is asked for.", legal=True)
async def _any_model(request: Request, ask: Ask) -> Reply:
    known = "endpointscope-tiny"
    return await ask(changed(request, model=known) if request.json.get("messages") else request)


@chat_mode("unknown-model-500", "Answers 500 where the model does not exist.", legal=True)
async def _unknown_model_500(request: Request, ask: Ask) -> Reply:
    if str(request.json.get("model")).startswith("no-such-model"):
        return page_reply(500, "Internal Server Error", "It failed.")
    return await ask(request)


@chat_mode("ignores-seed", "Accepts seed and ignores it.", legal=True)
async def _ignores_seed(request: Request, ask: Ask) -> Reply:
    if "seed" not in request.json:
        return await ask(request)
    return await ask(changed(request, seed=int(request.received_s * 1e6)))


@chat_mode("varies", "Answers in other words each time, whatever temperature says.", legal=True)
async def _varies(request: Request, ask: Ask) -> Reply:
    if request.json.get("tools") or not request.json.get("messages"):
        return await ask(request)
    return await ask(changed(request, temperature=1, seed=int(request.received_s * 1e6)))


EFFORTS = {"low": 6, "medium": 40, "high": 90}


@chat_mode(
    "thinks", "Thinks as long as reasoning_effort says before it answers.", legal=True, writes=True,
)  # fmt: skip
async def _thinks(request: Request, ask: Ask) -> Reply:
    body = request.json
    words = EFFORTS.get(str(body.get("reasoning_effort")), 40)
    limit = body.get("max_completion_tokens") or body.get("max_tokens") or 1000
    left = max(limit - words, 0)
    room: Body = {"max_tokens": max(left, 1), "max_completion_tokens": None}
    reply = await ask(changed(request, **room, reasoning_effort=None))
    thoughts = [f"{word} " for word in random.Random(words).choices(WORDS, k=words)]
    if reply.is_event_stream:
        reply.body = _thinking_first(reply.body, thoughts)
        return reply

    def edit(answer: Body) -> None:
        message = answer["choices"][0]["message"]
        message["reasoning_content"] = "".join(thoughts)
        message["content"] = message.get("content") if left else None
        _counts_thoughts(answer, words)

    return await full_edited(reply, edit)


def _counts_thoughts(answer: Body, words: int) -> None:
    usage = answer.get("usage")
    if usage:
        usage["completion_tokens_details"] = {"reasoning_tokens": words}
        usage["completion_tokens"] += words
        usage["total_tokens"] += words


async def _thinking_first(
    body: AsyncIterator[bytes], thoughts: Sequence[str]
) -> AsyncIterator[bytes]:
    """Yield the events, with the reasoning right after the role."""
    first = True
    async for event in events(body):
        chunk = chunk_of(event)
        _counts_thoughts(chunk, len(thoughts))
        yield event_of(chunk) if chunk else event
        if first and chunk:
            first = False
            for thought in thoughts:
                delta = {"reasoning_content": thought}
                choice = {"index": 0, "delta": delta, "finish_reason": None}
                yield event_of(chunk | {"choices": [choice]})
