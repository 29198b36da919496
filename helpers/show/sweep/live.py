"""A sweep in a cell: its progress with Stop and Go on, its answers side by side, its table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...checks.sweep.asking import Sweep
from ...checks.sweep.figures import REPEAT, axes, records, spelled
from ...client.exchange import Exchange
from ...finding import Finding
from ...signatures import checked
from ...wording import ms, number, rate
from ..output import Bundle
from ..plotting import Plot
from ..table import Table
from . import columns
from .columns import Column
from .plots import sweep_plot
from .running import Running

# Up to this many are shown side by side above the table; `side_by_side()` shows any number.
MOST_BESIDE = 6
_BEGINNING = 60


class LiveSweep:
    """A grid of questions and the results: `s.table`, `s.exchanges`, `s.plot()`, `s.resume()`."""

    def __init__(self, sweep: Sweep, *, show: bool = True) -> None:
        self._sweep = sweep
        self._running = Running(sweep, self._bundle, show=show)

    @property
    def exchanges(self) -> list[Exchange]:
        """The exchanges that have ended, in the order of the grid."""
        return [self._sweep.exchanges[number] for number in self._sweep.answered]

    @property
    def records(self) -> list[dict[str, Any]]:
        """What sets each question apart and all its results, as plain values."""
        return records(self._sweep)

    @property
    def varying(self) -> dict[str, list[Any]]:
        """What varies, and its values."""
        return axes(self._sweep)

    @property
    def table(self) -> Table:
        """A row for each question; `.to_pandas()` has every value as a column."""
        rows, names = self.records, [*self.varying]
        heads = (*names, "word", "first text", "total", "rate", "tokens", "text")
        cells = tuple((*(spelled(row.get(n, "")) for n in names), *_figures(row)) for row in rows)
        return Table(heads, cells, records=tuple(rows))

    def to_pandas(self) -> Any:
        """Every value as a data frame, with a row for each question; needs pandas."""
        return self.table.to_pandas()

    @checked
    def side_by_side(self, across: str = "") -> SideBySide:
        """The answers beside each other: `s.side_by_side("model")`.

        across:  what varies from left to right; "" for what has the fewest values
        """
        return SideBySide(self._columns(self._across(across)), len(self._values(across)))

    @checked
    def plot(self, by: str = "") -> Plot:
        """First text and rate over what varies: `s.plot("temperature")`; "" for the first."""
        varying = {name: values for name, values in self.varying.items() if name != REPEAT}
        if by and by not in varying:
            raise _unknown(by, varying)
        return sweep_plot(self.records, varying, by or next(iter(varying), ""))

    async def resume(self) -> LiveSweep:
        """Ask what has no answer yet, as *Go on* does, and retry failures once."""
        await self._running.ask()
        return self

    def stop(self) -> None:
        """End what is in progress; what has come is kept."""
        self._running.stop()

    def _bundle(self, active: bool) -> Bundle:
        """The latest answers while more come; then the table, below the answers if they fit."""
        if self._sweep.exchanges and not active:
            table = self.table._repr_mimebundle_()
            few = len(self._sweep.questions) <= MOST_BESIDE
            above = self.side_by_side()._repr_mimebundle_()["text/html"] if few else ""
            return table | {"text/html": above + table["text/html"]}
        shown = [self._column(number) for number in [*self._sweep.exchanges][-columns.BESIDE :]]
        return {"text/html": columns.side_by_side(shown), "text/plain": ""}

    def _column(self, number: int) -> Column:
        varied = self._sweep.questions[number].varied
        named = (f"{name} {spelled(value)}"[:_BEGINNING] for name, value in varied.items())
        exchange = self._sweep.exchanges.get(number)
        note = self._sweep.left_out.get(number, "not asked yet")
        return Column(" · ".join(named) or f"request {number + 1}", exchange, note)

    def _across(self, across: str) -> str:
        varying = self.varying
        if across and across not in varying:
            raise _unknown(across, varying)
        few = sorted(varying, key=lambda name: (name == REPEAT, len(varying[name])))
        return across or next(iter(few), "")

    def _values(self, across: str) -> list[Any]:
        return self.varying.get(self._across(across), [""])

    def _columns(self, across: str) -> list[Column]:
        """The columns ordered so that the answers in a row differ in only one thing."""
        values = [spelled(value) for value in self.varying.get(across, ())]

        def order(number: int) -> tuple[list[str], int]:
            varied = self._sweep.questions[number].varied
            rest = [spelled(value) for name, value in varied.items() if name != across]
            return rest, values.index(spelled(varied[across])) if across in varied else 0

        return [self._column(n) for n in sorted(range(len(self._sweep.questions)), key=order)]

    @property
    def findings(self) -> list[Finding]:
        """The findings on every answer."""
        return [finding for one in self.exchanges for finding in one.findings]

    def __repr__(self) -> str:
        done, count = len(self._sweep.answered), len(self._sweep.questions)
        return f"Sweep: {done} of {count} answered."

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        # It is already shown where it was asked; as that cell's value it would appear twice.
        return {"text/plain": repr(self)} if self._running.shown else self.table._repr_mimebundle_()


class SideBySide:
    """Answers beside each other, as a cell's value."""

    def __init__(self, shown: Sequence[Column], beside: int) -> None:
        self._columns = shown
        self._beside = max(1, min(beside, 4))

    def __repr__(self) -> str:
        return columns.plain(self._columns)

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        html = columns.side_by_side(self._columns, beside=self._beside)
        return {"text/plain": repr(self), "text/html": html}


def _unknown(name: str, varying: Iterable[str]) -> ValueError:
    names = ", ".join(varying) or "nothing"
    return ValueError(f"Expected the name of what varies ({names}); got {name!r}.")


def _figures(row: dict[str, Any]) -> tuple[str, ...]:
    text = " ".join(str(row.get("text", "")).split())
    word = f"{row['word']}, without {row['refused']}" if row.get("refused") else str(row["word"])
    figures = (
        ms(row.get("ttft_s")), ms(row.get("total_s")),
        rate(row.get("tokens_per_s")), number(row.get("completion_tokens")),
    )  # fmt: skip
    # A figure and its unit stay on one line.
    kept = (figure.replace(" ", "\N{NO-BREAK SPACE}") for figure in figures)
    return word, *kept, text[:_BEGINNING] + "…" * (len(text) > _BEGINNING)
