"""How do we know that this finds anything? The truth table by group, opened on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..finding import Finding, Level
from ..show.output import CellContext, Output, sentence
from ..show.panel.widgets import lone_button, view
from ..show.table import Table
from .truth import Truth, truth_table

NOT_RUN = (
    "Not run: truth = True, or the button, plants every fault in the built-in endpoint and checks "
    "whether it is recognised. It takes a minute or two."
)


@dataclass(frozen=True)
class Group:
    """How the detectors did on one group of faults and their legal look-alikes.

    faults, recognised:  the planted ones, and those that were named correctly
    legal, accused:      the look-alikes, and those that were red anyway
    """

    name: str
    faults: int
    recognised: int
    legal: int
    accused: int

    @property
    def precision(self) -> float | None:
        """The share of true accusations among all; None if nothing was accused."""
        accusations = self.recognised + self.accused
        return self.recognised / accusations if accusations else None


def groups(rows: Sequence[Truth]) -> list[Group]:
    """The truth table by group, followed by the total of all groups."""
    names = sorted({row.mode.group for row in rows})
    by_name = [_group(name, [row for row in rows if row.mode.group == name]) for name in names]
    return [*by_name, _group("all", rows)]


def _group(name: str, rows: Sequence[Truth]) -> Group:
    faults = [row for row in rows if not row.mode.legal]
    legal = [row for row in rows if row.mode.legal]
    accused = [
        row for row in legal if any(finding.level == "fail" for finding in row.findings)
    ]  # fmt: skip
    right = sum(not row.wrong for row in faults)
    return Group(name, len(faults), right, len(legal), len(accused))


class TruthSummary:
    """The summary of the truth table, or a button that runs it.

    rows:  every fault and how it was judged; [] until it was run
    """

    def __init__(self) -> None:
        self.rows: list[Truth] = []
        self._cell = CellContext()
        self._output: Output | None = None

    @property
    def findings(self) -> list[Finding]:
        """Whether every fault was recognised and nothing legal accused; [] until it was run."""
        if not self.rows:
            return []
        every = groups(self.rows)[-1]
        missed = [row.mode.name for row in self.rows if row.wrong]
        says = (
            f"{every.recognised} of {every.faults} planted faults are recognised, and "
            f"{every.accused} of {every.legal} legal look-alikes are accused."
        )
        level: Level = "fail" if missed else "pass"
        return [Finding("truth", level, says, ", ".join(missed), blame="client")]

    async def run(self) -> None:
        """Plant every fault and judge what comes, as the button does."""
        if self._output:
            self._output.update(sentence("Planting every fault …"))
        self.rows = await truth_table()
        if self._output:
            self._output.update(self._bundle())

    @property
    def table(self) -> Table:
        """A row for each group, and below them what was missed."""
        cells = [
            (
                one.name, f"{one.recognised} of {one.faults}", f"{one.accused} of {one.legal}",
                "–" if one.precision is None else f"{one.precision:.0%}",
            )
            for one in groups(self.rows)
        ]  # fmt: skip
        missed = [(row.mode.name, "missed", row.wrong, "") for row in self.rows if row.wrong]
        heads = ("faults", "recognised", "legal ones accused", "precision")
        return Table(heads, (*cells, *missed))

    def __repr__(self) -> str:
        return repr(self.table) if self.rows else NOT_RUN

    def _ipython_display_(self) -> None:
        self._cell = CellContext()
        if not self.rows:
            start = lone_button(
                "Run the truth table", "plant every fault and see what is said of it"
            )
            start.on_click(lambda _: self._cell.run(self.run()))
            Output(view(start) | {"text/plain": ""})
        self._output = Output(self._bundle())

    def _bundle(self) -> dict[str, Any]:
        if not self.rows:
            return sentence(NOT_RUN)
        html = self.table._repr_mimebundle_()["text/html"]
        return {"text/html": html, "text/plain": repr(self.table)}
