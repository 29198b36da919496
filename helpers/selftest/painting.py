"""How late is a token painted? Measured in the page that shows the notebook, on demand."""

from __future__ import annotations

from ..show.output import CellContext, Output, clear, display, sentence
from ..show.panel.frontend import Stopwatch
from ..show.panel.widgets import lone_button, view
from ..show.table import Table
from ..wording import ms
from .bench.painting import PER_S, TOKENS, Painting, paint

NOT_RUN = (
    f"Not measured: the button counts to {TOKENS} in this page, {PER_S} numbers a second, in three "
    "ways, and takes away what it showed. It takes a quarter of a minute."
)
NO_PAGE = "No page answered. Open this notebook in JupyterLab and press the button there."
HEADS = (
    "shown by", "painted after, p50", "p95", "the last", "never painted",
    "longest pause of the page", "CPU in the kernel",
)  # fmt: skip


class PaintTest:
    """The measurements of a page, or a button that starts them.

    found:  the figures, None until they are measured
    """

    def __init__(self) -> None:
        self.found: Painting | None = None
        self._said = NOT_RUN
        self._cell = CellContext()
        self._watch = Stopwatch()
        self._counting = False

    async def run(self) -> None:
        """Measure in the page that shows this, as the button does."""
        if self._counting:
            return
        self._counting = True
        try:
            self.found = await paint(self._watch)
        except TimeoutError:
            self._said = NO_PAGE
        finally:
            self._counting = False
        clear()
        display(self)

    @property
    def table(self) -> Table:
        """A row for each way to show a text; none until it was measured."""
        ways = self.found.ways if self.found else ()
        return Table(HEADS, tuple(
            (
                one.way, ms(one.delay_s.p50), ms(one.delay_s.p95), ms(one.last_s),
                str(one.lost), ms(one.longest_s) if one.longest_s else "under 50 ms",
                f"{one.cpu_s * 1e6:.0f} µs each",
            )
            for one in ways
        ))  # fmt: skip

    def __repr__(self) -> str:
        return f"{self.table!r}\n\n{self._below}" if self.found else self._said

    def _ipython_display_(self) -> None:
        self._cell = CellContext()
        count = lone_button("Measure in this page", "count in this page, in three ways")
        count.on_click(lambda _: self._cell.run(self.run()))
        for widget in (count, self._watch):
            Output(view(widget) | {"text/plain": ""})
        if self.found:
            display(self.table)
        Output(sentence(self._below if self.found else self._said))

    @property
    def _below(self) -> str:
        off_s = self.found.clock_s if self.found else 0.0
        return (
            f"From the moment a number is in the kernel to the one at which the page has painted "
            f"it: {TOKENS} numbers, {PER_S} a second. The clocks agree to {off_s * 1000:.1f} ms."
        )
