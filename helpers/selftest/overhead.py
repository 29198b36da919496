"""What this kit itself costs, as a notebook shows it: the bench, its budgets, the truth table."""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import dataclass, field

from ..endpoint import Endpoint, resolve
from ..finding import Finding, Level
from ..show.output import Bundle, Output, sentence
from ..show.plotting import Plot
from ..show.table import Table
from ..signatures import checked
from .bench.budgets import ALLOWED, BUDGETS, goals
from .bench.command import BRIEF, FULL, measured
from .bench.figures import Figures
from .bench.kept import loaded
from .bench.plots import costs_plot, delays_plot
from .bench.table import HEADS, rows
from .painting import PaintTest
from .truth_summary import TruthSummary


@dataclass(frozen=True)
class Overhead:
    """The measurements as a cell's value: the table with its budgets.

    strict:  whether a missed budget is red
    """

    figures: Figures = field(repr=False)
    strict: bool = False

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint that everything was measured against."""
        return resolve("demo")

    @property
    def budgets(self) -> list[Finding]:
        """The budgets that this run was long enough to judge."""
        return goals(self.figures)

    @property
    def findings(self) -> list[Finding]:
        """Whether the budgets are kept; one missed on a busy machine is unclear."""
        missed = [one for one in self.budgets if one.level == "fail"]
        gravest: Level = "fail" if self.strict else "remark"
        level: Level = "unclear" if self._busy else gravest
        found = [
            Finding(one.name, level, f"{one.evidence[0].upper()}{one.evidence[1:]}.",
                    f"{one.says}.", blame="client")
            for one in missed
        ]  # fmt: skip
        if self._busy and missed:
            return [self._unclear(len(missed)), *found]
        return [Finding("budgets", "pass", f"{self.yes}."), *found]

    @property
    def yes(self) -> str:
        """How the verdict begins."""
        kept = sum(one.level == "pass" for one in self.budgets)
        allowed = sum(one.says.endswith(ALLOWED) for one in self.budgets)
        slower = f", {allowed} of them allowing for this machine's speed" if allowed else ""
        unsteady = sum(one.level == "unclear" for one in self.budgets)
        unclear = f", {unsteady} unclear, since its speed varied" if unsteady else ""
        measured, known = len(self.budgets), len(BUDGETS) + 2 * len(self.figures.hops)
        beyond = f"; {_more(known - measured)} the full run" if known > measured else ""
        return f"{kept} of {measured} budgets are kept{slower}{unclear}{beyond}"

    @property
    def delays(self) -> Plot:
        """How long chunks wait for their stamp, by streams at once."""
        return delays_plot(self.figures)

    @property
    def costs(self) -> Plot:
        """The CPU cost of reading and the bytes of showing, next to what they are compared with."""
        return costs_plot(self.figures)

    @property
    def table(self) -> Table:
        """Every figure, with what it is compared with and its budget."""
        return Table(HEADS, tuple(rows(self.figures)))

    def painting(self) -> PaintTest:
        """How late is a token painted? A button, since only a page can measure it."""
        return PaintTest()

    async def truth(self, *, run: bool = True) -> TruthSummary:
        """How do we know that it finds anything? `await o.truth()`; a button if `run` is false."""
        summary = TruthSummary()
        if run:
            await summary.run()
        return summary

    @property
    def _busy(self) -> bool:
        return max(self.figures.load) > (os.cpu_count() or 1)

    def _unclear(self, missed: int) -> Finding:
        before, after = self.figures.load
        return Finding(
            "busy-machine", "unclear", f"This machine was busy. {self.yes}.",
            f"{before:.1f} processes wanted to run before and {after:.1f} at the end, on "
            f"{os.cpu_count()} processors; {missed} budgets were missed.",
            "Run it again where nothing else runs.", blame="client",
        )  # fmt: skip

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        return self.table._repr_mimebundle_()


def _more(count: int) -> str:
    return "1 more needs" if count == 1 else f"{count} more need"


class _Stopped(Exception):
    """The cell was interrupted, so nothing more is measured."""


@checked
async def overhead(
    file: str = "", *, full: bool = False, strict: bool = False, show: bool = True
) -> Overhead:
    """What this kit itself costs, measured now: `o = await cells.overhead()`.

    file:    the JSON of an earlier `bench`, used instead of measuring
    full:    three minutes instead of half a minute, enough to judge every budget
    strict:  whether a missed budget is red rather than a remark
    raises:  BenchError for a file that is not a run
    """
    if file:
        return Overhead(loaded(file), strict)
    loop, stop = asyncio.get_running_loop(), threading.Event()
    output = Output(sentence("▶ measuring …")) if show else None

    def say(what: str) -> None:
        if stop.is_set():
            raise _Stopped
        if output:
            loop.call_soon_threadsafe(output.update, sentence(f"▶ measuring {what}"))

    try:
        found = await asyncio.to_thread(measured, FULL if full else BRIEF, say)
    finally:
        stop.set()
        if output:
            output.update({"text/html": "", "text/plain": ""})
    return Overhead(found, strict)
