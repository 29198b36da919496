"""A comparison in a cell: each target's text in a column as it streams, and the results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...checks.compare.answers import answers
from ...checks.compare.earlier import Earlier, to_json
from ...checks.compare.judging import QUESTION, Tolerance, headline, judge_comparison
from ...checks.compare.proxied import what_the_proxy_changed
from ...checks.compare.targets import same_server
from ...checks.compare.turns import Comparison
from ...client.exchange import Exchange
from ...escaping import for_terminal
from ...finding import Finding, Verdict
from ..output import Bundle
from ..plotting import Plot
from ..sweep import columns
from ..sweep.columns import Column
from ..sweep.running import Running
from ..table import Table
from ..verdict import VerdictLine, conclude
from .diff import Answers
from .files import kept
from .plots import turns_plot
from .tables import findings_table, speed_table, wire_table

_NOT_ANSWERED = "No answer came directly or through the proxy: there is nothing to compare."
_NO_PROXY = "Nothing was asked through a proxy: give its address as proxied."


class LiveComparison:
    """Targets and their results: `c.speed`, `c.wire`, `c.answers`, `c.findings`, `c.plot()`."""

    def __init__(
        self,
        compared: Comparison,
        *,
        limits: Tolerance | None = None,
        earlier: Earlier | None = None,
        show: bool = True,
        line: VerdictLine | None = None,
    ) -> None:
        self._compared, self._limits, self._earlier = compared, limits, earlier
        self._line = line
        self._running = Running(compared.sweep, self._bundle, show=show, on_end=self._conclude)

    @property
    def base_url(self) -> str:
        """The address of the target that the others are compared with."""
        return self._compared.first.endpoint.base_url

    @property
    def model(self) -> str:
        """That target's model."""
        return self._compared.first.endpoint.model

    @property
    def headline(self) -> str:
        """The sentence that answers the question."""
        return headline(self._compared)

    @property
    def findings(self) -> list[Finding]:
        """The findings on the question, each target, the limits, and what a proxy changed."""
        return judge_comparison(self._compared, self._limits, self._earlier)

    @property
    def verdict(self) -> Verdict:
        """The answer with all findings."""
        return conclude(QUESTION, self.findings, self)

    @property
    def exchanges(self) -> dict[str, list[Exchange]]:
        """All exchanges, by the target's name."""
        return {one.name: self._compared.exchanges(one) for one in self._compared.targets}

    @property
    def speed(self) -> Table:
        """First text, rate and whole answer of each, beside the first one's with the interval."""
        return speed_table(self._compared)

    @property
    def wire(self) -> Table:
        """How the answers came over the wire, differences first."""
        return wire_table(self._compared)

    @property
    def answers(self) -> Answers:
        """The texts side by side, and what they have in common."""
        return Answers(answers(self._compared), self._compared.first.name)

    @property
    def proxy(self) -> Table:
        """What the proxy changed in the answers."""
        asked = same_server(self._compared.targets)
        nothing = _NOT_ANSWERED if asked else _NO_PROXY
        return findings_table(what_the_proxy_changed(self._compared), nothing)

    def plot(self) -> Plot:
        """First text and rate turn by turn."""
        return turns_plot(self._compared)

    def save(self) -> list[Path]:
        """Keep a recording of each target, and compare.json, a later run's baseline."""
        return kept(self._compared)

    def to_dict(self) -> dict[str, Any]:
        """The measurements of each target, in seconds and tokens per second."""
        return to_json(self._compared)

    async def resume(self) -> LiveComparison:
        """Ask what has no answer yet, as *Go on* does, and retry failures once."""
        await self._running.ask()
        return self

    def stop(self) -> None:
        """End what is in progress; what has come is kept."""
        self._running.stop()

    def _conclude(self) -> None:
        """Answer the question in its line, and again after *Go on*."""
        if self._line:
            self._line.conclude(self.findings, self)

    def _bundle(self, active: bool) -> Bundle:
        shown = [Column(one.name, *self._latest(n)) for n, one in enumerate(self._compared.targets)]
        table = self.speed
        html = table._repr_mimebundle_()["text/html"]
        if active or not self._compared.sweep.exchanges:
            return {"text/html": columns.side_by_side(shown) + html, "text/plain": ""}
        plain = f"{columns.plain(shown)}\n\n{table!r}"
        return {"text/html": columns.side_by_side(shown) + html, "text/plain": plain}

    def _latest(self, number: int) -> tuple[Exchange | None, str, str]:
        turn, exchange = self._compared.latest(self._compared.targets[number])
        return exchange, "not asked yet", f"turn {turn}" if turn.isdecimal() else turn

    def __repr__(self) -> str:
        return for_terminal(f"Comparison: {self.headline}")

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        # It is already shown where it was asked; as that cell's value it would appear twice.
        return {"text/plain": repr(self)} if self._running.shown else self._bundle(False)
