"""The rhythm of a stream in numbers: silences, bursts, even blocks and pieces of equal length."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import median

from ...wire.reading import SILENCE_S, Reading
from ..observed import Observed, Part

# Below these, a stream may look held back by chance.
MANY_CHUNKS = 8
MOST = 0.95
STALL_S = SILENCE_S
STALL_MEDIANS = 10
EQUAL = 0.9
CUT_WORDS = 0.25
# Two blocks whose rates differ by more than this factor had a pause between them.
UNLIKE = 3.0


def stalls(reading: Reading, *, now_s: float | None = None) -> list[tuple[float, float]]:
    """The silences in the middle of the text that break its rhythm: (start, end).

    Before a tool call and after reasoning, a server may be silent while it works.
    now_s:  seconds since send, while it runs; the silence still going on counts
    """
    found = [(start, end) for start, end, other_part in reading.silences if not other_part]
    arrivals, recording = reading.arrivals, reading.recording
    until_s = recording.end_s if recording.end == "limit" else now_s
    if until_s is not None and arrivals and not reading.answer.finish_reason:
        found.append((arrivals[-1], until_s))
    if not found:
        return []
    gaps = [later - earlier for earlier, later in pairwise(arrivals)]
    # With only two blocks there is no rhythm to compare with: one silence is the only gap.
    usual_s = median(gaps) if len(gaps) > 1 else 0.0
    limit_s = max(STALL_S, STALL_MEDIANS * usual_s)
    return [(start, end) for start, end in found if end - start > limit_s]


def densest_s(observed: Observed) -> float:
    """The shortest time within which nearly all chunks came."""
    times = observed.reading.timing.chunk_s
    crowd = math.ceil(MOST * len(times))
    return min(last - first for first, last in zip(times, times[crowd - 1 :], strict=False))


def two_even_blocks(observed: Observed) -> bool:
    """Whether two reads brought their chunks at about one rate: a buffer, sent when full."""
    first_s, second_s = observed.arrivals
    times = observed.reading.timing.chunk_s
    first = sum(at_s <= first_s for at_s in times)
    before_s = first_s - (observed.recording.headers_s or 0.0)
    rates = first / max(before_s, 1e-3), (len(times) - first) / max(second_s - first_s, 1e-3)
    return max(rates) <= UNLIKE * min(rates)


def equal_pieces(observed: Observed) -> Part | None:
    """The part of the answer that was cut into pieces of one length, regardless of words."""
    for part in observed.parts.values():
        if part.name == "tool call" or len(part.pieces) < MANY_CHUNKS:
            continue
        # A look at the beginning saves counting all of a long answer.
        if len({len(piece) for piece in part.pieces[:MANY_CHUNKS]}) > 2:
            continue
        _, equal, inside = evenness(part)
        if equal >= EQUAL and inside >= CUT_WORDS * (len(part.pieces) - 1):
            return part
    return None


def evenness(part: Part) -> tuple[int, float, int]:
    """The usual length, the share of pieces that have it, and how many cuts fall inside words."""
    lengths = [len(piece) for piece in part.pieces[:-1]]
    usual = max(set(lengths), key=lengths.count)
    inside = sum(_within_a_word(a[-1], b[0]) for a, b in pairwise(part.pieces))
    return usual, lengths.count(usual) / len(lengths), inside


def _within_a_word(before: str, after: str) -> bool:
    """Whether a cut between two characters splits a word, in an alphabet that uses spaces."""
    return before.isalpha() and after.isalpha() and max(before, after) < "\u0e00"
