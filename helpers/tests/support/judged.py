"""What the diagnosis says of recordings that are built by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from helpers.diagnose.diagnosis import diagnose
from helpers.endpoint import Endpoint
from helpers.finding import Finding
from helpers.tests.support.recordings import recorded
from helpers.tests.support.streams import DONE, event
from helpers.wire.reading import read
from helpers.wire.recording import Recording

LINE = "The old oak stands on a hill and holds its leaves against the evening wind ."
TEXT = [f"{word} " for word in LINE.split()]
FIRST = event({"role": "assistant", "content": ""})
STOP = event({}, "stop")
JSON = (("Content-Type", "application/json"),)


def events(texts: Sequence[str] = TEXT, field: str = "content") -> list[bytes]:
    """Return a whole and proper stream of these texts, event by event."""
    return [FIRST, *(event({field: text}) for text in texts), STOP, DONE]


def paced(
    parts: Sequence[bytes], *, first_s: float = 0.3, gap_s: float = 0.03, **facts: Any
) -> Recording:
    """Return a recording whose parts came one by one."""
    reads = [(first_s + gap_s * number, part) for number, part in enumerate(parts)]
    return recorded(reads, **facts)


def whole(body: bytes, at_s: float = 2.0, **facts: Any) -> Recording:
    """Return a recording of one read."""
    return recorded([(at_s, body)], **facts)


def refusal(
    status: int, body: object, *headers: tuple[str, str], model: str = "oak", **facts: Any
) -> Recording:
    """Return an error: JSON for an object, a page for words that begin like one."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html" if text.startswith("<") else "application/json"
    sent = json.dumps({"model": model, "messages": [], "stream": True}).encode()
    given = {"reason": "", "request_body": sent} | facts
    return whole(
        text.encode(), 0.2, status=status, headers=(("Content-Type", kind), *headers), **given
    )


def findings(recording: Recording, endpoint: Endpoint | None = None) -> tuple[Finding, ...]:
    """Return what the diagnosis says of a recording, the word first."""
    return diagnose(read(recording), endpoint=endpoint)


def first(recording: Recording, endpoint: Endpoint | None = None) -> Finding:
    """Return the finding that names the whole."""
    return findings(recording, endpoint)[0]


def remarked(recording: Recording) -> dict[str, str]:
    """Return the levels of the findings beside the word that are no mere facts, by their names."""
    _, *beside = findings(recording)
    return {found.name: found.level for found in beside if found.level != "pass"}


def reds(recording: Recording) -> list[str]:
    """Return the names of what failed."""
    return [found.name for found in findings(recording) if found.level == "fail"]
