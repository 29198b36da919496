"""An exchange that has passed as a recording without its keys, judged by the one diagnosis."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import cast
from urllib.parse import urlsplit

from ...client.tape import QUOTED, Tape
from ...endpoint import Endpoint
from ...secrets.carried_keys import carried
from ...server.http1 import header
from ...wire.codings import READABLE
from ...wire.encoding import KNOWN, Decoder, codings
from ...wire.head import Oddity
from ...wire.reading import GRAMMARS, Reading, read
from ...wire.recording import Cause, End, Recording
from ...wire.request import PATHS, request_of
from .raw_exchange import RawExchange
from .recorder import MOST_BYTES
from .watched import WatchedExchange
from .wordless import without_words

# Only APIs whose grammar we know are judged; the rest is recorded.
JUDGED = tuple(PATHS[api] for api in ("chat", *GRAMMARS))
LONGEST_NAME = 40
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:[{\[]|$)")


def watched_exchange(
    raw: RawExchange, endpoint: Endpoint, number: int, *, bodies: bool = True
) -> WatchedExchange:
    """An exchange that has passed, masked and judged.

    endpoint:  the server behind
    bodies:    False keeps times, sizes, parameters and figures, and no word of either side
    """
    tape = _taped(raw, endpoint)
    recording, hidden = tape.recording, tape.secrets.text
    if recording.end == "closed" and _heard_all(read(recording)):
        # Many clients leave at this point, before the framing's own end.
        recording.end = "eof"
    watched = WatchedExchange(
        endpoint, request_of(recording), number=number, program=hidden(raw.program),
        target=hidden(raw.path), changes=tuple(map(hidden, raw.changes)),
        not_judged=_not_judged(raw), sizes=(raw.sent_bytes, raw.came_bytes),
    )  # fmt: skip
    watched.use(recording)
    watched.judge()
    if not bodies:
        _forget_words(watched)
    return watched


def _taped(raw: RawExchange, endpoint: Endpoint) -> Tape:
    """The tape of an exchange as if this kit had asked; its keys are starred out."""
    began, target, headers = raw.began, raw.target, raw.sent_headers
    body = _asked(raw) or b""
    secrets = carried(target, headers, body)
    if not _JSON.match(body):
        # A body that cannot be read could hold a key, and is not kept.
        body = b""
    parts = urlsplit(endpoint.url)
    url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{target}"
    tape = Tape(Recording(raw.method, url, bounds=endpoint.bounds))
    recording = tape.recording
    tape.send(raw.method, url, headers, body, endpoint=replace(endpoint, headers=secrets))
    recording.url = tape.secrets.text(recording.url)
    recording.started_at, recording.call_s = raw.started_at, 0.0
    if raw.status is not None:
        tape.answer(raw.status, raw.reason, raw.headers)
        recording.headers_s = raw.headers_at - began
    for at, data in raw.reads:
        tape.keep(at - began, data)
    tape.close()
    recording.end_s = raw.ended_at - began
    recording.end, recording.cause = cast(End, raw.end), cast(Cause, raw.cause)
    recording.oddities = tuple(
        Oddity(name, tape.masked(quote)[:QUOTED]) for name, quote in raw.oddities
    )
    recording.detail, recording.pauses = tape.masked(raw.detail), raw.pauses
    return tape


def _heard_all(reading: Reading) -> bool:
    """Whether the last thing that a client waits for has come."""
    last = reading.api != "chat" and reading.answer.finish_reason is not None
    return reading.done or last


def unpacked(body: bytes, encoding: str) -> bytes | None:
    """A request's body, decompressed; None if that fails."""
    decoder = Decoder(encoding)
    plain = decoder.feed(body)
    decoder.close()
    return None if decoder.trouble or decoder.limit else plain


def _asked(raw: RawExchange) -> bytes | None:
    """The request's body, decompressed; None if that fails."""
    return unpacked(b"".join(raw.body), header(raw.sent_headers, "content-encoding"))


def _not_judged(raw: RawExchange) -> str:
    if not raw.known:
        return "only times and sizes are kept for this path"
    if raw.too_large:
        return f"it grew beyond {MOST_BYTES >> 20} MB and was not kept"
    if not raw.path.rstrip("/").endswith(JUDGED) or raw.method != "POST":
        return "only a model's answers are judged"
    body = _asked(raw)
    if body is None:
        packed = ", ".join(codings(header(raw.sent_headers, "content-encoding")))
        return f"its request was packed in {packed[:LONGEST_NAME]}, which could not be unpacked"
    if not _JSON.match(body):
        return "its request is not JSON, and was not kept"
    if packed := _unreadable(header(raw.headers, "content-encoding")):
        return f"it came packed in {packed}, which cannot be unpacked here"
    return ""


def _unreadable(encoding: str) -> str:
    """The first content coding that cannot be decoded here, "" if all can."""
    return next((name for name in codings(encoding) if name in KNOWN - READABLE), "")


def _forget_words(watched: WatchedExchange) -> None:
    """Keep of a judged exchange only what contains no words."""
    findings, figures = watched.findings, watched.figures
    without_words(watched.recording)
    watched.request = request_of(watched.recording)
    watched.use(watched.recording)
    watched.figures = figures
    watched._findings = tuple(replace(found, evidence="", quote="", came="") for found in findings)
