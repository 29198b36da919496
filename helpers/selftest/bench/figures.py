"""What was measured in one run, and its ratios."""

from __future__ import annotations

from dataclasses import dataclass

from .batching import Batched
from .display import Display
from .drawing import Drawn
from .engine import Engine
from .hop import Hop
from .judging import JudgingCost
from .others import Other
from .reading import ReadingCost
from .startup import Startup
from .under_load import UnderLoad

# CPU per chunk of a bare socket on the machine where the budgets in seconds were set, in μs.
BARE_US = 2.0


@dataclass(frozen=True)
class Ratios:
    """The figures that do not depend on the machine.

    growth:              display bytes per token, the longest answer's over the shortest one's
    live_to_print:       display bytes per token, Live's over the print loop's, equally long answers
    reading_to_bare:     CPU per chunk, this kit's over the bare socket's
    plain_to_reading:    CPU per chunk, the plain openai stream's over this kit's
    parse_growth:        CPU per chunk of parsing, the longest stream's over the shortest one's
    judge_growth:        the same of judging
    update_growth:       bytes of an update of the timeline, the longest stream's over the next's
    update_cpu_growth:   the same of its CPU
    """

    growth: float
    live_to_print: float
    reading_to_bare: float
    plain_to_reading: float
    parse_growth: float
    judge_growth: float
    update_growth: float
    update_cpu_growth: float


@dataclass(frozen=True)
class Figures:
    """Everything that one run measured.

    others:  this kit and other tools on one load; () if none is installed or wanted
    load:  processes that wanted to run on this machine, averaged over the minute before the run and
           over its last minute; more of them than processors delay every chunk
    """

    display: Display
    reading: ReadingCost
    judging: tuple[JudgingCost, ...]
    drawing: tuple[Drawn, ...]
    engine: Engine
    hops: tuple[Hop, ...]
    loads: tuple[UnderLoad, ...]
    startup: Startup
    batch: Batched
    others: tuple[Other, ...]
    load: tuple[float, float]

    @property
    def slowness(self) -> float:
        """How many times as long this machine takes as the one where the budgets were set.

        Judged by the bare socket, measured in the same run: network, JSON and plain Python, none of
        it this kit's.
        """
        return self.reading.bare.median_us / BARE_US

    @property
    def slowest(self) -> float:
        """The same of its slowest round: other work on a machine may slow it for seconds."""
        return self.reading.bare.most_us / BARE_US

    @property
    def ratios(self) -> Ratios:
        """The ratios of the figures measured in this run."""
        live, reading = self.display.live, self.reading
        short, long = self.judging[0], self.judging[-1]
        beside_drawn, drawn = self.drawing[-2:]
        loop = self.display.printed[-1]
        beside = next(one for one in live if one.tokens == loop.tokens)
        return Ratios(
            growth=live[-1].bytes_per_token / live[0].bytes_per_token,
            live_to_print=beside.bytes_per_token / loop.bytes_per_token,
            reading_to_bare=reading.kit.median_us / reading.bare.median_us,
            plain_to_reading=reading.plain.median_us / reading.kit.median_us,
            parse_growth=long.parse.median_us / short.parse.median_us,
            judge_growth=long.judge.median_us / short.judge.median_us,
            update_growth=drawn.sent_bytes / beside_drawn.sent_bytes,
            update_cpu_growth=drawn.cpu.median_us / beside_drawn.cpu.median_us,
        )
