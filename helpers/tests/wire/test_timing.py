"""Times, rates and percentiles of an answer."""

from __future__ import annotations

import pytest

from helpers.wire.timing import Timing, percentile, percentiles


def timing(*chunk_s: float, tokens: int | None = None) -> Timing:
    """Return the timing of an answer whose chunks came then."""
    first, last = (chunk_s[0], chunk_s[-1]) if chunk_s else (None, None)
    return Timing(ttft_s=first, last_output_s=last, end_s=9.0, chunk_s=chunk_s, tokens=tokens)


def test_tpot_leaves_the_first_token_out():
    """The wait for the first token is TTFT's, not that of the tokens after it."""
    seen = timing(1.0, 2.0, 5.0, tokens=9)
    assert (seen.tpot_s, seen.tokens_per_s) == (0.5, 2.0)
    assert seen.gaps_s == (1.0, 3.0)
    assert (seen.chunks_per_s, seen.closing_s) == (0.5, 4.0)


@pytest.mark.parametrize(
    "seen",
    [timing(1.0, 2.0), timing(1.0, 2.0, tokens=1), timing(1.0, 1.0, tokens=8), timing(tokens=8)],
)
def test_what_cannot_be_known_is_none(seen):
    """Without tokens, with one, or with all output at one moment there is no time per token."""
    assert (seen.tpot_s, seen.tokens_per_s) == (None, None)


def test_an_answer_without_output_has_no_times():
    """Absent is None, never 0."""
    silent = timing()
    assert (silent.ttft_s, silent.output_s, silent.closing_s) == (None, None, None)
    assert (silent.chunks_per_s, silent.gaps_s) == (None, ())


def test_gaps_are_itl_only_when_each_chunk_is_a_token():
    """A chunk may hold several tokens."""
    assert timing(1.0, 2.0, tokens=2).gaps_are_itl
    assert not timing(1.0, 2.0, tokens=5).gaps_are_itl


@pytest.mark.parametrize(
    ("p", "expected"), [(0, 1.0), (25, 1.75), (50, 2.5), (90, 3.7), (100, 4.0)]
)
def test_percentiles_are_interpolated_linearly(p, expected):
    """The values are numpy's for its default method."""
    assert expected == pytest.approx(percentile([4, 2, 1, 3], p))


def test_a_percentile_of_nothing_is_none():
    """And one outside 0 to 100 is refused with the range."""
    assert percentile([], 50) is None
    assert percentile([7], 99) == 7
    with pytest.raises(ValueError, match="from 0 to 100; got 101"):
        percentile([1], 101)


def test_p99_needs_a_hundred_values():
    """N stands beside the percentiles, so that a reader knows what they are worth."""
    assert percentiles(range(99)).p99 is None
    assert (
        percentiles(range(101)).n, percentiles(range(101)).p50, percentiles(range(101)).p99,
    ) == (101, 50, 99)  # fmt: skip
