"""A measurement in a cell: its progress, and a Stop button."""

from __future__ import annotations

import asyncio
from time import perf_counter

from ...checks.load.loading import Load
from ...checks.load.speed import Speed
from ...checks.load.workers import SharedLoad
from ...escaping import for_html
from ...wire.timing import percentiles
from ...wording import counted
from ..output import Output, ended
from ..panel.controls import style
from ..panel.widgets import box, button, html, view
from ..theme import BLUE
from .page import in_ms

# Drawing takes a millisecond from the loop that timestamps bytes.
UPDATE_S = 0.5


class LiveSpeed:
    """A measurement shown while it runs; Stop ends it at once, and keeps what has come."""

    def __init__(self, speed: Speed) -> None:
        self._speed = speed
        self._running: asyncio.Task[None] | None = None
        self._began = self._shown_s = 0.0
        self._output: Output | None = None
        self.stop = button("Stop", "end it now; what was measured is kept", icon="stop")
        self.stop.on_click(lambda _: self._stopped())
        self.state = html("es-grow es-whole", f"<span>{for_html(speed.plan.announcement)}.</span>")

    async def measure(self) -> None:
        """Measure, and show the page at the end.

        raises:  CancelledError if the cell itself was interrupted
        """
        row = box("es-row es-wide", self.state, self.stop)
        controls = box("es-panel", style(), box("es-grid", row))
        Output(view(controls) | {"text/plain": f"{self._speed.plan.announcement}."})
        self._output = Output({"text/html": "", "text/plain": ""})
        self._began = perf_counter()
        self._running = asyncio.ensure_future(self._speed.measure(self._step))
        try:
            await ended(self._running)
        finally:
            self.stop.add_class("es-inactive")
            # The page is the cell's value, so the progress is no longer needed.
            self._output.update({"text/html": "", "text/plain": ""})

    def _stopped(self) -> None:
        if self._running:
            self._running.cancel()

    def _step(self) -> None:
        load = self._speed.current
        if self._output is None or load is None or perf_counter() - self._shown_s < UPDATE_S:
            return
        self._shown_s = perf_counter()
        line = _progress(load, self._left_s)
        self._output.update({"text/html": _bar(line, self._share), "text/plain": ""})

    @property
    def _share(self) -> float:
        """The share that is done, by requests or by time, whichever is more."""
        plan, speed = self._speed.plan, self._speed
        sent = sum(len(run.samples) for run in speed.runs)
        sent += speed.current.progress.ended if speed.current else 0
        most = sum(map(plan.requests, plan.shapes))
        return min(max(sent / most, (perf_counter() - self._began) / plan.seconds), 1.0)

    @property
    def _left_s(self) -> float:
        """The time it still takes, estimated from the share."""
        gone_s = perf_counter() - self._began
        return min(gone_s / (self._share or 1) - gone_s, self._speed.plan.seconds - gone_s)


def _progress(load: Load | SharedLoad, left_s: float) -> str:
    """The state of a load, and its percentiles so far."""
    ended, failed, firsts_s = load.progress
    firsts = percentiles(firsts_s)
    rate = ended / load.elapsed_s if load.elapsed_s else 0.0
    parts = [
        f"▶ {load.shape}",
        f"sent by {counted(load.senders, 'worker')}" if isinstance(load, SharedLoad) else "",
        f"{ended:,} of {counted(load.budget.requests, 'request')}",
        f"{rate:.1f} a second",
        f"first text p50 {in_ms(firsts.p50)} ms, p95 {in_ms(firsts.p95)} ms",
        f"{failed} failed" if failed else "", f"{max(left_s, 0):.0f} s left",
    ]  # fmt: skip
    return " · ".join(filter(None, parts))


def _bar(line: str, share: float) -> str:
    bar = f"width: {share:.1%}; height: 5px; background: {BLUE}"
    return (
        '<div style="font-size: 13px; line-height: 24px; font-variant-numeric: tabular-nums">'
        f"{for_html(line)}</div>"
        '<div style="background: rgba(128, 128, 128, 0.25)" role="presentation">'
        f'<div style="{bar}"></div></div>'
    )
