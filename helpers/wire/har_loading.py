"""Recordings from HAR files: our own, and those that browsers and other tools export."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, get_args
from urllib.parse import urlsplit

from ..wording import kind_of
from .bounds import REACHED, Bounds
from .head import Oddity
from .recording import Cause, Headers, Recording

UNDATED = "1970-01-01T00:00:00.000Z"
_ENDS = ("", "eof", "closed", "broken", "limit")


def read_har(har: Any) -> list[Recording]:
    """The recordings in a HAR; in one from another tool, each body is a single read.

    raises:  ValueError, with a readable message, if it is not a HAR, is damaged, or has no bodies
    """
    entries = _entries(har)
    recordings: list[Recording] = []
    for number, entry in enumerate(entries, 1):
        try:
            if _has_body(entry):
                recordings.append(_recording(entry))
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
            words = f"no {error}" if isinstance(error, KeyError) else str(error)
            raise _no_har(f"entry {number} of {len(entries)} with {words}") from error
    if entries and not recordings:
        raise ValueError(
            f"Expected answers; got a HAR with {len(entries)} entries, none of which holds its "
            "body. Export it again with contents (in Chrome's network panel “Save all as HAR with "
            "content”, in Firefox before the page is left)."
        )
    return recordings


def _entries(har: Any) -> list[Any]:
    if not isinstance(har, Mapping):
        raise _no_har(f"JSON of another kind: {kind_of(har)}")
    if isinstance(har.get("log"), Mapping) and isinstance(har["log"].get("entries"), list):
        return list(har["log"]["entries"])
    if "resources" in har and "__export_format" in har:
        raise _no_har("Insomnia's own export, which holds requests without answers")
    if "collection" in har or ("info" in har and "item" in har):
        raise _no_har("a Postman collection, which holds requests without answers")
    names = ", ".join(str(name)[:40] for name in list(har)[:4]) or "nothing"
    raise _no_har(f"an object with {names} and no log.entries")


def _no_har(came: str) -> ValueError:
    return ValueError(
        f"Expected a HAR 1.2 with log.entries; got {came}. Export it again from the tool that "
        "wrote it."
    )


def _has_body(entry: Mapping[str, Any]) -> bool:
    """Whether the body was exported; browsers omit bodies they did not keep."""
    content = entry["response"].get("content") or {}
    return "_reads" in entry or "text" in content or _number(content.get("size")) <= 0


def _recording(entry: Mapping[str, Any]) -> Recording:
    request, response = entry["request"], entry["response"]
    started = entry.get("startedDateTime")
    status = int(_number(response.get("status")))
    recording = Recording(
        method=str(request["method"]),
        url=_address(str(request["url"])),
        request_body=_bytes(request.get("postData")),
        request_headers=_headers(request),
        started_at=started if isinstance(started, str) and started != UNDATED else "",
        status=status if status > 0 else None,
        reason=str(response.get("statusText") or ""),
        headers=_headers(response),
        encoding_undone=True,
        encoding_trouble=str(entry.get("_encodingTrouble") or ""),
        timed=entry.get("_timed") is not False,
        bounds=_bounds(entry.get("_bounds")),
    )
    body = _bytes(response.get("content"))
    if "_reads" in entry:
        _take_reads(recording, entry, body)
    else:
        _take_timings(recording, entry, body)
    return recording


def _address(url: str) -> str:
    """The URL, checked to be one that can be parsed.

    raises:  ValueError for an unclosed bracket or an invalid port
    """
    # urlsplit parses the port only on access, which a replay would do.
    urlsplit(url).port  # noqa: B018 - the property raises on a port that cannot be one
    return url


def _take_reads(recording: Recording, entry: Mapping[str, Any], body: bytes) -> None:
    """Fill in the reads and times of one of our own recordings."""
    recording.call_s = _s(entry.get("_call_us")) or 0.0
    recording.headers_s = _s(entry.get("_headers_us"))
    recording.end_s = _s(entry.get("_end_us"))
    if entry.get("_end") not in _ENDS:
        raise ValueError(f"_end = {str(entry.get('_end'))[:40]!r}")
    recording.end = entry["_end"]
    _take_ending(recording, entry.get("_ending"))
    recording.reads = _cut(body, entry["_reads"])
    recording.pauses = _pauses(entry.get("_pauses"))
    sibling = entry.get("_sibling")
    recording.sibling = sibling if sibling in ("alike", "differs") else ""
    recording.echoed = entry.get("_echoed") is True
    recording.label = str(entry.get("_label") or "")[:40]
    bound = entry.get("_bound")
    recording.bound = bound if bound in REACHED else ""
    recording.oddities = _oddities(entry.get("_oddities"))


def _take_ending(recording: Recording, ending: Any) -> None:
    """Fill in why it ended; recordings that ended well, and old ones, have no entry for it."""
    if ending is None:
        return
    cause, detail, limit_s = ending
    if cause not in get_args(Cause) or not isinstance(limit_s, float | int | None):
        raise ValueError(f"_ending = {str(ending)[:40]!r}")
    recording.cause, recording.detail, recording.limit_s = cause, str(detail), limit_s


def _take_timings(recording: Recording, entry: Mapping[str, Any], body: bytes) -> None:
    """Fill in the times of another tool's entry, which has its end but not its reads."""
    timings = entry.get("timings")
    timings = timings if isinstance(timings, Mapping) else {}
    sent_s, waited_s, received_s = (
        _number(timings.get(name)) / 1e3 for name in ("send", "wait", "receive")
    )
    ended_s = sent_s + waited_s + received_s or _number(entry.get("time")) / 1e3
    recording.timed = False
    recording.headers_s = sent_s + waited_s if recording.status else None
    recording.reads = [(ended_s, body)] if body else []
    recording.end, recording.end_s = "eof" if recording.status else "broken", ended_s


def _cut(body: bytes, reads: Iterable[Any]) -> list[tuple[float, bytes]]:
    """The body, cut into its reads."""
    pieces, start = [], 0
    for at_us, size in reads:
        if not isinstance(at_us, int) or not isinstance(size, int) or min(at_us, size) < 0:
            raise ValueError(f"_reads that are not times with sizes: [{at_us!r}, {size!r}]")
        pieces.append((at_us / 1e6, body[start : start + size]))
        start += size
    if start != len(body):
        raise ValueError(
            f"_reads add up to {start} bytes, but the body has {len(body)}: it was changed"
        )
    return pieces


def _pauses(noted: Any) -> list[tuple[float, float]]:
    """Our own pauses; older files have none."""
    pairs = noted if isinstance(noted, list) else []
    return [(float(start_us) / 1e6, float(length_us) / 1e6) for start_us, length_us in pairs]


def _oddities(noted: Any) -> tuple[Oddity, ...]:
    """The oddities of the answer's head; older files have none."""
    pairs = noted if isinstance(noted, list) else []
    return tuple(Oddity(str(name), str(quote)) for name, quote in pairs)


def _bounds(raised: Any) -> Bounds:
    if not isinstance(raised, Mapping):
        return Bounds()
    known = {field.name for field in fields(Bounds)}
    return Bounds(**{name: int(value) for name, value in raised.items() if name in known})


def _headers(message: Mapping[str, Any]) -> Headers:
    headers = message.get("headers")
    return tuple(
        (str(header["name"]), str(header["value"]))
        for header in (headers if isinstance(headers, list) else ())
        # Chrome lists HTTP/2's pseudo-headers among the others.
        if isinstance(header, Mapping)
        and {"name", "value"} <= header.keys()
        and not str(header["name"]).startswith(":")
    )


def _bytes(content: Any) -> bytes:
    """A body's bytes; only text and base64 are understood."""
    if not isinstance(content, Mapping):
        return b""
    text = content.get("text")
    text = "" if text is None else str(text)
    if content.get("encoding") == "base64":
        return base64.b64decode(text)
    return text.encode("utf-8", "surrogatepass")


def _number(value: Any) -> float:
    """A number that is not negative; 0 for anything else, -1 included."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.0
    return number if math.isfinite(number) and number > 0 else 0.0


def _s(us: Any) -> float | None:
    return None if us is None else float(us) / 1e6
