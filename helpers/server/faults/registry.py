"""The registry of modes: everything the built-in endpoint can do on request."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ...wire.request import Api
from ..events import Chunk, chunk_of, event_of, events
from ..http1 import Body, Reply, Request, whole
from ..replies import json_reply
from ..upstream import Ask

Change = Callable[[Request, Ask], Awaitable[Reply]]
Alter = Callable[[Reply], None]
Stream = Callable[[Body], Body]
Edit = Callable[[Chunk], object]


@dataclass(frozen=True)
class Mode:
    """One entry: its name in an address, and what it does to a request.

    says:     one sentence for people
    group:    the module that defines it: "framing", "errors", "dialects"
    legal:    the standards allow it, or working servers commonly do it: no finding may be red
    expects:  the finding that must come first for a streamed chat; "" if several are possible
    cause:    the cause that it must give, "" if the name says it all
    also:     the other findings that must come with it
    full:     the finding that must come first for a full answer, if only that is wrong
    endless:  only the client's limits end its answers
    heavy:    it keeps a reader so busy that other streams would seem to stall
    writes:   it makes or changes the answer before pacing, so it comes at the usual pace
    unpaced:  its answers come as fast as they are made
    prefix:   what follows the mode in a base URL
    secure:   it is served over TLS, with a self-signed certificate
    apis:     the APIs whose answers it changes, among those whose streams have text in them
    parts:    the modes that make up a dialect
    version, taken_from:  a dialect's server version, and the source of its behaviour
    """

    name: str
    says: str
    change: Change | None = None
    group: str = ""
    legal: bool = False
    expects: str = "streamed"
    cause: str = ""
    also: tuple[str, ...] = ()
    full: str = ""
    endless: bool = False
    heavy: bool = False
    writes: bool = False
    unpaced: bool = False
    prefix: str = "/v1"
    secure: bool = False
    apis: tuple[Api, ...] = ("chat",)
    parts: tuple[str, ...] = ()
    version: str = ""
    taken_from: str = ""


EVERY_API: tuple[Api, ...] = ("chat", "responses", "messages")
REGISTRY: dict[str, Mode] = {}


def mode(name: str, says: str, **facts: Any) -> Callable[[Change], Change]:
    """Register a mode that handles every request, grouped by the module that defines it."""

    def register(change: Change) -> Change:
        REGISTRY[name] = Mode(name, says, change, **_grouped(change, facts))
        return change

    return register


def chat_mode(name: str, says: str, **facts: Any) -> Callable[[Change], Change]:
    """Register a mode that handles only chats; every other request goes through untouched.

    facts:  fields of `Mode`; with `apis`, it handles those APIs' requests instead
    """
    apis = facts.get("apis", ("chat",))

    def register(answer: Change) -> Change:
        async def change(request: Request, ask: Ask) -> Reply:
            return await (answer(request, ask) if request.api in apis else ask(request))

        mode(name, says, **_grouped(answer, facts))(change)
        return answer

    return register


def reply_mode(name: str, says: str, **facts: Any) -> Callable[[Alter], Alter]:
    """Register a mode that alters the reply to a streamed chat."""

    def register(alter: Alter) -> Alter:
        async def change(request: Request, ask: Ask) -> Reply:
            reply = await ask(request)
            if reply.is_event_stream:
                alter(reply)
            return reply

        chat_mode(name, says, **_grouped(alter, facts))(change)
        return alter

    return register


def stream_mode(name: str, says: str, **facts: Any) -> Callable[[Stream], Stream]:
    """Register a mode that changes the body of a streamed chat."""

    def register(stream: Stream) -> Stream:
        def alter(reply: Reply) -> None:
            reply.body = stream(reply.body)

        reply_mode(name, says, **_grouped(stream, facts))(alter)
        return stream

    return register


def event_mode(
    name: str, says: str, **facts: Any
) -> Callable[[Callable[[bytes], bytes]], Callable[[bytes], bytes]]:
    """Register a mode that changes each event of a streamed chat on its own."""

    def register(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        stream_mode(name, says, **_grouped(change, facts))(lambda body: _each(body, change))
        return change

    return register


def chunk_mode(name: str, says: str, **facts: Any) -> Callable[[Edit], Edit]:
    """Register a mode that edits each chunk of a streamed chat in place."""

    def register(edit: Edit) -> Edit:
        event_mode(name, says, **_grouped(edit, facts))(_edited(edit))
        return edit

    return register


def answer_mode(name: str, says: str, **facts: Any) -> Callable[[Edit], Edit]:
    """Register a mode that edits a chat's answer in place: each chunk, or the full answer."""

    def register(edit: Edit) -> Edit:
        async def change(request: Request, ask: Ask) -> Reply:
            reply = await ask(request)
            if reply.is_event_stream:
                reply.body = _each(reply.body, _edited(edit))
                return reply
            return await full_edited(reply, edit)

        chat_mode(name, says, **_grouped(edit, facts))(change)
        return edit

    return register


async def full_edited(reply: Reply, edit: Edit) -> Reply:
    """A full answer edited in place, and an error as it is."""
    if reply.status != 200:
        return reply
    answer = json.loads(await whole(reply.body))
    edit(answer)
    return json_reply(200, answer)


def _edited(edit: Edit) -> Callable[[bytes], bytes]:
    def change(event: bytes) -> bytes:
        if chunk := chunk_of(event):
            edit(chunk)
            return event_of(chunk)
        return event

    return change


async def _each(body: Body, change: Callable[[bytes], bytes]) -> Body:
    async for event in events(body):
        yield change(event)


def _grouped(change: Callable[..., Any], facts: dict[str, Any]) -> dict[str, Any]:
    return {"group": change.__module__.rpartition(".")[2]} | facts
