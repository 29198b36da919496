"""The closer look at a stream: its tables, or the button that asks for it."""

from __future__ import annotations

from typing import Any

from ..checks.closer_look import REQUESTS, CloserLook, look_closer
from ..client.exchange import Exchange
from ..endpoint import CallError
from ..finding import Finding
from .exchanges import routes_table, stop_table
from .output import CellContext, Output, sentence
from .panel.widgets import lone_button, view


class CloserLookView:
    """The results of the closer look, or a button that starts it.

    found:  None until it was asked for
    """

    def __init__(self, first: Exchange, **second: str) -> None:
        self.found: CloserLook | None = None
        self._first, self._second = first, second
        self._cell = CellContext()
        self._output: Output | None = None
        self._asking = False

    @property
    def findings(self) -> list[Finding]:
        """Its findings; [] until it was asked for."""
        return self.found.findings if self.found else []

    @property
    def exchanges(self) -> list[Exchange]:
        """Its exchanges; [] until it was asked for."""
        return self.found.exchanges if self.found else []

    async def ask(self) -> None:
        """Look closer, as the button does."""
        self.found = await look_closer(self._first, **self._second)
        if self._output:
            self._output.update(self._bundle())

    def __repr__(self) -> str:
        return self._sentence if self.found is None or not self.found.routes else self._tables

    def _ipython_display_(self) -> None:
        self._cell = CellContext()
        if self.found is None and not self._first.failure:
            look = lone_button(
                f"Look closer: {self._requests} requests", "ask over other routes, then test Stop"
            )
            look.on_click(lambda _: self._cell.run(self._asked_by_click()))
            Output(view(look) | {"text/plain": ""})
        self._output = Output(self._bundle())

    async def _asked_by_click(self) -> None:
        if self._asking or not self._output:
            return
        self._asking = True
        self._output.update(sentence(f"◔ asking {self._requests} times …"))
        try:
            await self.ask()
        except CallError as error:
            self._output.update(sentence(f"{error.headline}. {error}"))
        finally:
            self._asking = False

    @property
    def _requests(self) -> int:
        return REQUESTS + bool(self._second.get("second_base_url"))

    @property
    def _sentence(self) -> str:
        if self._first.failure:
            return "Nothing more was asked: it failed, and asking again would only repeat that."
        return f"Not asked yet: the button, or deep = True, sends {self._requests} more requests."

    @property
    def _tables(self) -> str:
        return "\n\n".join(map(repr, self._shown()))

    def _shown(self) -> list[Any]:
        if self.found is None or not self.found.stopping:
            return []
        return [routes_table(self._first, self.found.routes), stop_table(self.found.stopping)]

    def _bundle(self) -> dict[str, Any]:
        tables = self._shown()
        if not tables:
            return sentence(self._sentence)
        html = "<br>".join(table._repr_mimebundle_()["text/html"] for table in tables)
        return {"text/html": html, "text/plain": self._tables}
