"""Modes of the Responses API's events: out of order, unfinished, misnamed, without an end."""

from __future__ import annotations

import json

from ...events import DONE, RESPONSE_TEXT, Chunk, chunk_of, event_of, events
from ...http1 import Body
from ..splicing import failing
from .response_dialects import LAST, edited, placed, response_mode

_FAILURE = {"code": "server_error", "message": "The model runner has unexpectedly stopped."}


async def _without(body: Body, *types: str) -> Body:
    """Yield the events without those of these types, renumbered as if they had never existed."""
    missing = 0
    async for event in events(body):
        chunk = chunk_of(event)
        if chunk.get("type") in types:
            missing += 1
        elif missing and "sequence_number" in chunk:
            yield event_of(chunk | {"sequence_number": chunk["sequence_number"] - missing})
        else:
            yield event


@response_mode(
    "responses-no-completed",
    "Ends a Responses stream without response.completed.",
    expects="cut",
    cause="ended-early",
)
def _no_completed(body: Body) -> Body:
    return _without(body, LAST)


@response_mode(
    "responses-done-only",
    "Sends [DONE] in place of response.completed.",
    expects="cut",
)
async def _done_only(body: Body) -> Body:
    async for event in _without(body, LAST):
        yield event
    yield f"data: {DONE}\n\n".encode()


@response_mode(
    "responses-failed", "Ends a Response as failed, with its error.", expects="error-inside",
)  # fmt: skip
def _failed(body: Body) -> Body:
    response = {"id": "resp_demo", "object": "response", "status": "failed", "error": _FAILURE}
    return failing(body, event_of({"type": "response.failed", "response": response}))


@response_mode(
    "responses-error", "Sends an error event in the middle of a Response.", expects="error-inside",
)  # fmt: skip
def _error(body: Body) -> Body:
    return failing(
        body, b"event: error\ndata: " + json.dumps({"type": "error"} | _FAILURE).encode() + b"\n\n"
    )


@response_mode(
    "responses-no-created", "Begins a Responses stream without response.created.",
    also=("no-created-event",),
)  # fmt: skip
def _no_created(body: Body) -> Body:
    return _without(body, "response.created")


@response_mode(
    "responses-no-item", "Sends the text of an item that was never announced.",
    also=("item-not-added",),
)  # fmt: skip
def _no_item(body: Body) -> Body:
    return _without(body, "response.output_item.added", "response.content_part.added")


@response_mode(
    "responses-no-part", "Sends the text of a part that was never announced.",
    also=("part-not-added",),
)  # fmt: skip
def _no_part(body: Body) -> Body:
    return _without(body, "response.content_part.added")


@response_mode(
    "responses-open-item", "Completes a Response whose item was never finished.",
    also=("item-not-done",),
)  # fmt: skip
def _open_item(body: Body) -> Body:
    return _without(body, "response.output_item.done")


@response_mode(
    "responses-unfinished", "Leaves out the events that finish a text and its part.",
    also=("part-not-done", "text-not-done"),
)  # fmt: skip
def _unfinished(body: Body) -> Body:
    return _without(body, "response.output_text.done", "response.content_part.done")


@response_mode(
    "responses-late-item", "Announces an item after its first piece of text.",
    also=("item-not-added",),
)  # fmt: skip
async def _late_item(body: Body) -> Body:
    held = b""
    async for event in events(body):
        kind = chunk_of(event).get("type")
        if kind in ("response.output_item.added", "response.content_part.added"):
            held += event
            continue
        yield event
        if kind == RESPONSE_TEXT and held:
            yield held
            held = b""


@response_mode(
    "responses-misnamed", "Names the events of a Response differently from their data.",
    also=("names-differ",),
)  # fmt: skip
async def _misnamed(body: Body) -> Body:
    async for event in events(body):
        yield event.replace(b"event: response.output_text.delta", b"event: response.text.delta")


@response_mode(
    "responses-untyped", "Leaves the type out of a Response's events.", also=("no-type",)
)
async def _untyped(body: Body) -> Body:
    async for event in events(body):
        name, _, _ = event.partition(b"\n")
        chunk = {key: value for key, value in chunk_of(event).items() if key != "type"}
        yield name + b"\n" + event_of(chunk) if chunk else event


@response_mode(
    "responses-unnamed", "Sends a Response's events without an event: line.",
    also=("no-event-names",),
)  # fmt: skip
async def _unnamed(body: Body) -> Body:
    async for event in events(body):
        yield event.partition(b"\n")[2] if event.startswith(b"event:") else event


@response_mode(
    "responses-same-number", "Gives every event of a Response the same number.",
    also=("numbers-not-rising",),
)  # fmt: skip
def _same_number(body: Body) -> Body:
    return edited(body, lambda chunk: chunk | {"sequence_number": 1})


@response_mode(
    "responses-skips-numbers", "Leaves out every second number of a Response's events.",
    also=("numbers-missing",),
)  # fmt: skip
async def _skips_numbers(body: Body) -> Body:
    number = 0
    async for event in events(body):
        yield event_of(chunk_of(event) | {"sequence_number": number})
        number += 2


@response_mode(
    "responses-new-ids", "Gives an item of a Response another id in each event.",
    also=("id-changes",),
)  # fmt: skip
async def _new_ids(body: Body) -> Body:
    number = 0
    async for event in events(body):
        chunk = placed(chunk_of(event), 0)
        number += 1
        if "item_id" in chunk:
            chunk["item_id"] = f"msg_{number}"
        yield event_of(chunk) if chunk else event


@response_mode(
    "responses-no-deltas", "Sends the text of a Response in its last events only.",
    expects="one-delta", also=("no-deltas",),
)  # fmt: skip
def _no_deltas(body: Body) -> Body:
    return _without(body, RESPONSE_TEXT)


@response_mode(
    "responses-other-text", "Ends a Response with a different text from its pieces.",
    also=("text-differs",),
)  # fmt: skip
def _other_text(body: Body) -> Body:
    def edit(chunk: Chunk) -> Chunk:
        return chunk | {"text": "Another text."} if "text" in chunk else chunk

    return edited(body, edit)


@response_mode(
    "responses-empty-end", "Leaves the output out of response.completed.",
    also=("end-without-output",),
)  # fmt: skip
def _empty_end(body: Body) -> Body:
    def edit(chunk: Chunk) -> Chunk:
        empty = {"response": chunk.get("response", {}) | {"output": []}}
        return chunk | empty if chunk["type"] == LAST else chunk

    return edited(body, edit)


@response_mode(
    "responses-after-end", "Sends more text after response.completed.", also=("after-end",),
)  # fmt: skip
async def _after_end(body: Body) -> Body:
    held = b""
    async for event in events(body):
        if chunk_of(event).get("type") == RESPONSE_TEXT:
            held = event
        yield event
    yield held
