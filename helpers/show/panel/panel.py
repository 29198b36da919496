"""The panel: where to ask, what to ask, Send and Stop, and what comes, as it comes.

A click and a cell go the same way: Send runs `ask`, and so does `await panel.ask()`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, Protocol

from ...client.chat import begin, complete
from ...client.discovery import find_servers
from ...client.exchange import Exchange
from ...client.models import ModelList, list_models
from ...endpoint import CallError, Endpoint
from ...finding import Finding, explained
from ...server.builtin import opened
from ...wire.answer import Delta
from ...wire.request import Request, chat
from ..output import CellContext, Output, Place
from ..stream.live import Live, bundle
from .controls import Controls, view
from .fields import Fields
from .status import (
    Moment,
    announce,
    rail,
    remarks_note,
    state_of,
    strip,
    trouble_note,
)

UPDATE_S = 0.2


class Beside(Protocol):
    """Something that follows an exchange while it runs."""

    def show(self, exchange: Exchange, elapsed_s: float, /) -> None:
        """Take note of where the exchange stands."""


@dataclass(frozen=True)
class Shown:
    """An answer as a cell shows it."""

    exchange: Exchange | None

    def __repr__(self) -> str:
        return repr(self.exchange) if self.exchange else "No answer yet: press Send."

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        if not self.exchange or not (self.exchange.text or self.exchange.answer.reasoning):
            return {"text/plain": repr(self)}
        return bundle(self.exchange.text, self.exchange.answer.reasoning)


class Panel:
    """Controls for one endpoint, and the answers that come from it.

    exchange:  the last request and its answer, None before the first
    """

    def __init__(
        self,
        *,
        base_url: str = "",
        model: str = "",
        api_key_env: str = "",
        prompt: str = "",
        stream: bool = True,
        timeout_s: float = 300.0,
    ) -> None:
        self.exchange: Exchange | None = None
        self._opened: Endpoint | None = None
        self._models: ModelList | None = None
        self._running: asyncio.Task[None] | None = None
        self._clicked: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._cell = CellContext()
        self._place = Place()
        self._controls = Controls()
        self._fields = Fields(
            self._controls,
            timeout_s=timeout_s,
            on_address=lambda: self._run(self.connect()),
            on_error=lambda error: self._show_trouble(_bad_call(error)),
        )
        self._show_moment(Moment("idle"))
        self._fields.fill(
            base_url=base_url, model=model, api_key_env=api_key_env, prompt=prompt, stream=stream
        )
        self._follow_buttons()

    @property
    def endpoint(self) -> Endpoint:
        """Return the endpoint the fields describe; headless, what the parameters say.

        raises:  AddressError, KeyNameError when they describe none
        """
        endpoint = self._fields.endpoint
        if self._opened and self._opened.base_url == endpoint.base_url:
            return replace(endpoint, url=self._opened.url, notes=self._opened.notes)
        return endpoint

    @property
    def answer(self) -> Shown:
        """Return the last answer; as a cell's last line it shows it again, after a reload too."""
        return Shown(self.exchange)

    async def show(self) -> None:
        """Show the panel in this cell, open its endpoint and fill the list of models."""
        self._cell, self._place = CellContext(), Place()
        Output(view(self._controls.panel) | {"text/plain": repr(self)})
        await self.connect()

    async def connect(self) -> ModelList | None:
        """Open the endpoint and ask for its models; None when the fields describe no endpoint."""
        self._fields.say_key_state()
        self._models = None
        try:
            endpoint = await self._open()
        except CallError as error:
            self._show_trouble(_bad_call(error))
            return None
        self._controls.model_state.value = "asking …"
        models = await list_models(endpoint)
        if endpoint.base_url == self.endpoint.base_url:
            self._models = models
            self._fields.take_models(models)
            if models.failure:
                self._show_trouble(models.failure)
            else:
                self._show_remarks(self._remarks(endpoint))
        return models

    async def ask(self, *, stream: bool | None = None, beside: Beside | None = None) -> Exchange:
        """Send what the fields say, show the answer as it comes, and return the exchange.

        stream:  instead of the toggle's value
        beside:  what else follows the exchange while it runs, such as a timeline
        """
        return await self._ask(self._fields.stream if stream is None else stream, Place(), beside)

    async def _ask(self, stream: bool, place: Place, beside: Beside | None = None) -> Exchange:
        async with self._turn:
            exchange = self.exchange = await self._begin(stream)
            self._show_remarks(self._remarks(exchange.endpoint))
            try:
                if not exchange.findings:
                    await self._follow(exchange, place, beside)
                else:
                    place.clear()
            finally:
                self._conclude(exchange)
            return exchange

    def stop(self) -> None:
        """End the answer that is coming; what came is kept."""
        if self._running:
            self._running.cancel()

    async def find(self) -> None:
        """Ask this machine's usual ports and mark the servers that answer."""
        self._controls.find.description = "Finding …"
        found = await find_servers()
        self._controls.find.description = "Find"
        self._fields.label_presets(answering={server.name for server in found})
        said = [f"{server.name} answers at {server.base_url}." for server in found]
        none = ["None of the usual ports answers. Start a server, or type its address."]
        self._show_remarks(said or none)

    def __repr__(self) -> str:
        how = "streamed" if self._fields.stream else "full"
        model = self._controls.model.value or "its first model"
        return f"Panel: {self._fields.base_url}, {model}, {how}. Its controls live in JupyterLab."

    async def _open(self) -> Endpoint:
        endpoint = await opened(self.endpoint)
        self._opened = endpoint if endpoint.built_in else None
        return endpoint

    async def _begin(self, stream: bool) -> Exchange:
        """The exchange the fields ask for; one that was not sent when they ask for none."""
        try:
            request = chat(self._fields.prompt, stream=stream, **self._fields.parameters)
            return begin(await self._open(), request)
        except CallError as error:
            nowhere = Endpoint(base_url=self._fields.base_url, url="")
            exchange = Exchange(nowhere, Request().as_stream(stream))
            exchange.not_sent("bad-call", finding=_bad_call(error))
            return exchange

    async def _follow(self, exchange: Exchange, place: Place, beside: Beside | None) -> None:
        """Run an exchange to its end, its text and its status shown while it comes."""
        live = Live(place)

        def watch(_: Exchange, deltas: list[Delta]) -> None:
            for delta in deltas:
                if delta.choice == 0:
                    live.write(delta.text + delta.refusal, reasoning=delta.reasoning)

        began = perf_counter()
        running = self._running = asyncio.ensure_future(
            complete(exchange, watch=watch, forgiving=True)
        )
        self._controls.set_running(True)
        try:
            while not running.done():
                state = state_of(exchange, running=True)
                elapsed_s = perf_counter() - began
                self._show_moment(Moment(state, elapsed_s, exchange))
                if beside:
                    beside.show(exchange, elapsed_s)
                await asyncio.wait({running}, timeout=UPDATE_S)
            if not running.cancelled():
                running.result()
        finally:
            # When the cell itself is interrupted, the request must end with it.
            running.cancel()
            await asyncio.wait({running})
            self._running = None
            self._controls.set_running(False)
            live.close(_last_line(exchange))

    def _conclude(self, exchange: Exchange) -> None:
        state = state_of(exchange, running=False)
        self._show_moment(Moment(state, exchange.recording.end_s, exchange))
        if exchange.failure:
            self._show_trouble(exchange.failure)
            return
        self._models = exchange.models or self._models
        asked = exchange.endpoint.with_model("") if exchange.models else exchange.endpoint
        dropped = [f"{refused}." for refused in exchange.dropped]
        self._show_remarks([*self._remarks(asked), *dropped])

    def _remarks(self, endpoint: Endpoint) -> list[str]:
        """Return what was changed or chosen; the same before and after, so that nothing moves."""
        chosen = self._models.said if self._models and not endpoint.model else ""
        return [*endpoint.notes, *filter(None, [chosen])]

    def _follow_buttons(self) -> None:
        c = self._controls
        c.refresh.on_click(lambda _: self._run(self.connect()))
        c.find.on_click(lambda _: self._run(self.find()))
        c.send.on_click(self._send)
        c.stop.on_click(lambda _: self.stop())
        c.fix.on_click(self._apply_fix)

    def _send(self, _: Any) -> None:
        """Ask as `ask` does; the answer takes the place of the one that stood below the panel."""
        # Of a double click both halves come before the first has taken its turn.
        if not self._turn.locked() and (self._clicked is None or self._clicked.done()):
            self._clicked = self._run(self._ask(self._fields.stream, self._place))

    def _run(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[None]:
        """Run what a click asked for in the panel's own cell, so that its output lands there."""
        return self._cell.run(self._reporting(work))

    async def _reporting(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except Exception as error:
            # A task's exception would vanish: nobody awaits a click.
            self._show_trouble(_our_fault(error))

    def _apply_fix(self, _: Any) -> None:
        self._fields.use_address(self._fix)

    def _show_moment(self, moment: Moment) -> None:
        c = self._controls
        c.status.value, c.rail.value = strip(moment), rail(moment)
        c.announcement.value = announce(moment)

    def _show_trouble(self, trouble: Finding) -> None:
        self._fix = trouble.fix
        self._show_note(trouble_note(trouble))

    def _show_remarks(self, remarks: list[str]) -> None:
        self._fix = ""
        self._show_note(remarks_note(remarks))

    def _show_note(self, note: str) -> None:
        c = self._controls
        c.note.value = note
        c.show(c.note, bool(note))
        c.fix.description = f"Use {self._fix}"
        c.show(c.fix_row, bool(self._fix))


def _bad_call(error: CallError) -> Finding:
    return explained(
        "bad-call", f"{error.headline}.", expected=error.expected, came=error.came, do=error.do,
        blame="call",
    )  # fmt: skip


def _our_fault(error: Exception) -> Finding:
    return explained(
        "our-fault", "The kit itself failed.", expected="no error of our own",
        came=f"{type(error).__name__}: {error}"[:500],
        do="This is a defect of endpointscope: please report it with these words. Run the cell "
        "again.",
        blame="call",
    )  # fmt: skip


def _last_line(exchange: Exchange) -> str:
    """Return the small line below an answer that did not end by itself."""
    chunks = len(exchange.timing.chunk_s)
    if exchange.stopped:
        return f"■ stopped by you · {chunks} chunks kept · the connection was closed"
    if exchange.failure and exchange.text:
        kept = f"{chunks} chunks" if exchange.streamed else f"{len(exchange.text)} characters"
        return f"✕ {exchange.failure.says} · {kept} kept"
    calls = [f"{call.name}({call.arguments})" for call in exchange.answer.tool_calls]
    return f"tool call: {'; '.join(calls)}" if calls else ""
