"""The panel: where to ask, what to ask, Send and Stop, and the answer as it streams in.

A click and a cell do the same: Send runs `ask`, and so does `await panel.ask()`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from ...client.chat import begin
from ...client.discovery import find_servers
from ...client.exchange import Exchange
from ...client.models import ModelList, list_models
from ...endpoint import CallError, Endpoint
from ...escaping import for_terminal
from ...finding import Finding, Verdict, conclude
from ...server.builtin import opened
from ...session import note
from ...signatures import checked
from ...wire.request import Api, Request, chat
from ..output import CellContext, Output, Place
from ..stream.live import Live
from ..stream.markup import MOST_CHUNKS
from ..table import Table
from .answer import Shown, kept
from .controls import Controls
from .fields import Fields, Given
from .following import Beside, Following
from .readout import Readout, bad_call, our_fault
from .status import not_asked_line, whence
from .widgets import view


class Panel:
    """Controls for one endpoint, and the answers that come from it.

    exchange:  the last request and its answer, None before the first
    """

    @checked
    def __init__(
        self,
        *,
        base_url: str | Endpoint = "",
        model: str = "",
        api_key_env: str = "",
        prompt: str = "",
        stream: bool = True,
        timeout_s: float = 300.0,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        api: Api = "chat",
    ) -> None:
        self.exchange: Exchange | None = None
        self._opened: Endpoint | None = None
        self._models: ModelList | None = None
        self._clicked: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._cell = CellContext()
        self._places: list[Place] = []
        self._beside: Beside | None = None
        self._controls = Controls()
        self._readout = Readout(self._controls)
        self._following = Following(self._controls, self._readout)
        self._fields = Fields(
            self._controls, timeout_s=timeout_s, busy=lambda: self._following.busy,
            on_address=self._address_taken, on_waiting=self._readout.say_waiting,
            on_error=lambda error: self._readout.trouble(bad_call(error)),
        )  # fmt: skip
        self._fields.fill(
            Given(api, base_url, model, api_key_env, prompt, stream, headers, query, extra_body)
        )
        self._follow_buttons()

    @property
    def stream(self) -> bool:
        """Whether the answer is requested as a stream."""
        return self._fields.stream

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint the fields describe; headless, the one in the parameters.

        raises:  AddressError, KeyNameError if they describe none
        """
        endpoint = self._fields.endpoint
        if self._opened and self._opened.base_url == endpoint.base_url:
            return replace(endpoint, url=self._opened.url, notes=self._opened.notes)
        return endpoint

    @property
    def answer(self) -> Shown:
        """The last answer; as a cell's last line it is shown again, even after a reload."""
        return Shown(self.exchange)

    def go_on(self, request: Request) -> None:
        """Ask as this request did, unless a field is changed."""
        self._fields.take(request)

    @checked
    async def show(self) -> None:
        """Show the panel in this cell, open its endpoint and fill the list of models."""
        self._cell, self._places, self._beside = CellContext(), [], None
        Output(view(self._controls.panel) | {"text/plain": Panel.__repr__(self)})  # A chat's ages.
        self._readout.kept = Output(kept())
        await self.connect()

    def conclude(
        self, question: str, findings: Iterable[Finding], *asked: Exchange | None
    ) -> Verdict:
        """The verdict, shown in a line under the rail, with the evidence and the advice below it.

        asked:  whose figures are above the line: the first that failed, or else the first;
                without any, the last answer's. If a click has asked since, nothing is shown
        """
        given = [one for one in asked if one] or ([self.exchange] if self.exchange else [])
        shown = next((one for one in given if one.failure), given[0] if given else None)
        endpoint = shown.endpoint if shown else self.endpoint
        verdict = conclude(question, findings, base_url=endpoint.base_url, model=endpoint.model)
        if not self._following.busy and (not given or any(one is self.exchange for one in given)):
            if shown:
                self._readout.end(shown)
            self._readout.conclude(verdict)
        return verdict

    def below(self, table: Table) -> None:
        """Show a table below the answers; the next Send removes it along with them."""
        place = Place()
        place.output(table._repr_mimebundle_(), kind="table")
        self._places.append(place)

    async def connect(self) -> ModelList | None:
        """Open the endpoint and ask for its models; None if the fields describe no endpoint."""
        self._fields.say_key_state()
        self._models = None
        try:
            endpoint = await self._open()
        except CallError as error:
            # The models in the list still belong to the previous address.
            self._fields.forget_models("")
            self._readout.hint(None)
            self._readout.trouble(bad_call(error))
            return None
        self._controls.model_state.value = "asking …"
        models = await list_models(endpoint)
        if endpoint.base_url == self.endpoint.base_url:
            self._models = models
            self._fields.take_models(models)
            self._readout.hint(models)
            if models.failure:
                self._readout.trouble(models.failure)
            else:
                self._readout.remarks(endpoint.notes)
        return models

    @checked
    async def ask(
        self, *, stream: bool | None = None, beside: Beside | None = None, title: str = ""
    ) -> Exchange:
        """Send what the fields say, show the answer as it streams in, and return the exchange.

        stream:  overrides the toggle
        beside:  another view that follows the exchange while it runs, such as a timeline
        title:   a small line above the answer, if a cell asks more than once
        """
        streamed, place = self._fields.stream if stream is None else stream, Place()
        if self._cell.is_current:
            # The panel's next Send replaces whatever is below it.
            self._places.append(place)
            self._beside = beside
        return await self._ask(streamed, place, beside, title)

    async def _ask(
        self,
        stream: bool,
        place: Place,
        beside: Beside | None = None,
        title: str = "",
        *,
        request: Callable[[bool], Request] | None = None,
        parts: int = MOST_CHUNKS,
    ) -> Exchange:
        """Ask, after waiting for any earlier question to end.

        request:  builds the request at that moment; by default from the fields
        parts:    the most outputs that the answer's text may use
        """
        async with self._turn:
            exchange = self.exchange = await self._begin(stream, request or self._request)
            self._readout.begin(self._models, exchange.endpoint.notes)
            live = Live(place, mark=uuid4().hex[:8], title=title, parts=parts)
            sendable = not exchange.findings
            try:
                if sendable:
                    await self._following.follow(exchange, live, beside)
            finally:
                self._models = exchange.models or self._models
                note(exchange)
                self._readout.end(exchange)
                self._readout.show_history()
                if beside and sendable:
                    beside.end(exchange)
            self._fields.take_waiting()
            return exchange

    def stop(self) -> None:
        """End the answer that is coming; what has come is kept."""
        self._following.stop()

    async def find(self) -> None:
        """Try this machine's usual ports and mark the servers that answer."""
        self._controls.find.description = "Finding …"
        found = await find_servers()
        self._controls.find.description = "Find"
        self._fields.label_presets(answering={server.name for server in found})
        self._readout.say_found(found, here=self._fields.base_url)

    def __repr__(self) -> str:
        try:
            at = self._fields.endpoint
        except CallError as error:  # It quotes no key, which a field may hold.
            return f"Panel: {error}"
        asked = f"{at.model or 'its first model'}, {'streamed' if self.stream else 'full'}"
        return for_terminal(f"Panel: {at.base_url}, {asked}. Its controls live in JupyterLab.")

    async def _open(self) -> Endpoint:
        endpoint = await opened(self.endpoint)
        self._opened = endpoint if endpoint.built_in else None
        return endpoint

    def _request(self, stream: bool) -> Request:
        """The request described by the fields."""
        fields = self._fields
        return chat(fields.prompt, stream=stream, api=fields.api, **fields.parameters)

    async def _begin(self, stream: bool, request: Callable[[bool], Request]) -> Exchange:
        """The exchange the fields ask for; one that was not sent if they describe none."""
        try:
            asked = request(stream)
            return begin(await self._open(), asked, models=self._models)
        except CallError as error:
            nowhere = Endpoint(base_url=self._fields.base_url, url="")
            exchange = Exchange(nowhere, Request().as_stream(stream))
            exchange.not_sent("bad-call", finding=bad_call(error))
            return exchange

    def _follow_buttons(self) -> None:
        c = self._controls
        c.refresh.on_click(lambda _: self._run(self.connect()))
        c.find.on_click(lambda _: self._run(self.find()))
        c.send.on_click(lambda _: self._send())
        c.stop.on_click(lambda _: self.stop())
        c.fix.on_click(lambda _: self._fields.use_address(self._readout.fix))
        c.show_answer.on_click(lambda _: self._readout.show_again(self.exchange, c.shield.shown))
        c.shield.on_send = self._send_typed
        c.shield.on_stop = self.stop

    def _address_taken(self, cleared: list[str]) -> None:
        """Ask another address for its models, unless that would send it a key unasked."""
        cleared = [*cleared, *whence(self.exchange)]
        if self._turn.locked():
            # A change that waited for an answer's end leaves that answer's outcome in view.
            self._readout.cleared = cleared
        else:
            self._readout.move_on(cleared)
        if not self._fields.carries_secret:
            self._run(self.connect())
            return
        self._models = None
        self._fields.forget_models(not_asked_line())
        self._readout.hint(None)
        self._readout.remarks(["Nothing was sent yet: Refresh or Send will send the key."])

    def _send_typed(self, prompt: str) -> None:
        # The page may not have sent the last letters yet: it sends a field's values one by one.
        self._controls.prompt.value = prompt
        self._send()

    def _send(self) -> None:
        """Ask as `ask` does; the answer replaces the one below the panel."""
        # Both halves of a double click arrive before the first has begun its turn.
        if not self._turn.locked() and (self._clicked is None or self._clicked.done()):
            self._places = [Place(self._places)]
            self._clicked = self._run(self._ask(self._fields.stream, self._places[0], self._beside))

    def _run(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[None]:
        """Run what a click requested in the panel's own cell, so that its output appears there."""
        return self._cell.run(self._reporting(work))

    async def _reporting(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except Exception as error:
            # A task's exception would vanish: nobody awaits a click.
            self._readout.trouble(our_fault(error))
