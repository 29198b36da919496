"""Responses streams built by hand, in OpenAI's order, from which a test leaves something out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from helpers.tests.support.judged import JSON, TEXT
from helpers.tests.support.recordings import recorded
from helpers.wire.recording import Recording

URL = "http://127.0.0.1:9/v1/responses"
SENT = b'{"model":"oak","input":"a poem","stream":true}'
USAGE = {"input_tokens": 3, "output_tokens": 15, "total_tokens": 18}
Event = dict[str, Any]


def of(kind: str, **fields: Any) -> Event:
    """Return an event of this type; without a dot it is one of the response's."""
    return {"type": kind if kind in ("error", "keepalive") else f"response.{kind}"} | fields


def message(
    texts: Sequence[str] = TEXT, *, place: int = 0, item: str = "msg_1", kind: str = "output_text"
) -> list[Event]:
    """Return the events of one message."""
    at = {"item_id": item, "output_index": place, "content_index": 0}
    name = "refusal" if kind == "refusal" else "text"
    part = {"type": kind, name: "".join(texts)}
    whole = {"type": "message", "id": item, "role": "assistant"}
    return [
        of("output_item.added", output_index=place, item=whole | {"content": []}),
        of("content_part.added", part={"type": kind, name: ""}, **at),
        *(of(f"{kind}.delta", delta=text, **at) for text in texts),
        of(f"{kind}.done", **at, **{name: "".join(texts)}),
        of("content_part.done", part=part, **at),
        of("output_item.done", output_index=place, item=whole | {"content": [part]}),
    ]


def call(
    arguments: Sequence[str] = ('{"city": ', '"Oslo"}'), *, place: int = 0, item: str = "fc_1"
) -> list[Event]:
    """Return the events of one call of a function."""
    at = {"item_id": item, "output_index": place}
    whole = {"type": "function_call", "id": item, "call_id": f"call_{item}", "name": "weather"}
    said = "".join(arguments)
    return [
        of("output_item.added", output_index=place, item=whole | {"arguments": ""}),
        *(of("function_call_arguments.delta", delta=piece, **at) for piece in arguments),
        of("function_call_arguments.done", arguments=said, **at),
        of("output_item.done", output_index=place, item=whole | {"arguments": said}),
    ]


def reasoning(texts: Sequence[str] = ("Hm, ", "a tree."), *, place: int = 0) -> list[Event]:
    """Return the events of one item of reasoning: it has a summary and no content parts."""
    at = {"item_id": "rs_1", "output_index": place, "summary_index": 0}
    part = {"type": "summary_text", "text": "".join(texts)}
    whole = {"type": "reasoning", "id": "rs_1"}
    return [
        of("output_item.added", output_index=place, item=whole | {"summary": []}),
        of("reasoning_summary_part.added", part=part | {"text": ""}, **at),
        *(of("reasoning_summary_text.delta", delta=text, **at) for text in texts),
        of("reasoning_summary_text.done", text="".join(texts), **at),
        of("reasoning_summary_part.done", part=part, **at),
        of("output_item.done", output_index=place, item=whole | {"summary": [part]}),
    ]


def response(*items: list[Event], ends: str = "completed", **fields: Any) -> list[Event]:
    """Return a whole stream of these items, one message where none is given."""
    came = [event for item in items or (message(),) for event in item]
    output = [event["item"] for event in came if event["type"].endswith("output_item.done")]
    begun = {"id": "resp_1", "object": "response", "model": "oak", "output": []}
    ended = begun | {"status": ends, "output": output, "usage": USAGE} | fields
    events = [
        of("created", response=begun), of("in_progress", response=begun), *came,
        of(ends, response=ended),
    ]  # fmt: skip
    return [event | {"sequence_number": number} for number, event in enumerate(events)]


def without(events: Iterable[Event], *kinds: str) -> list[Event]:
    """Return the events but for those of these types."""
    gone = {f"response.{kind}" for kind in kinds}
    return [event for event in events if event["type"] not in gone]


def sent(event: Event, name: str | None = None) -> bytes:
    """Return an event as it is sent, under another name where one is given; "" for none."""
    name = event.get("type", "") if name is None else name
    return (f"event: {name}\n" if name else "").encode() + (
        b"data: " + json.dumps(event).encode() + b"\n\n"
    )


def streamed(events: Iterable[Event | bytes], **facts: Any) -> Recording:
    """Return a recording of the events, which came one by one."""
    parts = [event if isinstance(event, bytes) else sent(event) for event in events]
    reads = [(0.3 + 0.03 * number, part) for number, part in enumerate(parts)]
    return recorded(reads, **{"url": URL, "request_body": SENT} | facts)


def full(body: object, **facts: Any) -> Recording:
    """Return a recording of an answer in one piece."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = SENT.replace(b"true", b"false")
    usual = {"url": URL, "request_body": sent, "headers": JSON}
    return recorded([(2.0, data)], **usual | facts)
