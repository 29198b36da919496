"""How fast an endpoint is, as a cell's value: the page, and everything behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...checks.load.baseline import SpeedChange
from ...checks.load.deeper import DEPTHS, SHALLOW, by_depth, cache_gain
from ...checks.load.exports import rows as all_rows
from ...checks.load.exports import to_json, to_jsonl
from ...checks.load.findings import judge
from ...checks.load.speed import Speed
from ...client.exchange import Exchange
from ...endpoint import Endpoint
from ...escaping import for_terminal
from ...finding import Finding
from ...recordings import write_private
from ...server.replay import KEPT
from ...signatures import checked
from ...wording import number
from ..output import Bundle
from ..plotting import Plot
from ..table import Table
from .page import errors_table, in_ms, loads_table, moments_table, page, plain, server_table
from .plots import curve_plot, requests_plot, shares_plot


@dataclass(frozen=True)
class SpeedView:
    """How fast an endpoint is, as a cell's value, with everything behind it.

    speed:   the measurement, with every sample
    changes:  the comparison with an earlier run; None if none was named
    """

    speed: Speed = field(repr=False)
    changes: Sequence[SpeedChange] | None = field(default=None, repr=False)

    @property
    def findings(self) -> list[Finding]:
        """The findings; the first one answers the question."""
        return judge(self.speed, self.changes)

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint that was asked."""
        return self.speed.endpoint

    @property
    def yes(self) -> str:
        """How a verdict on it begins, unless something required failed."""
        return self.findings[0].says.removesuffix(".")

    @property
    def loads(self) -> Table:
        """A row for each load."""
        return loads_table(self.speed)

    @property
    def moments(self) -> Table:
        """Every time by its definition, cold and under each load."""
        return moments_table(self.speed)

    @property
    def server(self) -> Table:
        """The server's own measurements."""
        return server_table(self.speed)

    @property
    def own_error(self) -> Table:
        """The kit's own error, measured against stamped chunks."""
        error = self.speed.own_error
        return errors_table(error) if error else Table((), (), note="It was not measured.")

    @property
    def requests(self) -> Table:
        """Every request: `.to_pandas()` if pandas is installed, `.records` anywhere."""
        kept = tuple(all_rows(self.speed))
        shown = ("load", "number", "failure", "time_to_first_token_ms", "request_latency")
        cells = tuple(tuple(_cell(one[name]) for name in shown) for one in kept[:20])
        return Table(shown, cells, records=kept)

    @property
    def exchanges(self) -> list[Exchange]:
        """Every exchange, for `es.save(*s.exchanges)`; [] unless `keep=True` was given."""
        return [exchange for run in self.speed.runs for _, exchange in run.exchanges]

    @property
    def curve(self) -> Plot:
        """Latency and output over the load, with the knee."""
        return curve_plot(self.speed)

    @property
    def shares(self) -> Plot:
        """The cumulative shares of requests and of chunks, by time."""
        return shares_plot(self.speed)

    @property
    def in_time(self) -> Plot:
        """The requests of the highest load over time."""
        return requests_plot(self.speed)

    @checked
    async def by_depth(self, *depths: int, deep: bool = True) -> Table:
        """The speed after prompts of about this many tokens: `await s.by_depth(0, 4000)`.

        deep:  False uses only short ones if no depth is named
        """
        asked = depths or (DEPTHS if deep else SHALLOW)
        found = await by_depth(self.speed, asked) if self.speed.answered else []
        heads = ("asked for", "counted tokens", "first text, ms", "ms a token", "n", "")
        cells = [
            (f"{one.asked:,}", number(one.prompt_tokens),
             in_ms(one.ttft.p50), in_ms(one.tpot.p50), str(one.ttft.n), one.refused)
            for one in found
        ]  # fmt: skip
        return Table(heads, tuple(cells))

    async def cache_gain(self) -> Table:
        """How much sooner a repeated prompt is answered: `await s.cache_gain()`."""
        if not self.speed.answered:
            return Table((), (), note="Nothing was answered.")
        gain = await cache_gain(self.speed)
        found = gain.finding
        cached = number(gain.cached_tokens)
        rows = (
            ("new prompts", in_ms(gain.new.p50)), ("one of them again", in_ms(gain.repeated.p50)),
            ("tokens that the server calls cached", cached),
        )  # fmt: skip
        note = " ".join(filter(None, (found.says, found.do)))
        return Table(("first text", "median, ms"), rows, note=note)

    @checked
    def export(self, folder: str | Path = KEPT.parent) -> list[Path]:
        """The files that now hold the figures as JSON and the requests as JSON lines."""
        written = []
        for name, text in (("speed.json", to_json(self.speed)),
                           ("speed.jsonl", to_jsonl(self.speed))):  # fmt: skip
            write_private(Path(folder) / name, text)
            written.append(Path(folder) / name)
        return written

    def __repr__(self) -> str:
        return plain(self.speed)

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        return {"text/html": page(self.speed), "text/plain": plain(self.speed)}


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}"
    return "–" if value is None else for_terminal(str(value))
