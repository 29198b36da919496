"""Recordings as HAR 1.2, which any HAR viewer can open; secrets are never written."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..product import NAME, VERSION
from .bounds import Bounds
from .codings import READABLE
from .encoding import Decoder
from .har_loading import UNDATED, read_har
from .recording import Headers, Recording
from .redaction import Redaction

__all__ = ["from_har", "to_har"]

CREATOR = {"name": NAME, "version": VERSION}


def from_har(har: Any) -> list[Recording]:
    """The recordings in a HAR, with its secrets masked, since browsers export them all.

    raises:  ValueError, as `read_har`
    """
    return [Redaction(one).kept(one) for one in read_har(har)]


def to_har(recordings: Iterable[Recording], *, secrets: Iterable[str] = ()) -> dict[str, Any]:
    """The recordings as one HAR, with secrets replaced by asterisks of the same length.

    Each entry holds `_reads`: [[µs since t_send, bytes], …], which slice the body; the body is
    stored once, decompressed, with a comment that says so. It also holds `_call_us`, `_headers_us`,
    `_end_us` and `_end`; and, if there are any, `_pauses`, [[µs since t_send, µs], …],
    `_oddities`, [[name, quotation], …], `_echoed`, `_bound` and `_label`.
    secrets:  values to mask wherever they occur, such as the key that was sent; secrets in headers,
              cookies and addresses are found and masked without being listed
    """
    named = tuple(secrets)
    entries = [_entry(recording, Redaction(recording, named)) for recording in recordings]
    log = {"version": "1.2", "creator": CREATOR, "pages": [], "entries": entries}
    return {"log": log}


def _entry(recording: Recording, redaction: Redaction) -> dict[str, Any]:
    decoder = Decoder(recording.encoding, recording.bounds)
    reads = [(at_s, decoder.feed(data)) for at_s, data in recording.reads]
    whole = b"".join(data for _, data in reads)
    trouble = recording.encoding_trouble or decoder.trouble
    unreadable = bool(redaction.secrets) and _hides_something(whole, trouble, redaction)
    kept = b"".join(data for _, data in redaction.reads(reads))
    body = b"*" * len(whole) if unreadable else kept
    waited_s = recording.headers_s or 0.0
    ended_s = max(waited_s, recording.end_s or 0.0, *(at_s for at_s, _ in reads[-1:]))
    entry = {
        "startedDateTime": recording.started_at or UNDATED,
        "time": ended_s * 1e3,
        "request": _request(recording, redaction),
        "response": _response(recording, redaction, body),
        "cache": {},
        "timings": {
            "blocked": -1, "dns": -1, "connect": -1, "ssl": -1,
            "send": 0, "wait": waited_s * 1e3, "receive": (ended_s - waited_s) * 1e3,
        },
        "_call_us": _us(recording.call_s),
        "_headers_us": _us(recording.headers_s),
        "_end_us": _us(recording.end_s),
        "_end": recording.end,
        "_reads": [[_us(at_s), len(data)] for at_s, data in reads],
    }  # fmt: skip
    if trouble:
        entry["_encodingTrouble"] = redaction.secrets.text(trouble)
    if unreadable:
        entry["comment"] = "The body cannot be decoded, so all of it is hidden."
    return entry | _noted(recording, redaction)


def _noted(recording: Recording, redaction: Redaction) -> dict[str, Any]:
    """The fields that only few recordings need."""
    noted: dict[str, Any] = {}
    if recording.sibling:
        noted["_sibling"] = recording.sibling
    if recording.cause:
        detail = redaction.secrets.text(recording.detail)
        noted["_ending"] = [recording.cause, detail, recording.limit_s]
    if recording.pauses:
        noted["_pauses"] = [[_us(start_s), _us(length_s)] for start_s, length_s in recording.pauses]
    if recording.echoed:
        noted["_echoed"] = True
    if recording.label:
        noted["_label"] = recording.label
    if recording.bound:
        noted["_bound"] = recording.bound
    if recording.oddities:
        noted["_oddities"] = [
            [name, redaction.secrets.text(quote)] for name, quote in recording.oddities
        ]
    if not recording.timed:
        noted["_timed"] = False
    if recording.bounds != Bounds():
        noted["_bounds"] = asdict(recording.bounds)
    return noted


def _hides_something(body: bytes, trouble: str, redaction: Redaction) -> bool:
    """Whether a still compressed body holds, or may hold, a secret that a search cannot see."""
    try:
        body.decode()
    except UnicodeDecodeError:
        inside = (Decoder(name).feed(body) for name in READABLE)
        return bool(trouble) or any(map(redaction.secrets.found_in, inside))
    return False


def _request(recording: Recording, redaction: Redaction) -> dict[str, Any]:
    url = redaction.address(recording.url)
    request: dict[str, Any] = {
        "method": recording.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(redaction.headers(recording.request_headers)),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True)
        ],
        "headersSize": -1,
        "bodySize": len(recording.request_body),
    }
    if recording.request_body:
        body = _text(redaction.secrets.masked(recording.request_body))
        request["postData"] = {"mimeType": _request_type(recording), "params": []} | body
    return request


def _request_type(recording: Recording) -> str:
    types = (value for name, value in recording.request_headers if name.lower() == "content-type")
    return next(types, "application/json")


def _response(recording: Recording, redaction: Redaction, body: bytes) -> dict[str, Any]:
    size = sum(len(data) for _, data in recording.reads)
    content: dict[str, Any] = {
        "size": len(body), "mimeType": recording.header("content-type"),
    } | _text(body)  # fmt: skip
    if recording.encoding and recording.encoding.strip().lower() != "identity":
        content["compression"] = len(body) - size
        content["comment"] = f"Came as {recording.encoding}; kept decoded, and _reads count that."
    return {
        "status": recording.status or 0,
        "statusText": redaction.secrets.text(recording.reason),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(redaction.headers(recording.headers)),
        "content": content,
        "redirectURL": redaction.address(recording.header("location")),
        "headersSize": -1,
        "bodySize": size,
    }


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _text(body: bytes) -> dict[str, str]:
    """A body in HAR's form: text if it is UTF-8, base64 if not."""
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode(), "encoding": "base64"}


def _us(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1e6)
