"""One word for a stream, why it fits, and what to change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..wire.chunk_statistics import Facts, is_ping, stream_facts
from ..wire.reading import Reading
from ..wire.recording import Recording
from .body import QUOTE, Ruling, instead_of_sse
from .chunks import stream_findings
from .delivery import (
    ENOUGH_S,
    LONG_BYTES,
    MANY_CHUNKS,
    buffered,
    cumulative,
    one_delta,
    re_chunked,
    stalled,
)
from .framing import StreamFinding

__all__ = ["StreamFinding", "StreamReport", "Word", "judge_stream"]

Word = Literal[
    "silent", "not SSE", "error inside", "keep-alives only", "cut", "cumulative", "one delta",
    "buffered", "re-chunked", "stalled", "unclear", "streamed",
]  # fmt: skip


@dataclass(frozen=True)
class StreamReport:
    """One word for a stream, and everything else that was seen beside it.

    cause:   the word's cause under a stable name: "html" and "ndjson" are both "not SSE"
    chunks:  events with output; reads counts the network reads that brought them
    """

    word: Word
    cause: str
    says: str
    evidence: str
    remedy: str
    findings: tuple[StreamFinding, ...]
    reads: int
    events: int
    chunks: int
    characters: int
    total_s: float
    span_s: float

    def __repr__(self) -> str:
        return f"{self.word}: {self.says}"


def judge_stream(recording: Recording) -> StreamReport:
    """Return the first word that holds, with its cause, and the findings beside it."""
    reading = Reading(recording)
    reading.catch_up()
    facts = stream_facts(reading)
    word, ruling = next(
        (word, ruling) for word, judge in _JUDGES.items() if (ruling := judge(facts)) is not None
    )
    return StreamReport(
        word, ruling.cause, ruling.says, ruling.evidence, ruling.remedy,
        findings=stream_findings(facts, word),
        reads=len(facts.arrivals),
        events=len(reading.events),
        chunks=facts.chunks,
        characters=sum(len(piece.text) for piece in facts.pieces),
        total_s=facts.total_s,
        span_s=facts.span_s,
    )  # fmt: skip


def _silent(facts: Facts) -> Ruling | None:
    recording = facts.recording
    log = "Look into the server's log, and at what stands between."
    if recording.status is None:
        waited = f" after {recording.end_s:.1f} s" if recording.end_s is not None else ""
        says = "No answer came." if recording.end else "No answer came yet."
        return Ruling("no-response", says, f"no status line{waited}", log)
    said = [event for *_, event in facts.reading.events if not is_ping(event)]
    if said and all(event.data.strip() == "[DONE]" for event in said):
        return Ruling(
            "only-done", "The stream said [DONE] and nothing else.", _status(facts),
            f"{log} A gateway that lost its upstream ends like this.",
        )  # fmt: skip
    if recording.body.strip():
        return None
    return Ruling("empty", "Not a word came: the body is empty.", _status(facts), log)


def _error_inside(facts: Facts) -> Ruling | None:
    error = facts.answer.error
    if error is None:
        return None
    after = f" after {facts.chunks} chunks of the answer" if facts.chunks else ""
    return Ruling(
        "error-inside", f"The server reported an error inside the stream{after}.",
        f"“{error.message[:QUOTE]}”" + (f", code {error.code[:40]}" if error.code else ""),
        "Its words say what failed; look into the server's log, or at the provider behind it.",
    )  # fmt: skip


def _keep_alives_only(facts: Facts) -> Ruling | None:
    found, reading = facts.reading.findings, facts.reading
    pings = found["comment"] + found["event-without-data"] + len(reading.events)
    if not pings or not all(is_ping(event) for *_, event in reading.events):
        return None
    reads = facts.recording.reads
    return Ruling(
        "keep-alives-only", "Only signs of life came, and no answer.",
        f"{pings} comments or empty events, the last after {reads[-1][0]:.1f} s",
        "The server waits for something: look into its log and its queue. Keep-alives hold a "
        "client's read timeout off for ever, so set a limit on time without text.",
    )  # fmt: skip


def _cut(facts: Facts) -> Ruling | None:
    recording, reading = facts.recording, facts.reading
    if facts.finished or reading.done or reading.limit or recording.end not in ("eof", "broken"):
        return None
    broken = recording.end == "broken"
    how = "the connection was lost" if broken else "the body ended"
    half = ", in the middle of an event" if reading.findings["unfinished-event"] else ""
    at = f" after {recording.end_s:.2f} s" if recording.end_s is not None else ""
    return Ruling(
        "connection-lost" if broken else "ended-early", "The stream was cut off before its end.",
        f"{how}{at} and {facts.chunks} chunks{half}; neither a finish reason nor [DONE] came",
        "Look at what stands between: a proxy's limit on time or size ends a stream like this "
        "(nginx: proxy_read_timeout), and so does a worker that died.",
    )  # fmt: skip


def _unclear(facts: Facts) -> Ruling | None:
    reads, spread = len(facts.arrivals), facts.span_s / facts.total_s if facts.total_s else 0.0
    longer = "Ask for a longer answer, such as twenty lines about a tree."
    pieces = "1 network read" if reads == 1 else f"{reads} network reads"
    counted = (
        f"{facts.chunks} chunks with {facts.size} bytes of text in {pieces}, over "
        f"{facts.span_s * 1e3:.0f} ms of {facts.total_s * 1e3:.0f} ms"
    )
    if not facts.pieces:
        return Ruling("no-text", "The stream holds no text to judge by.", counted, longer)
    if not facts.recording.timed:
        return Ruling(
            "no-times", "When its parts came is not in this recording.", counted,
            "Record it with endpointscope: other tools keep only the end of a body.",
        )  # fmt: skip
    if all(piece.part == "tool call" for piece in facts.pieces) and facts.chunks < MANY_CHUNKS:
        return Ruling(
            "tool-call-only", "Only a tool call came, which servers may send whole.", counted,
            "Ask for text, without tools.",
        )  # fmt: skip
    enough = facts.chunks >= MANY_CHUNKS or (
        reads > 2 and facts.size >= LONG_BYTES and facts.total_s >= ENOUGH_S
    )
    if not enough:
        return Ruling("too-short", "The answer is too short to tell.", counted, longer)
    if facts.total_s < ENOUGH_S and (reads < MANY_CHUNKS or spread < 0.2):
        return Ruling("too-fast", "It was over too soon to tell.", counted, longer)
    if reads < 3:
        return Ruling("too-few-reads", "It came in too few pieces to tell.", counted, longer)
    return None


def _streamed(facts: Facts) -> Ruling:
    return Ruling(
        "streamed", "It really streams: the text came piece by piece.",
        f"{facts.chunks} chunks in {len(facts.arrivals)} network reads, over "
        f"{facts.span_s:.2f} s of {facts.total_s:.2f} s; the usual gap is "
        f"{facts.usual_gap_s * 1e3:.0f} ms",
    )  # fmt: skip


def _status(facts: Facts) -> str:
    recording = facts.recording
    ended = f", {recording.end_s:.1f} s after sending" if recording.end_s is not None else ""
    return f"{recording.status} with {recording.media_type or 'no content type'}{ended}"


_JUDGES: dict[Word, Callable[[Facts], Ruling | None]] = {
    "silent": _silent,
    "not SSE": instead_of_sse,
    "error inside": _error_inside,
    "keep-alives only": _keep_alives_only,
    "cut": _cut,
    "cumulative": cumulative,
    "one delta": one_delta,
    "buffered": buffered,
    "re-chunked": re_chunked,
    "stalled": stalled,
    "unclear": _unclear,
    "streamed": _streamed,
}
