"""A run of the bench made up: every figure in it is known."""

from __future__ import annotations

from dataclasses import replace

from helpers.selftest.bench.batching import Batched
from helpers.selftest.bench.display import Display, DisplayCost
from helpers.selftest.bench.drawing import Drawn
from helpers.selftest.bench.engine import Engine, Replayed
from helpers.selftest.bench.figures import Figures
from helpers.selftest.bench.hop import Hop, HopLoad
from helpers.selftest.bench.judging import JudgingCost
from helpers.selftest.bench.others import Other
from helpers.selftest.bench.reading import ReadingCost, cost
from helpers.selftest.bench.startup import Startup
from helpers.selftest.bench.tools import Reported
from helpers.selftest.bench.under_load import UnderLoad
from helpers.wire.timing import percentiles

NONE = percentiles([])


def shown(count: int, sent_bytes: int) -> DisplayCost:
    """Return an answer shown in so many bytes."""
    return DisplayCost(count, messages=9, sent_bytes=sent_bytes, lost=0, delay_s=NONE)


LOAD = UnderLoad(64, 192, 0.3e-3, 4e-3, 0.4e-3, 1e-3, 1e-6, 0.2, 100_000_000)
FIGURES = Figures(
    Display(
        live=(shown(500, 50_000), shown(10_000, 1_100_000)),
        printed=(shown(500, 250_000),),
        whole=(),
    ),
    ReadingCost(
        10_000,
        kit=cost([0.04, 0.06, 0.05], 10_000),
        plain=cost([1.0], 10_000),
        bare=cost([0.02], 10_000),
        idle_rss=70_000_000,
        burst_rss=80_000_000,
    ),
    (
        JudgingCost(1_000, parse=cost([0.05], 10_000), judge=cost([0.1], 10_000)),
        JudgingCost(10_000, parse=cost([0.055], 10_000), judge=cost([0.15], 10_000)),
    ),
    (
        Drawn(100, 9_000, cpu=cost([0.001], 1)),
        Drawn(1_000, 14_000, cpu=cost([0.002], 1)),
        Drawn(10_000, 14_700, cpu=cost([0.012], 1)),
    ),
    Engine(0.2, 60_000_000, NONE, (Replayed(10, percentiles([0.003] * 99)),)),
    (
        Hop(HopLoad(1, 3, 100), percentiles([0.001] * 3), percentiles([0.00125] * 3)),
        Hop(HopLoad(32, 99, 30), percentiles([0.001] * 100), percentiles([0.0045] * 100)),
    ),
    (LOAD, replace(LOAD, streams=256, delay_p99_s=0.02)),
    Startup(1.2, 0.25, 3),
    Batched(1_000, cost([0.9], 1_000), 90_000_000),
    (
        Other("this kit", "1.0", Reported(160, 0.001, 0.001, 0.002, 1e-6), 8.5, 3.5),
        Other("aiperf", "", None, 3.0, 1.0, "no tokenizer"),
    ),
    load=(0.5, 2.25),
)
