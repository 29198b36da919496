"""The most that a load may use, and the limits a good request keeps."""

from __future__ import annotations

from dataclasses import dataclass

from .sample import Sample


@dataclass(frozen=True)
class Budget:
    """Where one load ends, whichever comes first.

    seconds:     after which no request is sent
    patience_s:  how long requests in progress may still take then; None for as long again
    tokens:      counted in prompts and answers together
    error_rate:  the share of failures above which it ends early
    """

    requests: int = 100
    seconds: float = 10.0
    tokens: int = 1_000_000
    error_rate: float = 0.1
    patience_s: float | None = None

    @property
    def most_s(self) -> float:
        """The longest it can last, whatever is still in progress."""
        return self.seconds + (self.seconds if self.patience_s is None else self.patience_s)


@dataclass(frozen=True)
class Goals:
    """The limits that make a request a good one; None sets no limit."""

    ttft_s: float | None = None
    tpot_s: float | None = None
    e2e_s: float | None = None

    def met(self, sample: Sample) -> bool:
        """Whether a request was good: a failure never is, and an unknown time breaks no limit."""
        timing, first_s = sample.timing, first_text_s(sample)
        pairs = (
            (first_s, self.ttft_s), (timing.tpot_s, self.tpot_s), (sample.e2e_s, self.e2e_s),
        )  # fmt: skip
        return not sample.failure and all(
            limit_s is None or took_s is None or took_s <= limit_s for took_s, limit_s in pairs
        )


def first_text_s(sample: Sample) -> float | None:
    """Time to first text; an answer in one piece has its first text with its last."""
    timing = sample.timing
    return timing.last_output_s if timing.ttft_s is None else timing.ttft_s
