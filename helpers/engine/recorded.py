"""Answers out of a shipped recording, where the engine itself cannot run."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

from helpers.engine.events import events
from helpers.engine.http1 import FRAMING, Reply, Request, once, without
from helpers.engine.replies import error_reply
from helpers.engine.upstream import Ask
from helpers.wire.har import from_har
from helpers.wire.recording import Recording

RECORDING = Path(__file__).with_name("recordings") / "tree.har"


def recorded_answers(path: Path = RECORDING) -> Ask:
    """Return what answers each request as the recording's first one of its kind was answered.

    path:  a HAR file whose exchanges were made with an engine
    """
    recordings = from_har(json.loads(path.read_text("utf-8")))
    answers = {_kind(_request(recording)): recording for recording in reversed(recordings)}

    async def ask(request: Request) -> Reply:
        recording = answers.get(_kind(request))
        if recording is None:
            asked = f"{request.method} {request.path}"
            return error_reply(404, f"The recording holds no answer to {asked}.")
        return _reply(recording)

    return ask


def _kind(request: Request) -> tuple[str, str, bool]:
    return request.method, request.path.rpartition("/v1")[2], request.streams


def _request(recording: Recording) -> Request:
    path = urlsplit(recording.url).path
    return Request(recording.method, path, "HTTP/1.1", (), recording.request_body)


def _reply(recording: Recording) -> Reply:
    headers = without(recording.headers, *FRAMING)
    if recording.media_type == "text/event-stream":
        return Reply(recording.status or 200, headers, events(once(recording.body)))
    length = ("Content-Length", str(len(recording.body)))
    return Reply(recording.status or 200, (*headers, length), once(recording.body))
