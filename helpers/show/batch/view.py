"""A batch in a cell: a Stop button, its progress and its results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from ...checks.batch.batch import Batch
from ...checks.batch.judging import cut_rows, judge_batch
from ...endpoint import Endpoint
from ...finding import Finding
from ..output import Output
from ..panel.controls import style
from ..panel.widgets import box, button, html, view
from ..table import Table
from .figures import answers_table, failed_table
from .page import page, plain

UPDATE_S = 0.25


class BatchView:
    """A batch and its results: `b.answers`, `b.failed`, `b.slowest`, `b.cut`, `b.findings`."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self._output: Output | None = None
        self._shown_s = 0.0

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint that is asked."""
        return self.batch.endpoint

    @property
    def output(self) -> Path:
        """The file of answers."""
        return self.batch.output

    @property
    def findings(self) -> list[Finding]:
        """Whether every prompt got an answer, and what is odd about the answers."""
        return judge_batch(self.batch)

    @property
    def answers(self) -> Table:
        """The answers; `.to_pandas()` gives all of them."""
        return answers_table(self.batch.rows)

    @property
    def failed(self) -> Table:
        """What failed, and why."""
        return failed_table(self.batch)

    @property
    def slowest(self) -> Table:
        """The answers that took longest."""
        rows = sorted(self.batch.rows, key=lambda row: -(row.time_s or 0.0))
        return answers_table(rows)

    @property
    def cut(self) -> Table:
        """The answers cut off by the token limit."""
        return answers_table(cut_rows(self.batch.rows))

    async def run(self, *, show: bool = True) -> None:
        """Ask every prompt that has no answer yet; with `show`, this cell shows the progress."""
        if show:
            self._show()
        try:
            await self.batch.run(self._step)
        finally:
            self._put()

    async def again(self, *, show: bool = True) -> BatchView:
        """The batch run again, asking nothing twice; one that ended early is returned as it is."""
        batch = self.batch
        if batch.unasked or batch.state != "done":
            return self
        plan = replace(batch.plan, retry_errors=False)
        found = BatchView(Batch(batch.source, batch.endpoint, batch.output, plan))
        await found.run(show=show)
        return found

    def stop(self) -> None:
        """Stop asking, as the button does; the answers so far are kept."""
        self.batch.stop()

    def _show(self) -> None:
        stop = button("Stop", "stop asking; what came is kept", icon="stop")
        stop.on_click(lambda _: self.stop())
        self._stop = stop
        words = html(
            "es-grow es-whole", "<span>Each answer is on the disk as soon as it comes.</span>"
        )
        row = box("es-row es-wide", words, stop)
        Output(view(box("es-panel", style(), box("es-grid", row))) | {"text/plain": ""})
        self._output = Output({"text/html": "", "text/plain": ""})

    def _step(self) -> None:
        if perf_counter() - self._shown_s > UPDATE_S:
            self._put()

    def _put(self) -> None:
        self._shown_s = perf_counter()
        if self._output is None:
            return
        over = self.batch.state in ("done", "stopped")
        if over or self.batch.state == "ready":
            self._stop.add_class("es-inactive")
        self._output.update({
            "text/html": page(self.batch), "text/plain": plain(self.batch) if over else "",
        })  # fmt: skip

    def __repr__(self) -> str:
        return plain(self.batch)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/html": page(self.batch), "text/plain": plain(self.batch)}
