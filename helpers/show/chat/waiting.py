"""Calls and objects while they stream in, and the row in which a call waits for Run."""

from __future__ import annotations

import asyncio
from typing import Any

from ...checks.chat.functions import Tool
from ...client.exchange import Exchange
from ...wire.answer import ToolCall
from ...wire.parsing import growing
from ..output import Bundle, Output, Place
from ..panel import widgets
from ..panel.controls import Controls
from ..theme import STATES, marked
from .calls import object_html, spelled

# A page that exists reports soon after the panel was shown.
FRONT_END_S = 2.0
LOOK_S = 0.05


class Waiting:
    """A row of the panel: what the model wants to run, and whether it may."""

    def __init__(self, controls: Controls) -> None:
        self._shield = controls.shield
        self._answer: asyncio.Future[bool] | None = None
        self._words = widgets.html("es-grow")
        self.run = widgets.button("Run", "run the function with these arguments", icon="play")
        self.leave = widgets.button("Don't run", "tell the model that it was not run")
        self._row = widgets.box("es-row es-call es-hidden", self._words, self.run, self.leave)
        controls.panel.children = (*controls.panel.children, self._row)
        self.run.on_click(lambda _: self.answer(True))
        self.leave.on_click(lambda _: self.answer(False))

    async def allow(self, tool: Tool, call: ToolCall, values: dict[str, Any]) -> bool:
        """Whether a call may be run; without a page nobody can be asked, so it may not."""
        for _ in range(round(FRONT_END_S / LOOK_S)):
            if self._shield.seen:
                break
            await asyncio.sleep(LOOK_S)
        else:
            return False
        waits = marked(STATES["waiting"], "The model wants to run", "span")
        self._words.value = f"{waits} {spelled(call)}"
        self._answer = asyncio.get_running_loop().create_future()
        widgets.show(self._row, True)
        try:
            return await self._answer
        finally:
            self._answer = None
            widgets.show(self._row, False)

    def answer(self, run: bool) -> None:
        """Let the waiting call run, or not."""
        if self._answer and not self._answer.done():
            self._answer.set_result(run)


class Growing:
    """Follows an exchange, and shows its calls and its object as they grow.

    shaped:  whether the answer is to be an object
    """

    def __init__(self, place: Place, *, shaped: bool = False) -> None:
        self._place, self._shaped = place, shaped
        self._output: Output | None = None
        self._shown = ""

    def show(self, exchange: Exchange, _: float) -> None:
        """Show what has come of its calls or its object so far."""
        answer = exchange.answer
        calls = "".join(f"<div>{spelled(call)}</div>" for call in answer.tool_calls)
        grown = growing(answer.text) if self._shaped else None
        self._show(calls + (object_html(grown) if grown is not None else ""))

    def end(self, exchange: Exchange) -> None:
        """Show its final state."""
        self.show(exchange, 0.0)

    def _show(self, html: str) -> None:
        if not html or html == self._shown:
            return
        self._shown = html
        style = "padding-left: 12px; font-size: 13px; line-height: 20px; overflow-wrap: anywhere"
        shown: Bundle = {"text/html": f'<div style="{style}">{html}</div>', "text/plain": ""}
        if self._output is None:
            self._output = self._place.output(shown, kind="call")
        else:
            self._output.update(shown)
