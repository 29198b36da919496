"""An answer that began and broke off: cut, lost, badly framed, out of time, or too large."""

from __future__ import annotations

from ...finding import Finding, explained
from ...wire.bounds import REACHED
from ...wording import counted
from ..observed import Observed
from ..proxies import limits_it_fits
from .http import COUNT_BYTES, ended_as_announced, missing_bytes
from .no_answer import nothing_came

QUOTE = 120


def badly_framed(observed: Observed) -> Finding | None:
    """The chunks of the transfer encoding became invalid before the answer was complete."""
    ending = observed.ending
    if ending.cause != "framing" or observed.recording.status is None:
        return None
    if observed.is_page or observed.reading.done or (observed.finished and not _half(observed)):
        return None
    if observed.reading.body:
        size = len(observed.reading.body)
        before = counted(observed.chunks, "chunk") if observed.chunks else counted(size, "byte")
        before += " of the answer came before it"
        do = "Look for whatever else writes to the connection: a debug print, a "
        do += f"second handler, a broken proxy.{observed.kept()}"
    else:
        before = "not one chunk came before it"
        do = "The answer says Transfer-Encoding: chunked: leave that to the server, which writes "
        do += "the chunks, too."
    return explained(
        "bad-framing", "The answer's chunked encoding is broken, so the rest cannot be read.",
        expected="chunks with their length in front, as HTTP/1.1 frames a body",
        came=f"{ending.detail[:QUOTE]}; {before}", do=do,
    )  # fmt: skip


def lost(observed: Observed) -> Finding | None:
    """The connection broke in the middle of the answer."""
    reading = observed.reading
    if observed.ending.end != "broken" or observed.recording.status is None:
        return None
    if (reading.streamed and observed.finished) or (reading.done and observed.ended):
        return None
    if not reading.sse and observed.answer.choices and not _half(observed):
        return explained(
            "broken-end", "The whole answer came, but clients think it was cut off.",
            expected="a body that ends as announced",
            came=f"the end of the connection ({observed.ending.detail})",
            do="Send the right Content-Length, or the last chunk: clients raise an error here.",
        )  # fmt: skip
    return _cut_off(observed, "connection-lost", "a lost connection")


def ended_early(observed: Observed) -> Finding | None:
    """The body ended properly, but the answer in it did not."""
    reading = observed.reading
    if observed.ending.end != "eof" or (reading.done and observed.ended) or reading.limit:
        return None
    if (observed.finished or says_no_end(observed)) and not _half(observed):
        return None
    if not (observed.chunks or observed.answer.choices or reading.events or _half(observed)):
        return None
    return _cut_off(observed, "cut", "the end of the body")


def says_no_end(observed: Observed) -> bool:
    """Whether a complete JSON answer came that lacks only its finish reason."""
    whole = not observed.reading.sse and not observed.answer.cut and bool(observed.answer.choices)
    return whole and not observed.finished and observed.reading.api in ("chat", "completions")


def _half(observed: Observed) -> bool:
    """Whether a full answer is JSON that broke off, of which a part can be read."""
    return observed.broken_off


def _cut_off(observed: Observed, name: str, how: str) -> Finding:
    reading, end_s = observed.reading, observed.ending.at_s
    half = ", in the middle of an event" if reading.findings["unfinished-event"] else ""
    at = f" {end_s:.2f} s after sending" if end_s is not None else ""
    idle_s = (end_s - observed.total_s) if end_s is not None and observed.arrivals else 0.0
    idle = f", {idle_s:.1f} s after the last text" if idle_s > 1 else ""
    what = (
        counted(observed.chunks, "chunk")
        if reading.streamed
        else counted(len(reading.body), "byte")
    )
    missing = f" and {observed.terms.no_end}"
    if _half(observed):
        half, missing = "", ", in the middle of the JSON"
    do = limits_it_fits(observed.recording, idle_s=idle_s, end_s=end_s)
    if name == "cut" and (why := ended_as_announced(observed)):
        missing, do = f"{missing}; {why}", COUNT_BYTES
    return explained(
        name, "The answer was cut off before its end.",
        expected=observed.terms.end,
        came=f"{how}{at}{idle}, with {what}{half}{missing}{missing_bytes(observed)}",
        do=f"{do}{observed.kept()}",
    )  # fmt: skip


def out_of_time(observed: Observed) -> Finding | None:
    """One of our limits ran out while the answer was coming."""
    ending = observed.ending
    if ending.end != "limit" or ending.cause in ("", "closing", "bound"):
        return None
    limit_s = ending.limit_s or 0.0
    if ending.cause == "silence":
        return explained(
            "stopped-coming", f"The answer stopped: no more text for {limit_s:g} s.",
            expected="more text, or an end", came="silence in the middle of the answer",
            do=f"Check the server's log, and the time limits of proxies.{observed.kept()}",
        )  # fmt: skip
    if ending.cause == "whole" and observed.chunks:
        return explained(
            "too-long", f"The answer was not finished after {limit_s:g} s.",
            expected=f"an answer within timeout_s = {limit_s:g}", came="more and more text",
            do=f"Raise timeout_s, or set max tokens.{observed.kept()}",
        )  # fmt: skip
    return _never_ended(observed) or nothing_came(observed)


def _never_ended(observed: Observed) -> Finding | None:
    """A full answer's body that never ended, although its content may be complete."""
    body, recording = observed.reading.body, observed.recording
    if observed.reading.sse or not body.strip():
        return None
    open_end = missing_bytes(observed).removeprefix(", ") or (
        "no last chunk, of length 0, came"
        if "chunked" in recording.header("transfer-encoding").lower()
        else "it has no Content-Length, is not chunked, and the connection stays open"
    )
    if not observed.answer.choices or observed.answer.cut:
        # Too little of the stream came to say what it is.
        if observed.reading.streamed:
            return None
        return explained(
            "stopped-coming", "The answer stopped in the middle.", expected="the rest of it",
            came=f"{counted(len(body), 'byte')}, and then silence; {open_end}",
            do="Check the server's log, and the time limits of proxies.",
        )  # fmt: skip
    return explained(
        "body-never-ends",
        "The whole answer came, but its body never ends, so clients keep waiting.",
        expected="the end of the body after its last byte", came=f"silence; {open_end}",
        do="Send the right Content-Length, or end the chunks, or close the connection.",
    )  # fmt: skip


def too_large(observed: Observed) -> Finding | None:
    """More came than this kit reads."""
    reading, ending = observed.reading, observed.ending
    if not reading.limit and ending.cause != "bound":
        return None
    name = reading.limit or "body-too-large"
    field = REACHED.get(name, "body_bytes")
    bound = getattr(observed.recording.bounds, field)
    return explained(
        name, "The answer is larger than this kit reads.",
        expected=f"an answer within {field} = {bound:,}", came="more",
        do="A server that repeats itself endlessly does this. If the answer is meant to be that "
        f"large, raise the limit: replace(endpoint, bounds=Bounds({field}=…)).{observed.kept()}",
    )  # fmt: skip
