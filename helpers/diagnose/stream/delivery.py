"""How a stream's text arrived over time: at once, in one piece, re-cut, with a pause."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

from ...endpoint import is_loopback
from ...finding import Finding
from ...wording import counted, ms
from ..observed import Observed
from ..proxies import compressed, limits_met, revealing_headers, unbuffer
from ..words import word_of
from .rhythm import (
    MANY_CHUNKS,
    MOST,
    STALL_S,
    densest_s,
    equal_pieces,
    evenness,
    stalls,
    two_even_blocks,
)

# Below these, a stream may look held back by chance.
ENOUGH_BYTES = 48
LONG_BYTES = 200
ENOUGH_S = 0.15
# All of it within this share of the time, and faster than any model writes.
AT_ONCE = 0.02
FASTEST_PER_S = 1000
WHOLE = 0.9
GROWN_BYTES = 16
JOINED_CHUNKS = 4
JOINED_S = 0.12
FORECAST_S = 15.0
# If our own process slept through this share of a stream, there is nothing left to judge. A server
# on this machine slept as well, so for a short answer a smaller share is enough.
OWN_SHARE, NEAR_SHARE = 0.3, 0.1
SHORT_S = 0.5

DELIVERY = frozenset(
    {
        "buffered", "buffered-by-compression", "fake-streaming", "one-delta", "cumulative",
        "re-chunked", "stalled", "too-short", "too-fast", "too-few-reads", "no-times",
        "tool-call-only", "own-lag", "streamed",
    }
)  # fmt: skip
"""Names of the findings on a stream that arrived complete: they differ only in how it came."""

_LONGER = "Ask for a longer answer, such as twenty lines about a tree."


def how_it_came(observed: Observed) -> Finding:
    """How a stream that holds an answer was delivered."""
    judges = (cumulative, _one_delta, buffered, _re_chunked, stalled, _unclear)
    found = next((found for judge in judges if (found := judge(observed))), None) or Finding(
        "streamed", "pass", "It really streams: the text came piece by piece.",
        f"{observed.chunks} chunks in {len(observed.arrivals)} network reads, over "
        f"{observed.span_s:.2f} s of {observed.total_s:.2f} s; the usual gap is "
        f"{observed.usual_gap_s * 1e3:.0f} ms",
    )  # fmt: skip
    return _own_lag(observed, found) or found


def cumulative(observed: Observed) -> Finding | None:
    """Chunks that each repeat all the text so far."""
    for part in observed.parts.values():
        last, middle = part.pieces[-1], part.pieces[len(part.pieces) // 2]
        # Cumulative text is longer at the end than in the middle, and begins the same way.
        if len(part.pieces) < 3 or len(last) <= len(middle) or not last.startswith(middle):
            continue
        steps = list(pairwise(part.pieces))
        repeats = sum(later.startswith(earlier) for earlier, later in steps)
        grows = sum(len(later) > len(earlier) for earlier, later in steps)
        long = len(part.pieces[-1].encode()) >= GROWN_BYTES
        if long and repeats >= WHOLE * len(steps) and grows >= len(steps) / 2:
            return Finding(
                "cumulative", "fail", "Each chunk repeats the whole text so far.",
                f"{repeats} of {len(steps)} pieces of {part.name} begin with the one before; the "
                f"last has {len(part.pieces[-1])} characters",
                "A delta holds only what is new: have the gateway leave out the text it has "
                "already sent. Clients that join the pieces show the text many times.",
            )  # fmt: skip
    return None


def _one_delta(observed: Observed) -> Finding | None:
    """A single chunk that holds nearly all of the text."""
    parts = [part for part in observed.parts.values() if part.name != "tool call"]
    if not parts or observed.total_s < ENOUGH_S or observed.chunks > 20 * len(parts):
        return None
    largest = {id(part): max(len(piece.encode()) for piece in part.pieces) for part in parts}
    if max(largest.values()) < ENOUGH_BYTES:
        return None
    if any(largest[id(part)] < WHOLE * part.size for part in parts):
        return None
    return Finding(
        "one-delta", "fail", "The server put the whole text into a single chunk.",
        f"{max(largest.values())} of {max(part.size for part in parts)} bytes of text in one chunk "
        f"after {observed.total_s:.2f} s; {counted(observed.reading.chunks, 'chunk')} in all, "
        "counting those without text",
        "No proxy does this: the server, or a gateway that asks its provider without stream, "
        "writes the answer at once. Look for its streaming switch, or use a provider that has one.",
    )  # fmt: skip


def buffered(observed: Observed) -> Finding | None:
    """The evidence that the text was written in pieces and arrived at once."""
    if not observed.recording.timed or observed.total_s < ENOUGH_S or not observed.parts:
        return None
    chunks, reads = observed.chunks, len(observed.arrivals)
    few = chunks < MANY_CHUNKS
    if few and not (chunks > 1 and observed.size >= LONG_BYTES and observed.total_s >= STALL_S):
        return None
    window_s = densest_s(observed)
    crowd = math.ceil(MOST * chunks)
    at_once = window_s < AT_ONCE * observed.total_s and crowd > FASTEST_PER_S * window_s
    in_two = reads == 2 and not few and two_even_blocks(observed)
    if not (at_once or reads == 1 or in_two) or (few and reads > 1):
        return None
    if equal_pieces(observed) and reads <= 2:
        return _fake(observed, reads)
    held = revealing_headers(observed.recording)
    how = (
        f"{crowd} of them within {window_s * 1e3:.1f} ms of an answer of {observed.total_s:.2f} s"
        if at_once or reads == 1
        else f"the last {observed.span_s:.2f} s after the first"
    )
    return Finding(
        "buffered-by-compression" if compressed(observed.recording) else "buffered", "fail",
        "The server wrote the text in many chunks, but it arrived all at once: something held it "
        "back.",
        f"{counted(chunks, 'chunk')} in {counted(reads, 'network read')}, {how}"
        + (f"; {held}" if held else ""),
        unbuffer(observed.recording),
    )  # fmt: skip


def _fake(observed: Observed, reads: int) -> Finding:
    return Finding(
        "fake-streaming", "fail",
        "The server wrote the whole answer first and then cut it into equal chunks.",
        f"{observed.chunks} chunks of equal length in {counted(reads, 'network read')}, "
        f"after {observed.total_s:.2f} s",
        "The server itself does this, not a proxy: look for its real streaming mode, or use a "
        "server that has one.",
    )  # fmt: skip


def _re_chunked(observed: Observed) -> Finding | None:
    """The evidence that the text was re-cut into equal pieces."""
    if not (part := equal_pieces(observed)):
        return None
    usual, equal, inside = evenness(part)
    return Finding(
        "re-chunked", "remark", "Something re-cut the text into pieces of equal length.",
        f"{equal:.0%} of {len(part.pieces)} pieces have {counted(usual, 'character')}; "
        f"{inside} cuts go through words",
        "A gateway collects the text and hands it out again: its pace is not the model's. Look for "
        "its streaming switch. (A model that writes letter by letter looks like this, too.)",
    )  # fmt: skip


def stalled(observed: Observed) -> Finding | None:
    """The longest silence in the middle of the text."""
    long = stalls(observed.reading)
    if not long or not observed.recording.timed:
        return None
    start_s, end_s = max(long, key=_length_s)
    count = counted(len(long), "silence")
    return Finding(
        "stalled", "fail", f"The text stalled for {end_s - start_s:.1f} s in the middle.",
        f"{count}, the longest {end_s - start_s:.2f} s, {start_s:.2f} s after sending; the usual "
        f"gap is {observed.usual_gap_s * 1e3:.0f} ms",
        "Check the server's load at that time: other requests in its queue, swapping, a proxy, or "
        "a switch to another provider in mid-answer.",
    )  # fmt: skip


def _length_s(span: tuple[float, float]) -> float:
    return span[1] - span[0]


def _unclear(observed: Observed) -> Finding | None:
    reads, chunks = len(observed.arrivals), observed.chunks
    pieces = counted(reads, "network read")
    how = (
        f"{counted(chunks, 'chunk')} with {counted(observed.size, 'byte')} of text in {pieces}, "
        f"over {observed.span_s * 1e3:.0f} ms of {observed.total_s * 1e3:.0f} ms"
    )
    if not observed.recording.timed:
        return Finding(
            "no-times", "unclear", "This recording does not say when each part arrived.", how,
            "Record it with endpointscope: other tools keep only the time at which a body ended.",
        )  # fmt: skip
    if all(part.name == "tool call" for part in observed.parts.values()) and chunks < MANY_CHUNKS:
        return Finding(
            "tool-call-only", "unclear", "Only a tool call came, which servers may send whole.",
            how, "Ask for text, without tools.",
        )  # fmt: skip
    enough = chunks >= MANY_CHUNKS or (
        reads > 2 and observed.size >= LONG_BYTES and observed.total_s >= ENOUGH_S
    )
    if not enough:
        says = "The answer is too short to tell whether it streams."
        return Finding("too-short", "unclear", says, how, _LONGER)
    spread = observed.span_s / observed.total_s if observed.total_s else 0.0
    if observed.total_s < ENOUGH_S and (reads < MANY_CHUNKS or spread < 0.2):
        says = "The answer was over too soon to tell whether it streams."
        return Finding("too-fast", "unclear", says, how, _LONGER)
    if reads < 3:
        says = "The answer came in too few pieces to tell whether it streams."
        return Finding("too-few-reads", "unclear", says, how, _LONGER)
    return None


def _own_lag(observed: Observed, finding: Finding) -> Finding | None:
    """An "unclear" finding if our own process slept through the time that was judged."""
    if finding.level not in ("fail", "remark") or finding.name in ("cumulative", "one-delta"):
        return None
    span = observed.recording.headers_s or 0.0, observed.total_s
    if finding.name == "stalled":
        span = max(stalls(observed.reading), key=_length_s)
    asleep_s, length_s = observed.paused_s(*span), max(_length_s(span), 1e-3)
    near = is_loopback(urlsplit(observed.recording.url).hostname or "") and length_s < SHORT_S
    if asleep_s <= (NEAR_SHARE if near else OWN_SHARE) * length_s:
        return None
    return Finding(
        "own-lag", "unclear", "This machine was too busy to tell how the text came.",
        f"our own process was held up for {asleep_s * 1e3:,.0f} of "
        f"{ms(length_s)}; the stream looked {word_of([finding])}",
        "Ask again when the machine has less to do.",
    )  # fmt: skip


def beside_the_delivery(observed: Observed) -> Iterator[Finding]:
    """Yield what is worth knowing about the rhythm, whatever the word is."""
    chunks, reads = observed.chunks, len(observed.arrivals)
    if not observed.recording.timed or not reads:
        return
    if reads > 2 and chunks >= JOINED_CHUNKS * reads and observed.usual_gap_s > JOINED_S:
        yield Finding(
            "joined", "remark", "The chunks came in bursts: something collects them for a while.",
            f"{chunks / reads:.0f} chunks a read, every {observed.usual_gap_s * 1e3:.0f} ms",
            "HAProxy does this for about 200 ms unless `option http-no-delay` is set; elsewhere "
            "make the proxy's buffer smaller, or switch it off.",
        )  # fmt: skip
    quiet = [(end - start, start) for start, end, _ in observed.reading.silences]
    quiet.append((observed.arrivals[0], 0.0))
    longest_s, at_s = max(quiet)
    if longest_s >= FORECAST_S:
        where = "before the first text" if not at_s else f"{at_s:.1f} s after sending"
        yield Finding(
            "long-silence", "remark", f"The connection was silent for {longest_s:.0f} s.",
            f"{where}; limits that this would hit: {', '.join(limits_met(longest_s)) or 'none'}",
            "Raise these limits on the route, or have the server send comments while it works.",
        )  # fmt: skip
