"""One word for a stream, why it fits, and what to change."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from helpers.wire.reading import Reading
from helpers.wire.recording import Recording
from helpers.wire.stream_body import QUOTE, Ruling, instead_of_sse
from helpers.wire.stream_facts import Facts, Piece, is_ping, stream_facts
from helpers.wire.stream_findings import StreamFinding, stream_findings
from helpers.wire.stream_way import compressed, told, unbuffer

Word = Literal[
    "silent", "not SSE", "error inside", "keep-alives only", "cut", "cumulative", "one delta",
    "buffered", "re-chunked", "stalled", "unclear", "streamed",
]  # fmt: skip

# Below these a stream may look held back by chance.
MANY_CHUNKS = 8
ENOUGH_BYTES = 48
LONG_BYTES = 200
ENOUGH_S = 0.15
# All of it within so small a part of the time, and faster than any model writes.
AT_ONCE = 0.02
MOST = 0.95
FASTEST_PER_S = 1000
WHOLE = 0.9
STALL_S = 1.0
STALL_MEDIANS = 10
EQUAL = 0.9
CUT_WORDS = 0.25
GROWN_BYTES = 16


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


def _not_sse(facts: Facts) -> Ruling | None:
    return instead_of_sse(facts)


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
    if facts.finished or reading.done or recording.end not in ("eof", "broken"):
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


def _cumulative(facts: Facts) -> Ruling | None:
    for (_, part), pieces in facts.parts.items():
        texts = [piece.text for piece in pieces]
        steps = list(pairwise(texts))
        repeats = sum(later.startswith(earlier) for earlier, later in steps)
        grows = sum(len(later) > len(earlier) for earlier, later in steps)
        if (
            len(texts) > 2
            and repeats >= WHOLE * len(steps)
            and grows >= len(steps) / 2
            and len(texts[-1].encode()) >= GROWN_BYTES
        ):
            return Ruling(
                "cumulative", "Each chunk repeats the whole text so far.",
                f"{repeats} of {len(steps)} pieces of {part} begin with the one before; the last "
                f"has {len(texts[-1])} characters",
                "A delta is only what is new: let the gateway take the previous text off. "
                "Clients that add the pieces up show the text many times.",
            )  # fmt: skip
    return None


def _one_delta(facts: Facts) -> Ruling | None:
    parts = {key: pieces for key, pieces in facts.parts.items() if key[1] != "tool call"}
    if not parts or facts.total_s < ENOUGH_S:
        return None
    largest = {key: max(len(piece.text.encode()) for piece in parts[key]) for key in parts}
    sizes = {key: sum(len(piece.text.encode()) for piece in parts[key]) for key in parts}
    if max(largest.values()) < ENOUGH_BYTES:
        return None
    if any(largest[key] < WHOLE * sizes[key] for key in parts):
        return None
    return Ruling(
        "one-delta", "The whole text came in one piece: the server put it into a single chunk.",
        f"{max(largest.values())} of {max(sizes.values())} bytes of text in one chunk after "
        f"{facts.total_s:.2f} s; {facts.reading.chunks} chunks in all",
        "No proxy does this: the server, or a gateway that asks its provider without stream, "
        "writes the answer at once. Look for its streaming switch, or use a provider that has one.",
    )  # fmt: skip


def _buffered(facts: Facts) -> Ruling | None:
    if not facts.recording.timed or facts.total_s < ENOUGH_S:
        return None
    few = facts.chunks < MANY_CHUNKS
    if few and not (facts.chunks > 1 and facts.size >= LONG_BYTES and facts.total_s >= STALL_S):
        return None
    reads, window_s = len(facts.arrivals), _densest_s(facts)
    crowd = math.ceil(MOST * facts.chunks)
    at_once = window_s < AT_ONCE * facts.total_s and crowd > FASTEST_PER_S * window_s
    if not at_once and (few or reads > 2):
        return None
    if few and reads > 1:
        return None
    held = told(facts.recording)
    return Ruling(
        "compressed" if compressed(facts.recording) else "buffered",
        "The whole text came at once, although the server wrote it in many chunks: it was held "
        "back on the way.",
        f"{facts.chunks} chunks in {reads} network read{'s' if reads > 1 else ''}, {crowd} of them "
        f"within {window_s * 1e3:.1f} ms of {facts.total_s:.2f} s" + (f"; {held}" if held else ""),
        unbuffer(facts.recording),
    )  # fmt: skip


def _densest_s(facts: Facts) -> float:
    """Return the shortest time within which nearly all chunks came."""
    times = [piece.at_s for piece in {piece.event: piece for piece in facts.pieces}.values()]
    crowd = math.ceil(MOST * len(times))
    return min(last - first for first, last in zip(times, times[crowd - 1 :], strict=False))


def _re_chunked(facts: Facts) -> Ruling | None:
    for (_, part), pieces in facts.parts.items():
        if part == "tool call" or len(pieces) < MANY_CHUNKS:
            continue
        texts = [piece.text for piece in pieces]
        lengths = [len(text) for text in texts[:-1]]
        usual = max(set(lengths), key=lengths.count)
        equal = lengths.count(usual) / len(lengths)
        inside = sum(_within_a_word(a[-1], b[0]) for a, b in pairwise(texts))
        if equal >= EQUAL and inside >= CUT_WORDS * len(lengths):
            return Ruling(
                "re-chunked", "The text was cut anew on the way, into pieces of equal length.",
                f"{equal:.0%} of {len(texts)} pieces have {usual} character"
                f"{'s' if usual > 1 else ''}; {inside} cuts go through words",
                "A gateway collects the text and hands it out again: its pace is not the model's. "
                "Look for its streaming switch. (A model that writes letter by letter looks so "
                "too.)",
            )  # fmt: skip
    return None


def _within_a_word(before: str, after: str) -> bool:
    """Whether a cut between two characters goes through a word of an alphabet with spaces."""
    return before.isalpha() and after.isalpha() and max(before, after) < "\u0e00"


def _stalled(facts: Facts) -> Ruling | None:
    if not facts.recording.timed:
        return None
    pauses = [(gap_s, at_s) for gap_s, at_s, between in silences(facts) if not between]
    limit_s = max(STALL_S, STALL_MEDIANS * facts.usual_gap_s)
    long = [pause for pause in pauses if pause[0] > limit_s]
    if not long:
        return None
    longest_s, at_s = max(long)
    return Ruling(
        "stalled", f"The text stood still for {longest_s:.1f} s in the middle.",
        f"{len(long)} silence{'s' if len(long) > 1 else ''} over {limit_s:.1f} s, the longest "
        f"{longest_s:.2f} s, {at_s:.2f} s after sending; the usual gap is "
        f"{facts.usual_gap_s * 1e3:.0f} ms",
        "Look at the server's load at that time: other requests in its queue, memory that swaps, "
        "a proxy or a provider that was switched in the middle.",
    )  # fmt: skip


def silences(facts: Facts) -> list[tuple[float, float, bool]]:
    """Return (length, beginning, whether another part began after it) of each silence.

    Before a tool call and after reasoning a server may be silent while it works.
    """
    firsts: list[Piece] = list({piece.read: piece for piece in reversed(facts.pieces)}.values())
    firsts.reverse()
    lasts: list[Piece] = list({piece.read: piece for piece in facts.pieces}.values())
    found = [
        (after.at_s - before.at_s, before.at_s, before.part != after.part)
        for before, after in zip(lasts, firsts[1:], strict=False)
    ]
    end_s = facts.recording.end_s
    if facts.recording.end == "limit" and end_s is not None and lasts and not facts.finished:
        found.append((end_s - lasts[-1].at_s, lasts[-1].at_s, False))
    return found


def _unclear(facts: Facts) -> Ruling | None:
    reads, spread = len(facts.arrivals), facts.span_s / facts.total_s if facts.total_s else 0.0
    longer = "Ask for a longer answer: “write a poem about a tree”, and more max_tokens."
    counted = (
        f"{facts.chunks} chunks with {facts.size} bytes of text in {reads} network reads, over "
        f"{facts.span_s * 1e3:.0f} ms of {facts.total_s * 1e3:.0f} ms"
    )
    if not facts.pieces:
        return Ruling("no-text", "The stream holds no text to judge by.", counted, longer)
    if not facts.recording.timed:
        return Ruling(
            "no-times", "When its parts came is not in this recording.", counted,
            "Record it with tokenscope: other tools keep only the end of a body.",
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
    "not SSE": _not_sse,
    "error inside": _error_inside,
    "keep-alives only": _keep_alives_only,
    "cut": _cut,
    "cumulative": _cumulative,
    "one delta": _one_delta,
    "buffered": _buffered,
    "re-chunked": _re_chunked,
    "stalled": _stalled,
    "unclear": _unclear,
    "streamed": _streamed,
}
