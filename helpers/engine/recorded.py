"""Answers out of a shipped recording, where the engine itself cannot run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from helpers.engine.events import events
from helpers.engine.http1 import Reply, Request, once
from helpers.engine.replies import error_reply, stream_reply, text_reply
from helpers.engine.upstream import Ask


def recorded_answers(path: Path) -> Ask:
    """Return what answers each request as the recording's first one of its kind was answered.

    path:  a HAR file whose entries were made with an engine
    """
    entries = json.loads(path.read_text("utf-8"))["log"]["entries"]
    answers = {_kind_recorded(entry): entry["response"] for entry in reversed(entries)}

    async def ask(request: Request) -> Reply:
        response = answers.get(_kind(request))
        if response is None:
            return error_reply(
                404, f"The recording holds no answer to {request.method} {request.path}."
            )
        body = response["content"]["text"].encode()
        if response["content"]["mimeType"].startswith("text/event-stream"):
            return stream_reply(events(once(body)))
        return text_reply(response["status"], body, response["content"]["mimeType"])

    return ask


def _kind(request: Request) -> tuple[str, str, bool]:
    return request.method, request.path.rpartition("/v1")[2], request.streams


def _kind_recorded(entry: dict[str, Any]) -> tuple[str, str, bool]:
    sent = entry["request"]
    body = sent.get("postData", {}).get("text", "").encode()
    return _kind(Request(sent["method"], urlsplit(sent["url"]).path, "HTTP/1.1", (), body))
