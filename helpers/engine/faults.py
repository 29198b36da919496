"""The faults: each mode has one thing wrong and everything else in order.

To add one, write what it changes under its name and its sentence: it is then an address, listed
and shown wherever addresses are. A body that raises `HangupError` ends the connection there.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from functools import partial

from helpers.engine.events import chunk_of, events, has_output, is_done
from helpers.engine.http1 import HangupError, Reply, Request, once, whole
from helpers.engine.registry import mode
from helpers.engine.replies import error_reply, json_reply, stream_reply, text_reply
from helpers.engine.upstream import Ask

CUT_AFTER = 12
SLOW_S = 8.0
REFUSABLE = ("temperature", "max_tokens", "seed", "stream_options")

_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n"
    "<body><h1>{title}</h1><p>{text}</p></body></html>\n"
)


@mode("fast", "As fast as the engine writes, instead of at reading speed.", unpaced=True)
async def _fast(request: Request, ask: Ask) -> Reply:
    return await ask(request)


@mode("unauthorized", "Refuses every request with 401, as for a wrong key.")
async def _unauthorized(request: Request, ask: Ask) -> Reply:
    return error_reply(
        401,
        "Incorrect API key provided. You can find your API key in your account's settings.",
        code="invalid_api_key",
        headers=(("WWW-Authenticate", 'Bearer realm="demo"'),),
    )


@mode("no-model", "Lists its models, then answers 404: the model does not exist.")
async def _no_model(request: Request, ask: Ask) -> Reply:
    if not request.is_chat:
        return await ask(request)
    name = request.json.get("model") or ""
    return error_reply(
        404,
        f"The model `{name}` does not exist or you do not have access to it.",
        code="model_not_found",
    )


@mode("html", "Answers 200 with a web page in place of the API.")
async def _html(request: Request, ask: Ask) -> Reply:
    page = _PAGE.format(title="Welcome", text="This server has a web page, and no API here.")
    return text_reply(200, page, "text/html; charset=utf-8")


@mode("zero-chunks", "Opens a stream and ends it without a single event; full answers are right.")
async def _zero_chunks(request: Request, ask: Ask) -> Reply:
    if not (request.is_chat and request.streams):
        return await ask(request)
    return stream_reply(once(b""))


@mode("cut", "Ends in the middle: a stream without finish reason, a full answer half sent.")
async def _cut(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if request.is_chat and reply.status == 200:
        reply.body = (
            _cut_stream(reply.body) if reply.is_event_stream else _half(await whole(reply.body))
        )
    return reply


async def _cut_stream(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    seen = 0
    async for event in events(body):
        seen += has_output(event)
        if seen > CUT_AFTER or _finishes(event):
            return
        yield event


async def _half(body: bytes) -> AsyncIterator[bytes]:
    yield body[: len(body) // 2]
    raise HangupError("cut in the middle, as asked")


@mode("silence", "Lists its models, then takes a prompt and never says anything.")
async def _silence(request: Request, ask: Ask) -> Reply:
    if request.is_chat:
        await asyncio.Event().wait()
    return await ask(request)


@mode("slow", f"Says nothing for {SLOW_S:g} s, as a server that loads its model first.")
async def _slow(request: Request, ask: Ask) -> Reply:
    if request.is_chat:
        await asyncio.sleep(SLOW_S)
        request.received_s += SLOW_S
    return await ask(request)


@mode("rate-limited", "Answers 429 with Retry-After: 20.")
async def _rate_limited(request: Request, ask: Ask) -> Reply:
    if not request.is_chat:
        return await ask(request)
    return error_reply(
        429,
        "Rate limit reached. Please try again in 20s.",
        code="rate_limit_exceeded",
        kind="requests",
        headers=(("Retry-After", "20"),),
    )


@mode("error-500", "Answers 500 with a web page that tells nothing.")
async def _error_500(request: Request, ask: Ask) -> Reply:
    if not request.is_chat:
        return await ask(request)
    page = _PAGE.format(title="500 Internal Server Error", text="The server met an error.")
    return text_reply(500, page, "text/html")


async def _refuse(request: Request, ask: Ask, *, refused: tuple[str, ...]) -> Reply:
    sent = next((name for name in refused if request.is_chat and name in request.json), None)
    if sent is None:
        return await ask(request)
    return error_reply(
        400,
        f"Unsupported parameter: '{sent}' is not supported with this model.",
        param=sent,
        code="unsupported_parameter",
    )


for _name in REFUSABLE:
    _says = f"Refuses with 400 whoever sends {_name}."
    mode(f"refuses-{_name.replace('_', '-')}", _says)(partial(_refuse, refused=(_name,)))
mode("refuses-parameters", f"Refuses with 400 whoever sends one of {', '.join(REFUSABLE)}.")(
    partial(_refuse, refused=REFUSABLE)
)


@mode("no-usage", "Never says how many tokens it used, even when asked.")
async def _no_usage(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if reply.is_event_stream:
        reply.body = _only(reply.body, lambda event: "usage" not in chunk_of(event))
    elif request.is_chat and reply.status == 200:
        answer = json.loads(await whole(reply.body))
        return json_reply(200, {key: answer[key] for key in answer if key != "usage"})
    return reply


@mode("no-done", "Ends its streams properly, but without [DONE].")
async def _no_done(request: Request, ask: Ask) -> Reply:
    reply = await ask(request)
    if reply.is_event_stream:
        reply.body = _only(reply.body, lambda event: not is_done(event))
    return reply


async def _only(body: AsyncIterator[bytes], keep: Callable[[bytes], bool]) -> AsyncIterator[bytes]:
    async for event in events(body):
        if keep(event):
            yield event


def _finishes(event: bytes) -> bool:
    choices = chunk_of(event).get("choices") or []
    return is_done(event) or any(choice.get("finish_reason") for choice in choices)
