"""Where a stream gets something added, replaced or broken off."""

from __future__ import annotations

from collections.abc import Callable

from ..events import Chunk, chunk_of, event_of, events, finish_of, has_output, is_done, text_of
from ..http1 import Body

EVERY = 5
MIDDLE = 6
CUT_AFTER = 12


async def strewn(body: Body, extra: bytes) -> Body:
    """Yield the events, with an extra one before every fifth."""
    place = 0
    async for event in events(body):
        place += 1
        yield extra + event if place % EVERY == 0 else event


async def replaced(body: Body, change: Callable[[Chunk], bytes]) -> Body:
    """Yield the events, with the sixth text event replaced by `change` of its chunk."""
    texts = 0
    async for event in events(body):
        chunk = chunk_of(event)
        texts += bool(text_of(chunk))
        yield change(chunk) if text_of(chunk) and texts == MIDDLE else event


def inserted(body: Body, make: Callable[[Chunk], Chunk]) -> Body:
    """Yield the events, with a chunk made from the sixth text event right after it."""
    return replaced(body, lambda chunk: event_of(chunk) + event_of(make(chunk)))


async def beginning(body: Body) -> Body:
    """Yield the first twelve output events of a stream, but never its finish reason."""
    outputs = 0
    async for event in events(body):
        outputs += has_output(event)
        if outputs > CUT_AFTER or finish_of(chunk_of(event)) or is_done(event):
            return
        yield event


async def failing(body: Body, last: bytes) -> Body:
    """Yield the first five output events of a stream, then `last` in place of the rest."""
    outputs = 0
    async for event in events(body):
        outputs += has_output(event)
        if outputs > EVERY:
            break
        yield event
    yield last
