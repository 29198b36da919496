"""Loads made up: samples whose times are known, and what they came to."""

from __future__ import annotations

from helpers.checks.load.loading import End, Run
from helpers.checks.load.meter import Client
from helpers.checks.load.plan import plan_of
from helpers.checks.load.prompts import Prompts
from helpers.checks.load.sample import Sample
from helpers.checks.load.shape import Shape
from helpers.checks.load.speed import Speed
from helpers.client.chat import begin
from helpers.endpoint import resolve
from helpers.tests.support.recordings import recorded
from helpers.tests.support.streams import streamed
from helpers.wire.request import chat
from helpers.wire.timing import Timing, percentiles

QUIET = Client(percentiles([0.0001] * 100), 0.0002, 0.05)


def sample(
    number: int = 0, sent_s: float = 0.0, ttft_s: float = 0.1, chunks: int = 11, *,
    gap_s: float = 0.02, tokens: int | None = 11, failure: str = "",
) -> Sample:  # fmt: skip
    """Return one request: its first text after so long, then a chunk every `gap_s`."""
    arrivals = tuple(ttft_s + place * gap_s for place in range(chunks))
    timing = Timing(
        headers_s=ttft_s / 2, first_event_s=ttft_s, ttft_s=ttft_s, ttfo_s=ttft_s,
        last_output_s=arrivals[-1], end_s=arrivals[-1] + 0.01, chunk_s=arrivals, tokens=tokens,
    )  # fmt: skip
    return Sample(number, sent_s, sent_s, timing, 8, None, failure, reused=True)


def queued(at_once: int, slots: int, *, rounds: int = 3, answer_s: float = 0.3) -> list[Sample]:
    """Return what comes of so many at once where the server writes so many at a time."""
    free = [0.0] * slots
    asks = [0.0] * at_once
    found = []
    for number in range(rounds * at_once):
        who = min(range(at_once), key=asks.__getitem__)
        slot = min(range(slots), key=free.__getitem__)
        sent_s = asks[who]
        start_s = max(sent_s, free[slot])
        found.append(sample(number, sent_s, start_s - sent_s + answer_s - 0.2))
        free[slot] = asks[who] = start_s + answer_s
    return found


def run(at_once: int, samples: list[Sample], *, client: Client = QUIET, ended: End = "requests",
        unfinished: int = 0) -> Run:  # fmt: skip
    """Return a load that is over."""
    return Run(Shape(at_once=at_once), tuple(samples), client, unfinished, ended)


def speed(*runs: Run, address: str = "http://localhost:9999", **plan: object) -> Speed:
    """Return a measurement that has ended, as if its first request had been answered."""
    endpoint = resolve(address, model="oak")
    given = {"at_once": (1,), **plan}
    made = Speed(endpoint, plan_of(**given), Prompts(("hi",)))  # type: ignore[arg-type]
    made.first = begin(endpoint, chat("hi", model="oak"))
    made.first.use(recorded(streamed()))
    made.runs = [*runs]
    return made
