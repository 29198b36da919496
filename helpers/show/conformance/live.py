"""The report in a cell: it fills as the run proceeds, can be stopped, and can be filtered later."""

from __future__ import annotations

import asyncio
from time import perf_counter

from ...checks.conformance.asking import Inquiry
from ...checks.conformance.check import GROUPS, VERDICTS
from ...checks.conformance.report import Report
from ..output import Output, ended
from ..panel.controls import style
from ..panel.widgets import Widget, box, button, dropdown, html, view
from .page import page, plain

UPDATE_S = 0.3
EVERY = "all"


class LiveReport:
    """Controls above a report: Stop, and which group and verdict are shown."""

    def __init__(self, inquiry: Inquiry) -> None:
        self._inquiry = inquiry
        self._running: asyncio.Task[Report] | None = None
        self._label = ""
        self._shown_s = 0.0
        self._output: Output | None = None
        self.stop = button("Stop", "stop asking; what came is kept and judged", icon="stop")
        self.stop.on_click(lambda _: self._stopped())
        self.group = _choice("Group", [EVERY, *GROUPS])
        self.verdict = _choice("Verdict", [EVERY, *reversed(VERDICTS)])
        self.state = html("es-grow es-whole")
        for field in (self.group, self.verdict):
            field.observe(lambda _: self._show(), "value")

    async def ask(self) -> Report:
        """The report, shown as it grows; Stop ends it early and keeps what has come.

        raises:  CancelledError if the cell itself was interrupted
        """
        Output(view(self._controls()) | {"text/plain": f"{self._inquiry.announcement}."})
        self._output = Output({"text/html": "", "text/plain": ""})
        self._running = asyncio.ensure_future(self._inquiry.ask(watch=self._step))
        self._show()
        try:
            await ended(self._running)
        finally:
            self._running = None
            self.stop.add_class("es-inactive")
            self._show()
        return self._inquiry.report

    def _controls(self) -> Widget:
        row = box("es-row es-wide", self.state, self.group, self.verdict, self.stop)
        return box("es-panel es-report", style(), box("es-grid", row))

    def _stopped(self) -> None:
        if self._running:
            self._running.cancel()

    def _step(self, label: str) -> None:
        self._label = label
        if perf_counter() - self._shown_s > UPDATE_S:
            self._show()

    def _show(self) -> None:
        self._shown_s = perf_counter()
        report, running = self._inquiry.report, self._running is not None
        self.state.value = f"<span>{_state_line(self._inquiry, running)}</span>"
        if self._output is None:
            return
        asking = self._progress() if running else ""
        shown = page(
            report, group=_chosen(self.group), verdict=_chosen(self.verdict), running=asking
        )
        self._output.update({"text/html": shown, "text/plain": "" if running else plain(report)})

    def _progress(self) -> str:
        run = self._inquiry.run
        done = run.done if run else 0
        return f"asking {done + 1} of {len(self._inquiry.steps)}: {self._label}"


def _state_line(inquiry: Inquiry, running: bool) -> str:
    return f"{inquiry.announcement}." if running else "Filter by group and verdict."


def _choice(label: str, options: list[str]) -> Widget:
    field = dropdown(label)
    field.options = options
    field.value = EVERY
    return field


def _chosen(field: Widget) -> str:
    return "" if field.value in (EVERY, None) else str(field.value)
