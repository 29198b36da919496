"""Modes that report a failure inside a stream, in each of its known forms."""

from __future__ import annotations

import json

from ...events import event_of
from ...http1 import Body, Reply, Request
from ...replies import PAGE, json_reply
from ...upstream import Ask
from ..registry import chat_mode, stream_mode
from ..splicing import failing

FAILURE = "The model runner has unexpectedly stopped."
TRACEBACK = """Traceback (most recent call last):
  File "/app/server.py", line 214, in generate
    yield next(stream)
ValueError: CUDA error: an illegal memory access was encountered
"""
ERROR = {"error": {"message": FAILURE, "type": "server_error", "param": None, "code": None}}


@stream_mode("error-first", "Opens a stream whose first event is an error.", expects="error-inside")
async def _error_first(body: Body) -> Body:
    yield event_of(ERROR)


@stream_mode(
    "error-inside", "Reports an error as an event in the middle, then ends.", expects="error-inside"
)
def _error_inside(body: Body) -> Body:
    return failing(body, event_of(ERROR))


@stream_mode(
    "error-event", "Reports an error in an event named error, then ends.", expects="error-inside"
)
def _error_event(body: Body) -> Body:
    return failing(body, b"event: error\n" + event_of(ERROR["error"]))


@stream_mode(
    "error-field", "Reports an error in a field named error, then ends.", expects="error-inside"
)
def _error_field(body: Body) -> Body:
    return failing(body, b"error: " + json.dumps(ERROR["error"]).encode() + b"\n\n")


@stream_mode(
    "error-done", "Reports an error in the middle, then sends [DONE].", expects="error-inside"
)
def _error_done(body: Body) -> Body:
    return failing(body, event_of(ERROR) + b"data: [DONE]\n\n")


@chat_mode(
    "error-200",
    "Answers with status 200 and an error instead of an answer.",
    expects="not-sse",
    cause="json-error",
)
async def _error_200(request: Request, ask: Ask) -> Reply:
    return json_reply(200, ERROR)


@stream_mode(
    "html-inside",
    "Breaks off its stream with a gateway's web page.",
    expects="html-inside",
)
def _html_inside(body: Body) -> Body:
    page = PAGE.format(title="504 Gateway Time-out", text="nginx")
    return failing(body, page.replace("\n", "\r\n").encode())


@stream_mode(
    "traceback-inside",
    "Breaks off its stream with a Python traceback.",
    expects="traceback-inside",
)
def _traceback_inside(body: Body) -> Body:
    return failing(body, TRACEBACK.encode())


@stream_mode(
    "json-error-bare",
    "Reports an error in the middle as bare JSON, without data: before it.",
    expects="error-inside",
)
def _json_error_bare(body: Body) -> Body:
    return failing(body, json.dumps(ERROR).encode() + b"\n")
