"""An exchange followed to its end: its text and its status, shown as it streams in."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Protocol

from ...client.chat import complete
from ...client.exchange import Exchange
from ...wire.answer import Delta
from ..stream.live import Live
from .controls import Controls
from .readout import Readout
from .status import Moment, last_line, state_of

UPDATE_S = 0.2


class Beside(Protocol):
    """Something that follows an exchange while it runs."""

    def show(self, exchange: Exchange, elapsed_s: float, /) -> None:
        """Show the current state of the exchange."""

    def end(self, exchange: Exchange, /) -> None:
        """Show that the exchange has ended."""


class Following:
    """The exchange in progress, if any."""

    def __init__(self, controls: Controls, readout: Readout) -> None:
        self._controls, self._readout = controls, readout
        self._running: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is coming."""
        return self._running is not None

    def stop(self) -> None:
        """End the answer that is coming; what has come is kept."""
        if self._running:
            self._running.cancel()

    async def follow(self, exchange: Exchange, live: Live, beside: Beside | None) -> None:
        """Run an exchange to its end."""
        c = self._controls

        def watch(_: Exchange, deltas: list[Delta]) -> None:
            for delta in deltas:
                if delta.choice == 0:
                    live.write(delta.text + delta.refusal, reasoning=delta.reasoning)

        began = perf_counter()
        asking = complete(exchange, watch=watch, forgiving=True)
        running = self._running = asyncio.ensure_future(asking)
        c.set_running(True)
        try:
            while not running.done():
                state = state_of(exchange, running=True)
                # If no model is named, the list of models is requested first.
                elapsed_s = exchange.elapsed_s or perf_counter() - began
                self._readout.show(Moment(state, elapsed_s, exchange))
                c.shield.live(live.shown)
                if beside:
                    beside.show(exchange, exchange.elapsed_s or 0.0)
                await asyncio.wait({running}, timeout=UPDATE_S)
            if not running.cancelled():
                running.result()
        finally:
            # When the cell itself is interrupted, the request must end with it.
            running.cancel()
            await asyncio.wait({running})
            self._running = None
            live.close(last_line(exchange))
            c.shield.live(live.shown)
            c.set_running(False)
            if c.again.value:
                self._readout.show_again(exchange, live.shown)
