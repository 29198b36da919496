"""A field to paste anything into, and below it the way to the endpoint, layer by layer."""

from __future__ import annotations

from typing import Any

from ...checks.connect.walk import QUESTION, Connection, connect
from ...endpoint import CallError, Endpoint
from ...escaping import for_terminal
from ...finding import Finding, Verdict, conclude, explained
from ..output import CellContext, Output
from ..panel import widgets
from ..panel.controls import style
from .page import page, plain, trouble

_HINT = "an address, a curl command, OPENAI_BASE_URL=…"


class Connecting:
    """The way to an endpoint, checked in a cell; its button checks again what is typed.

    connection:  the result; None for a text without an address
    typed:       what is checked; afterwards just the address, without a key beside it
    """

    def __init__(self, text: str | Endpoint, *, usual_ports: bool = False, **asked: Any) -> None:
        self.connection: Connection | None = None
        self.wrong: Finding | None = None
        self._asked = asked
        self._given = text if isinstance(text, Endpoint) else None
        self.typed = text = text.base_url if isinstance(text, Endpoint) else text
        self._running = False
        self._field = widgets.lines("Address", "es-mono es-grow", rows=1, placeholder=_HINT)
        self._field.value = text
        self._ports = widgets.checkbox("usual ports")
        self._ports.value = usual_ports
        self._cell = CellContext()
        self._output: Output | None = None

    @property
    def verdict(self) -> Verdict:
        """The answer to the question."""
        if self.connection is not None:
            return self.connection.verdict
        wrong = [self.wrong] if self.wrong else []
        return conclude(QUESTION, wrong, base_url="")

    @property
    def findings(self) -> list[Finding]:
        """The finding of each layer."""
        return list(self.verdict.findings)

    @property
    def endpoint(self) -> Endpoint | None:
        """The endpoint that works, for `es.ask`; None if none was found."""
        found = self.connection
        return found.endpoint if found is not None and found.base_url else None

    @property
    def base_url(self) -> str:
        """The base URL that works, "" if none was found."""
        return self.connection.base_url if self.connection else ""

    def show(self) -> None:
        """Show the field in this cell, and below it the result to come."""
        self._cell = CellContext()
        look = widgets.button("Look", "check every layer again", "es-send")
        look.on_click(lambda _: self._cell.run(self._again()))
        row = widgets.box("es-row", self._field, self._ports, look)
        panel = widgets.box("es-panel", style(), widgets.box("es-pasted", row))
        Output(widgets.view(panel) | {"text/plain": ""})
        self._output = Output({"text/html": "", "text/plain": ""})

    async def look(self) -> None:
        """Check every layer for what is typed, as the button does."""
        self.wrong = self.connection = None
        self._running = True
        try:
            self.connection = await connect(
                self._subject, usual_ports=self._ports.value, watch=self._watch, **self._asked
            )
            # What was pasted may have contained a key, so only the address stays.
            self.typed = self._field.value = self.connection.known.endpoint.base_url
        except CallError as error:
            self.wrong = explained(
                "no-address", f"{error.headline}.", expected=error.expected, came=error.came,
                do=error.do, blame="call",
            )  # fmt: skip
        finally:
            self._running = False
            self._put()

    @property
    def _subject(self) -> str | Endpoint:
        """The given endpoint with all its settings if its address is typed; else the text."""
        given = self._given
        return given if given and given.base_url == self.typed else self.typed

    async def _again(self) -> None:
        if not self._running:
            self.typed = self._field.value
            await self.look()

    def _watch(self, connection: Connection) -> None:
        self.connection = connection
        self._put()

    def _put(self) -> None:
        if self._output:
            self._output.update(self._bundle() | ({"text/plain": ""} if self._running else {}))

    def _bundle(self) -> dict[str, Any]:
        if self.connection is not None:
            shown = page(self.connection, stopped=not self._running)
            return {"text/html": shown, "text/plain": plain(self.connection)}
        if self.wrong:
            return {"text/html": trouble(self.wrong), "text/plain": for_terminal(str(self.wrong))}
        return {"text/html": "", "text/plain": ""}

    def __repr__(self) -> str:
        return str(self._bundle()["text/plain"])

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return self._bundle()
