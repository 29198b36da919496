"""TTFT, gaps, TPOT and rates of one answer, and percentiles over many values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Timing:
    """The times of one answer, in seconds since `t_send`; None for what never arrived.

    call_s:         when the caller asked, zero or negative: the client's own share
    headers_s:      status line and headers (TTFB)
    first_event_s:  the first event of any kind
    ttft_s:         the first chunk with text, reasoning, refusal or a tool call
    ttfo_s:         the first chunk with output that is not reasoning
    last_output_s:  the last chunk with output, or the last byte of a full answer;
                    `end_s` minus this is the closing time
    end_s:          the end of the body
    chunk_s:        arrival of each chunk with output; chunks in one network read share theirs
    tokens:         usage.completion_tokens, reasoning included; chunks are never counted as tokens
    """

    call_s: float = 0.0
    headers_s: float | None = None
    first_byte_s: float | None = None
    first_event_s: float | None = None
    ttft_s: float | None = None
    ttfo_s: float | None = None
    last_output_s: float | None = None
    end_s: float | None = None
    chunk_s: tuple[float, ...] = ()
    tokens: int | None = None

    @property
    def gaps_s(self) -> tuple[float, ...]:
        """The inter-chunk gaps; () below two chunks."""
        return tuple(later - earlier for earlier, later in pairwise(self.chunk_s))

    @property
    def output_s(self) -> float | None:
        """The time from the first to the last chunk with output."""
        return self.chunk_s[-1] - self.chunk_s[0] if self.chunk_s else None

    @property
    def closing_s(self) -> float | None:
        """The time that the finish chunk, usage, [DONE] and the end of the body took."""
        if self.end_s is None or self.last_output_s is None:
            return None
        return self.end_s - self.last_output_s

    @property
    def tpot_s(self) -> float | None:
        """The time per output token after the first.

        returns:  None below 2 tokens, without usage, or if all output arrived at one moment
        formula:  (last_output_s - ttft_s) / (tokens - 1)
        """
        if self.tokens is None or self.tokens < 2 or not self.output_s:
            return None
        return self.output_s / (self.tokens - 1)

    @property
    def tokens_per_s(self) -> float | None:
        """The tokens after the first per second; None if `tpot_s` is None."""
        return None if self.tpot_s is None else 1 / self.tpot_s

    @property
    def chunks_per_s(self) -> float | None:
        """The chunks after the first per second; None if all arrived at one moment."""
        return (len(self.chunk_s) - 1) / self.output_s if self.output_s else None

    @property
    def gaps_are_itl(self) -> bool:
        """Whether the gaps may be called inter-token latency: as many tokens as chunks."""
        return bool(self.chunk_s) and self.tokens == len(self.chunk_s)


@dataclass(frozen=True)
class Percentiles:
    """The usual percentiles of n values; p99 is None below n = 100, all are None without values."""

    n: int
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None


def percentile(values: Sequence[float], p: float) -> float | None:
    """The p-th percentile, interpolated linearly between neighbours.

    p:        0 to 100
    returns:  None without values
    raises:   ValueError for a p outside 0 to 100
    source:   numpy's default, Hyndman and Fan's definition 7
    """
    if not 0 <= p <= 100:
        raise ValueError(f"Expected a percentile from 0 to 100; got {p!r}.")
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * p / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def percentiles(values: Sequence[float]) -> Percentiles:
    """The p50, p90, p95 and p99 of the values, and their count."""
    return Percentiles(
        n=len(values),
        p50=percentile(values, 50),
        p90=percentile(values, 90),
        p95=percentile(values, 95),
        p99=percentile(values, 99) if len(values) >= 100 else None,
    )
