"""Modes of a stream's end: its finish reason, its [DONE], and how it closes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ...events import (
    Chunk,
    chunk_of,
    event_of,
    events,
    finish_of,
    has_output,
    is_done,
    text_of,
    with_text,
)
from ...http1 import Body, HangupError, ResetError
from ..registry import chunk_mode, stream_mode

LATE_S = 3.0
RESET_S = 0.05
DONE_EVENT = b"data: [DONE]\n\n"


async def _only(body: Body, keep: Callable[[bytes], bool]) -> Body:
    async for event in events(body):
        if keep(event):
            yield event


async def _with_done(body: Body, done: bytes) -> Body:
    async for event in events(body):
        yield done if is_done(event) else event


@stream_mode(
    "no-done", "Ends its streams properly but without [DONE].", legal=True, also=("no-done",)
)
def _no_done(body: Body) -> Body:
    return _only(body, lambda event: not is_done(event))


@stream_mode("done-twice", "Sends [DONE] twice at the end.", also=("done-again",))
def _done_twice(body: Body) -> Body:
    return _with_done(body, DONE_EVENT * 2)


@stream_mode("done-spaces", "Writes two spaces before [DONE].", also=("odd-done",))
def _done_spaces(body: Body) -> Body:
    return _with_done(body, b"data:  [DONE]\n\n")


@stream_mode(
    "done-late", f"Sends [DONE] {LATE_S:g} s after the finish reason.", also=("late-done",)
)
async def _done_late(body: Body) -> Body:
    async for event in events(body):
        if is_done(event):
            await asyncio.sleep(LATE_S)
        yield event


@stream_mode(
    "text-after-done", "Sends one more chunk of text after [DONE].", also=("text-after-done",)
)
async def _text_after_done(body: Body) -> Body:
    spoken: Chunk = {}
    async for event in events(body):
        if text_of(chunk := chunk_of(event)):
            spoken = chunk
        yield event
    if spoken:
        yield event_of(with_text(spoken, " One more word."))


@stream_mode(
    "garbage-after-done", "Sends bytes that are not an event after [DONE].", also=("unknown-field",)
)
async def _garbage_after_done(body: Body) -> Body:
    async for piece in body:
        yield piece
    yield b"\r\n<!-- served by a gateway -->\r\n\r\n"


@stream_mode(
    "late-close", f"Keeps the connection open for {LATE_S:g} s after [DONE].", also=("late-close",)
)
async def _late_close(body: Body) -> Body:
    async for piece in body:
        yield piece
    await asyncio.sleep(LATE_S)


@stream_mode(
    "never-close", "Never ends the stream after [DONE].", also=("late-close",), endless=True
)
async def _never_close(body: Body) -> Body:
    async for piece in body:
        yield piece
    await asyncio.Event().wait()


@stream_mode("done-quoted", 'Ends its stream with "[DONE]" in quotation marks.', also=("odd-done",))
def _done_quoted(body: Body) -> Body:
    return _with_done(body, b'data: "[DONE]"\n\n')


@stream_mode(
    "reset-after-finish", "Resets the connection after [DONE] (RST).", also=("broken-end",)
)
async def _reset_after_finish(body: Body) -> Body:
    async for piece in body:
        yield piece
    # When a RST arrives, a client loses whatever it has not yet read.
    await asyncio.sleep(RESET_S)
    raise ResetError("reset after the end, as requested")


@stream_mode(
    "hangs-up-after-finish",
    "Closes the connection after [DONE], without ending the message.",
    also=("broken-end",),
)
async def _hangs_up_after_finish(body: Body) -> Body:
    async for piece in body:
        yield piece
    raise HangupError("closed after the end, as requested")


def _finished(reason: str | None) -> Callable[[Chunk], None]:
    def change(chunk: Chunk) -> None:
        if finish_of(chunk):
            chunk["choices"][0]["finish_reason"] = reason

    return change


chunk_mode(
    "finish-missing", "Never gives a finish reason but sends [DONE] anyway.",
    also=("no-finish-reason",),
)(_finished(None))  # fmt: skip
chunk_mode(
    "finish-empty", 'Gives "" as its finish reason.', also=("empty-finish-reason",)
)(_finished(""))  # fmt: skip
chunk_mode(
    "finish-unknown", "Gives a finish reason of its own, eos_token.",
    also=("unknown-finish-reason",),
)(_finished("eos_token"))  # fmt: skip


@chunk_mode(
    "finish-everywhere",
    "Gives a finish reason in every chunk.",
    also=("finish-reason-everywhere",),
)
def _finish_everywhere(chunk: Chunk) -> None:
    for choice in chunk.get("choices") or []:
        choice["finish_reason"] = "stop"


@chunk_mode("finish-null-dropped", "Omits finish_reason until the end.", legal=True)
def _finish_null_dropped(chunk: Chunk) -> None:
    for choice in chunk.get("choices") or []:
        if choice.get("finish_reason") is None:
            choice.pop("finish_reason", None)


@stream_mode(
    "finish-twice", "Gives its finish reason in two chunks.", also=("finish-reason-again",)
)
async def _finish_twice(body: Body) -> Body:
    async for event in events(body):
        yield event * 2 if finish_of(chunk_of(event)) else event


@stream_mode("finish-with-text", "Gives its finish reason in the last chunk of text.", legal=True)
async def _finish_with_text(body: Body) -> Body:
    held = b""
    async for event in events(body):
        if held and finish_of(chunk_of(event)):
            chunk = chunk_of(held)
            chunk["choices"][0]["finish_reason"] = finish_of(chunk_of(event))
            held, event = b"", event_of(chunk)
        if held:
            yield held
        held = event if has_output(event) and not finish_of(chunk_of(event)) else b""
        if not held:
            yield event
    if held:
        yield held
