"""A sweep's progress in a cell, with Stop and Go on, and an output that follows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from ...checks.sweep.asking import Sweep
from ...escaping import for_html
from ...session import note
from ...wire.answer import Delta
from ..output import Bundle, CellContext, Output, ended
from ..panel import widgets
from ..panel.controls import style
from ..theme import STATES, marked
from .throttled import ThrottledOutput


class Running:
    """Runs a sweep and shows its progress.

    bundle:  the output below the controls, given whether something is in progress
    show:    False asks quietly
    on_end:  called each time it has been asked to its end, or was stopped
    """

    def __init__(
        self,
        sweep: Sweep,
        bundle: Callable[[bool], Bundle],
        *,
        show: bool,
        on_end: Callable[[], object] = lambda: None,
    ) -> None:
        self._sweep, self._on_end = sweep, on_end
        self._task: asyncio.Task[None] | None = None
        self._noted: set[int] = set()
        self._live: ThrottledOutput | None = None
        self._trouble = ""
        if show:
            self._show(bundle)

    @property
    def active(self) -> bool:
        """Whether something is in progress."""
        return self._task is not None

    @property
    def shown(self) -> bool:
        """Whether it is shown in a cell."""
        return self._live is not None

    async def ask(self) -> None:
        """Ask what has no answer yet; does nothing if that is already in progress.

        raises:  CancelledError if the cell itself was interrupted; AddressError, EngineError
        """
        if self._task is not None:
            return
        self._trouble = ""
        self._task = asyncio.ensure_future(self._sweep.ask(self._step))
        self._refresh()
        try:
            await ended(self._task)
        finally:
            self._task = None
            self._refresh()
            self._on_end()

    def stop(self) -> None:
        """End what is in progress; what has come is kept."""
        if self._task:
            self._task.cancel()

    def _step(self, number: int, deltas: Sequence[Delta]) -> None:
        exchange = self._sweep.exchanges[number]
        if exchange.recording.end and not deltas and id(exchange) not in self._noted:
            self._noted.add(id(exchange))
            note(exchange)
            self._refresh()
        elif self._live:
            self._live.show()

    def _show(self, bundle: Callable[[bool], Bundle]) -> None:
        cell = CellContext()
        self._state = widgets.html("es-cut es-grow")
        self._stop = widgets.button("Stop", "stop asking; what came is kept", icon="stop")
        self._go_on = widgets.button("Go on", "ask what has no answer yet", icon="play")
        self._stop.on_click(lambda _: self.stop())
        self._go_on.on_click(lambda _: cell.run(self._clicked()))
        row = widgets.box("es-row es-wide", self._state, self._stop, self._go_on)
        panel = widgets.box("es-panel", style(), widgets.box("es-grid", row))
        Output(widgets.view(panel) | {"text/plain": f"{self._sweep.announcement}."})
        self._live = ThrottledOutput(lambda: bundle(self.active))
        self._refresh()

    async def _clicked(self) -> None:
        try:
            await self.ask()
        except Exception as error:
            # A task's exception would vanish: nobody awaits a click.
            self._trouble = f"This failed: {error}"[:500]
            self._refresh()

    def _refresh(self) -> None:
        if self._live is None:
            return
        dimmed = ((self._stop, not self.active),
                  (self._go_on, self.active or not self._sweep.missing))  # fmt: skip
        for button, inactive in dimmed:
            (button.add_class if inactive else button.remove_class)("es-inactive")
        self._state.value = f"<span>{self._state_line()}</span>"
        self._live.show(now=True)

    def _state_line(self) -> str:
        sweep = self._sweep
        done, count = len(sweep.answered), len(sweep.questions)
        if self.active:
            words = f"{done} of {count}"
            return f"{marked(STATES['streaming'], words)} {for_html(sweep.announcement)}"
        if self._trouble or not sweep.exchanges:
            state = STATES["error" if self._trouble else "idle"]
            return marked(state, self._trouble or sweep.announcement)
        failed = sum(sweep.exchanges[number].failure is not None for number in sweep.answered)
        ended = "all answered" if done == count else f"{count - done} not asked"
        state = STATES["error" if failed else "done" if done == count else "stopped"]
        words = f"{failed} failed" if failed else ended
        return f"{marked(state, f'{done} of {count}')} {words}"
