"""Recordings as HAR 1.2 and back, so that any HAR viewer opens them; secrets never get in."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from helpers.wire.recording import Headers, Recording, decoded

UNDATED = "1970-01-01T00:00:00.000Z"
SHORTEST_SECRET = 12

_SECRET_NAME = re.compile(
    r"auth|api[-_]?key|cookie|token(?!s)|secret|password|^key$|[-_]key$|^sig", re.I
)
_SCHEME = re.compile(r"(?:Bearer|Basic|Token)\s+", re.I)
_USERINFO = re.compile(r"(?<=://)[^/?#@]+(?=@)")
_QUERY_VALUE = re.compile(r"(?<=[?&])([^=&#]+)=([^&#]+)")


def to_har(recordings: Iterable[Recording]) -> dict[str, Any]:
    """Return the recordings as one HAR, secrets replaced by as many asterisks.

    Each entry holds `_reads`: [[µs since t_send, bytes], …] over its decoded body, which stands
    there once; also `_call_us`, `_headers_us`, `_end_us` and `_end`.
    """
    creator = {"name": "tokenscope", "version": "1"}
    entries = [_entry(recording) for recording in recordings]
    return {"log": {"version": "1.2", "creator": creator, "entries": entries}}


def from_har(har: Mapping[str, Any]) -> list[Recording]:
    """Return the recordings of a HAR; one from elsewhere has each body as a single read.

    raises:  ValueError when it is not a HAR
    """
    try:
        return [_recording(entry) for entry in har["log"]["entries"]]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(
            f"Expected a HAR 1.2 with log.entries; came {error!r}. Export it again from the "
            "tool that wrote it."
        ) from error


def _entry(recording: Recording) -> dict[str, Any]:
    secrets = _secrets(recording)
    reads = list(decoded(recording))
    body = _starred(b"".join(data for _, data in reads), secrets)
    waited_s = recording.headers_s or 0.0
    ended_s = max(
        filter(None, (recording.end_s, waited_s, *(at for at, _ in reads[-1:]))), default=0
    )
    receive_s = max(0.0, ended_s - waited_s)
    return {
        "startedDateTime": recording.started_at or UNDATED,
        "time": (waited_s + receive_s) * 1e3,
        "request": _request(recording, secrets),
        "response": _response(recording, body, secrets),
        "cache": {},
        "timings": {"send": 0, "wait": waited_s * 1e3, "receive": receive_s * 1e3},
        "_call_us": _us(recording.call_s),
        "_headers_us": _us(recording.headers_s),
        "_end_us": _us(recording.end_s),
        "_end": recording.end,
        "_reads": [[_us(at_s), len(data)] for at_s, data in reads],
    }


def _request(recording: Recording, secrets: list[bytes]) -> dict[str, Any]:
    url = _clean_url(recording.url)
    request: dict[str, Any] = {
        "method": recording.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _har_headers(recording.request_headers, secrets),
        "queryString": [
            {"name": name, "value": value} for name, value in parse_qsl(urlsplit(url).query)
        ],
        "headersSize": -1,
        "bodySize": len(recording.request_body),
    }
    if recording.request_body:
        body = _text(_starred(recording.request_body, secrets))
        request["postData"] = {"mimeType": "application/json", "params": []} | body
    return request


def _response(recording: Recording, body: bytes, secrets: list[bytes]) -> dict[str, Any]:
    content = {"size": len(body), "mimeType": recording.header("content-type")} | _text(body)
    return {
        "status": recording.status or 0,
        "statusText": recording.reason,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _har_headers(recording.headers, secrets),
        "content": content,
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": sum(len(data) for _, data in recording.reads),
    }


def _recording(entry: Mapping[str, Any]) -> Recording:
    request, response = entry["request"], entry["response"]
    body = _bytes(response.get("content", {}))
    started = entry.get("startedDateTime", "")
    ended_s = float(entry.get("time") or 0) / 1e3
    recording = Recording(
        method=request["method"],
        url=request["url"],
        request_body=_bytes(request.get("postData", {})),
        request_headers=_headers(request),
        started_at="" if started == UNDATED else started,
        status=response.get("status") or None,
        reason=response.get("statusText", ""),
        headers=_headers(response),
        encoding_undone=True,
    )
    if "_reads" in entry:
        recording.call_s = _s(entry["_call_us"]) or 0.0
        recording.headers_s = _s(entry["_headers_us"])
        recording.end_s = _s(entry["_end_us"])
        recording.end = entry["_end"]
        recording.reads = _cut(body, entry["_reads"])
    else:
        wait_ms = max(0.0, float(entry.get("timings", {}).get("wait") or 0))
        recording.headers_s = wait_ms / 1e3 if recording.status else None
        recording.reads = [(ended_s, body)] if body else []
        recording.end, recording.end_s = "eof" if recording.status else "broken", ended_s
    return recording


def _cut(body: bytes, reads: Iterable[tuple[int, int]]) -> list[tuple[float, bytes]]:
    """Return the body cut into its reads."""
    pieces, start = [], 0
    for at_us, size in reads:
        pieces.append((at_us / 1e6, body[start : start + size]))
        start += size
    if start != len(body):
        raise ValueError(f"_reads count {start} bytes of a body of {len(body)}")
    return pieces


def _secrets(recording: Recording) -> list[bytes]:
    """Return the secrets that were sent in headers; short ones are ordinary words."""
    values = (value for name, value in recording.request_headers if _SECRET_NAME.search(name))
    found = {_SCHEME.sub("", value, count=1).encode("utf-8", "surrogateescape") for value in values}
    return sorted(
        (value for value in found if len(value) >= SHORTEST_SECRET), key=len, reverse=True
    )


def _starred(data: bytes, secrets: list[bytes]) -> bytes:
    for secret in secrets:
        data = data.replace(secret, b"*" * len(secret))
    return data


def _har_headers(headers: Headers, secrets: list[bytes]) -> list[dict[str, str]]:
    return [{"name": name, "value": _clean_value(name, value, secrets)} for name, value in headers]


def _clean_value(name: str, value: str, secrets: list[bytes]) -> str:
    if _SECRET_NAME.search(name):
        scheme = _SCHEME.match(value)
        kept = scheme[0] if scheme else ""
        return kept + "*" * (len(value) - len(kept))
    for secret in secrets:
        word = secret.decode("utf-8", "surrogateescape")
        value = value.replace(word, "*" * len(word))
    return value


def _clean_url(url: str) -> str:
    url = _USERINFO.sub(lambda found: "*" * len(found[0]), url)
    return _QUERY_VALUE.sub(_clean_query_value, url)


def _clean_query_value(found: re.Match[str]) -> str:
    secret = _SECRET_NAME.search(found[1])
    return f"{found[1]}={'*' * len(found[2])}" if secret else found[0]


def _headers(message: Mapping[str, Any]) -> Headers:
    return tuple((header["name"], header["value"]) for header in message.get("headers", ()))


def _text(body: bytes) -> dict[str, str]:
    """Return a body as HAR holds it: text where it is UTF-8, base64 where it is not."""
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode(), "encoding": "base64"}


def _bytes(content: Mapping[str, Any]) -> bytes:
    text = content.get("text") or ""
    if content.get("encoding") == "base64":
        return base64.b64decode(text)
    return str(text).encode("utf-8", "surrogatepass")


def _us(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1e6)


def _s(us: float | None) -> float | None:
    return None if us is None else us / 1e6
