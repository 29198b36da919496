"""How the text of a stream came: once, at once, cut anew, or with a pause."""

from __future__ import annotations

import math
from itertools import pairwise

from ..wire.chunk_statistics import Facts, Piece
from .body import Ruling
from .proxies import compressed, told, unbuffer

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


def cumulative(facts: Facts) -> Ruling | None:
    """Return each chunk that repeats the text so far, None without it."""
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


def one_delta(facts: Facts) -> Ruling | None:
    """Return the one chunk that holds nearly all of the text, None without it."""
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


def buffered(facts: Facts) -> Ruling | None:
    """Return what shows that the text was held back on the way, None without it."""
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


def re_chunked(facts: Facts) -> Ruling | None:
    """Return what shows that the text was cut anew into equal pieces, None without it."""
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


def stalled(facts: Facts) -> Ruling | None:
    """Return the longest silence in the middle of the text, None without it."""
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
