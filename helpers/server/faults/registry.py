"""The registry of modes: what the built-in endpoint can be asked to do otherwise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ..events import Chunk, chunk_of, event_of, events
from ..http1 import Body, Reply, Request
from ..upstream import Ask

Change = Callable[[Request, Ask], Awaitable[Reply]]


@dataclass(frozen=True)
class Mode:
    """One entry: its name in an address, and how a request is answered in place of asking on.

    says:     one sentence for people
    group:    the noun it belongs to: "framing", "errors", "dialects"
    legal:    it is allowed, or usual among servers that work: nothing about it may be red
    word:     the stream's word it is to be recognised by; "" where no stream comes to be judged;
              what is legal or unpaced may be unclear too
    cause:    the word's cause, "" where the word says it all
    finds:    the names of what must be found beside that word
    trouble:  the name of what a chat meets where no stream comes
    endless:  it ends only by the client's limits
    heavy:    it keeps a reader busy for a while, which then seems to stall elsewhere
    writes:   it writes the answer itself, which then comes at the usual pace
    unpaced:  its answers come as fast as they are made
    prefix:   what follows its segment in a base URL
    secure:   it is reached over TLS, with a certificate that nobody signed
    parts:    the modes that a dialect consists of
    version, taken_from:  a dialect's server with its version, and where its ways were seen
    """

    name: str
    says: str
    change: Change | None = None
    group: str = ""
    legal: bool = False
    word: str = "streamed"
    cause: str = ""
    finds: tuple[str, ...] = ()
    trouble: str = ""
    endless: bool = False
    heavy: bool = False
    writes: bool = False
    unpaced: bool = False
    prefix: str = "/v1"
    secure: bool = False
    parts: tuple[str, ...] = ()
    version: str = ""
    taken_from: str = ""


REGISTRY: dict[str, Mode] = {}


Alter = Callable[[Reply], None]
Stream = Callable[[Body], Body]


def mode(name: str, says: str, **facts: Any) -> Callable[[Change], Change]:
    """Return the decorator that puts a mode into the registry, grouped by its module's name."""

    def register(change: Change) -> Change:
        REGISTRY[name] = Mode(name, says, change, **_grouped(change, facts))
        return change

    return register


def chat_mode(name: str, says: str, **facts: Any) -> Callable[[Change], Change]:
    """Return the decorator of a mode that answers chats alone; everything else is asked on."""

    def register(answer: Change) -> Change:
        async def change(request: Request, ask: Ask) -> Reply:
            return await (answer(request, ask) if request.is_chat else ask(request))

        mode(name, says, **_grouped(answer, facts))(change)
        return answer

    return register


def reply_mode(name: str, says: str, **facts: Any) -> Callable[[Alter], Alter]:
    """Return the decorator of a mode that alters the reply to a chat when it is a stream."""

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
    """Return the decorator of a mode that changes the body of a chat's stream."""

    def register(stream: Stream) -> Stream:
        def alter(reply: Reply) -> None:
            reply.body = stream(reply.body)

        reply_mode(name, says, **_grouped(stream, facts))(alter)
        return stream

    return register


def event_mode(
    name: str, says: str, **facts: Any
) -> Callable[[Callable[[bytes], bytes]], Callable[[bytes], bytes]]:
    """Return the decorator of a mode that changes each event of a chat's stream by itself."""

    def register(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        async def stream(body: Body) -> Body:
            async for event in events(body):
                yield change(event)

        stream_mode(name, says, **_grouped(change, facts))(stream)
        return change

    return register


def chunk_mode(
    name: str, says: str, **facts: Any
) -> Callable[[Callable[[Chunk], None]], Callable[[Chunk], None]]:
    """Return the decorator of a mode that changes each chunk of a chat's stream in place."""

    def register(change: Callable[[Chunk], None]) -> Callable[[Chunk], None]:
        def rewritten(event: bytes) -> bytes:
            if chunk := chunk_of(event):
                change(chunk)
                return event_of(chunk)
            return event

        event_mode(name, says, **_grouped(change, facts))(rewritten)
        return change

    return register


def _grouped(change: Callable[..., Any], facts: dict[str, Any]) -> dict[str, Any]:
    return {"group": change.__module__.rpartition(".")[2]} | facts
