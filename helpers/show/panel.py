"""The panel: where to ask, what to ask, Send and Stop, and what comes, as it comes.

A click and a cell go the same way: Send runs `ask`, and so does `await panel.ask()`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from helpers.client.chat import Exchange, begin, complete
from helpers.client.explain import Trouble
from helpers.client.find import find_servers
from helpers.client.keys import key_state
from helpers.client.models import ModelList, list_models
from helpers.endpoint import (
    PRESETS,
    AddressError,
    CallError,
    Endpoint,
    KeyNameError,
    check_key_name,
    resolve,
    shown,
)
from helpers.engine.builtin import opened
from helpers.show.controls import CARETS, Controls, view
from helpers.show.live import CellContext, Live, Output, bundle
from helpers.show.parameters import ParameterError, parameters_summary, read_parameters
from helpers.show.status import (
    Moment,
    announce,
    key_line,
    models_line,
    rail,
    remarks_note,
    state_of,
    strip,
    trouble_note,
)
from helpers.wire.answer import Delta

UPDATE_S = 0.2
OTHER = "Other address"
MOST_MODELS = 1000


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

    endpoint:  what the fields say now; in a run without a browser, what the parameters say
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
        self._timeout_s = timeout_s
        self._typed_url = base_url
        self._opened: Endpoint | None = None
        self._models: ModelList | None = None
        self._answering: set[str] = set()
        self._running: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._cell = CellContext()
        self._live: Live | None = None
        self.controls = Controls()
        self._fill(base_url, model, api_key_env, prompt, stream)
        self._connect_controls()
        self._show_moment(Moment("idle"))

    @property
    def endpoint(self) -> Endpoint:
        """Return the endpoint the fields describe.

        raises:  AddressError, KeyNameError when they describe none
        """
        c = self.controls
        endpoint = resolve(
            self._typed_url, model=c.model.value, api_key_env=c.key.value, timeout_s=self._timeout_s
        )
        if self._opened and self._opened.base_url == endpoint.base_url:
            notes = self._opened.notes or endpoint.notes
            return replace(endpoint, url=self._opened.url, notes=notes)
        return endpoint

    @property
    def answer(self) -> Shown:
        """Return the last answer; as a cell's last line it shows it again, after a reload too."""
        return Shown(self.exchange)

    async def show(self) -> None:
        """Show the panel in this cell, open its endpoint and fill the list of models."""
        self._cell = CellContext()
        Output(view(self.controls.panel) | {"text/plain": repr(self)})
        await self.connect()

    async def connect(self) -> ModelList | None:
        """Open the endpoint and ask for its models; None when the fields describe no endpoint."""
        self._say_key_state()
        try:
            endpoint = await self._open()
        except CallError as error:
            self._show_trouble(_bad_call(error))
            return None
        self.controls.model_state.value = "asking …"
        models = await list_models(endpoint)
        if endpoint.base_url == self.endpoint.base_url:
            self._show_models(models)
        return models

    async def ask(self, *, stream: bool | None = None) -> Exchange:
        """Send what the fields say, show the answer as it comes, and return the exchange.

        stream:  instead of the toggle's value
        """
        async with self._turn:
            self._show_trouble(None)
            self.exchange = await self._begin(
                self.controls.stream.value if stream is None else stream
            )
            if self.exchange.trouble is None:
                await self._follow(self.exchange)
            self._conclude(self.exchange)
            return self.exchange

    def stop(self) -> None:
        """End the answer that is coming; what came is kept."""
        if self._running:
            self._running.cancel()

    async def find(self) -> None:
        """Ask this machine's usual ports and mark the servers that answer."""
        c = self.controls
        c.find.description = "Finding …"
        found = await find_servers()
        c.find.description = "Find"
        self._answering = {server.name for server in found}
        self._label_presets()
        said = [f"{server.name} answers at {server.base_url}." for server in found]
        self._show_remarks(
            said or ["None of the usual ports answers. Start a server, or type its address."]
        )

    def __repr__(self) -> str:
        c = self.controls
        how = "streamed" if c.stream.value else "full"
        return (
            f"Panel: {shown(self._typed_url) or 'the built-in endpoint'}, "
            f"{c.model.value or 'its first model'}, {how}. Its controls live in JupyterLab."
        )

    async def _open(self) -> Endpoint:
        endpoint = await opened(self.endpoint)
        self._opened = endpoint if endpoint.built_in else None
        return endpoint

    async def _begin(self, stream: bool) -> Exchange:
        """Return the exchange the fields ask for; one with a trouble when they ask for none."""
        try:
            endpoint = await self._open()
            if not self.controls.prompt.value.strip():
                raise ParameterError("a prompt", "an empty field", "Type what to ask, then Send.")
            return begin(
                endpoint,
                self.controls.prompt.value,
                stream=stream,
                **read_parameters(self.controls),
            )
        except CallError as error:
            nowhere = Endpoint(base_url=shown(self._typed_url), url="")
            return Exchange(nowhere, {"stream": stream}, trouble=_bad_call(error))

    async def _follow(self, exchange: Exchange) -> None:
        """Run an exchange to its end, its text and its status shown while it comes."""
        live = self._live = Live()

        def watch(_: Exchange, deltas: list[Delta]) -> None:
            for delta in deltas:
                if delta.choice == 0:
                    live.write(delta.text + delta.refusal, reasoning=delta.reasoning)

        began = perf_counter()
        self._running = asyncio.ensure_future(complete(exchange, watch=watch))
        self.controls.set_running(True)
        try:
            while not self._running.done():
                state = state_of(exchange, running=True)
                self._show_moment(Moment(state, perf_counter() - began, exchange))
                await asyncio.wait({self._running}, timeout=UPDATE_S)
            if not self._running.cancelled():
                self._running.result()
        finally:
            # When the cell itself is interrupted, the request must end with it.
            self._running.cancel()
            self._running = None
            self.controls.set_running(False)
            live.close(_last_line(exchange))

    def _conclude(self, exchange: Exchange) -> None:
        elapsed_s = exchange.recording.end_s
        self._show_moment(Moment(state_of(exchange, running=False), elapsed_s, exchange))
        if exchange.trouble:
            self._show_trouble(exchange.trouble)
        else:
            said = [exchange.models.said] if exchange.models else []
            self._show_remarks(
                [*exchange.endpoint.notes, *said, *(str(dropped) for dropped in exchange.dropped)]
            )

    def _fill(self, base_url: str, model: str, api_key_env: str, prompt: str, stream: bool) -> None:
        c = self.controls
        self._label_presets()
        self._take_url(base_url)
        self._take_key_name(api_key_env)
        c.model.value, c.prompt.value, c.stream.value = model, prompt, stream
        c.summary.value = parameters_summary(c)

    def _connect_controls(self) -> None:
        c = self.controls
        c.preset.observe(self._preset_chosen, "value")
        c.base_url.observe(self._url_typed, "value")
        c.key.observe(self._key_typed, "value")
        for field in (c.system, c.temperature, c.max_tokens, c.seed):
            field.observe(self._parameters_typed, "value")
        c.refresh.on_click(lambda _: self._run(self.connect()))
        c.find.on_click(lambda _: self._run(self.find()))
        c.send.on_click(lambda _: None if self._running else self._run(self.ask()))
        c.stop.on_click(lambda _: self.stop())
        c.fold.on_click(self._fold)
        c.fix.on_click(self._apply_fix)

    def _run(self, work: Any) -> None:
        """Run what a click asked for in the panel's own cell, so that its output lands there."""
        self._cell.run(self._reporting(work))

    async def _reporting(self, work: Any) -> None:
        try:
            await work
        except Exception as error:
            # A task's exception would vanish: nobody awaits a click.
            self._show_trouble(_our_fault(error))

    def _preset_chosen(self, change: dict[str, Any]) -> None:
        if change["new"] != OTHER:
            self.controls.base_url.value = PRESETS[change["new"]]

    def _url_typed(self, change: dict[str, Any]) -> None:
        if change["new"] != _shown_url(self._typed_url):
            self._take_url(change["new"])
            self._run(self.connect())

    def _key_typed(self, change: dict[str, Any]) -> None:
        self._take_key_name(change["new"])

    def _parameters_typed(self, _: dict[str, Any]) -> None:
        self.controls.summary.value = parameters_summary(self.controls)

    def _fold(self, _: Any) -> None:
        c = self.controls
        opening = c.fold.icon == CARETS[False]
        c.fold.icon = CARETS[opening]
        c.show(c.parameters, opening)
        c.summary.value = "empty fields are not sent" if opening else parameters_summary(c)

    def _apply_fix(self, _: Any) -> None:
        if self.exchange and self.exchange.trouble:
            self.controls.base_url.value = self.exchange.trouble.fix

    def _take_url(self, typed: str) -> None:
        """Keep what was typed, show it without its password, and choose the preset it is."""
        self._typed_url = typed
        self.controls.base_url.value = _shown_url(typed)
        self.controls.preset.value = next(
            (name for name, url in PRESETS.items() if url == self.controls.base_url.value), OTHER
        )
        self._say_key_state()

    def _take_key_name(self, typed: str) -> None:
        try:
            self.controls.key.value = check_key_name(typed)
        except KeyNameError as error:
            self.controls.key.value = ""
            self._show_trouble(_bad_call(error))
        self._say_key_state()

    def _label_presets(self) -> None:
        chosen = self.controls.preset.value
        labels = [(OTHER, OTHER)] + [
            (_preset_label(name, url, name in self._answering), name)
            for name, url in PRESETS.items()
        ]
        self.controls.preset.options = labels
        self.controls.preset.value = chosen or OTHER

    def _say_key_state(self) -> None:
        try:
            endpoint = self.endpoint
        except CallError:
            return
        self.controls.key_state.value = key_line(endpoint, key_state(endpoint))

    def _show_models(self, models: ModelList) -> None:
        c = self.controls
        self._models = models
        c.model.options = models.names[:MOST_MODELS]
        c.model.placeholder = models.chosen or "type the model's name"
        c.model_state.value = models_line(models)
        self._show_trouble(models.trouble)

    def _show_moment(self, moment: Moment) -> None:
        c = self.controls
        c.status.value, c.rail.value = strip(moment), rail(moment)
        c.announcement.value = announce(moment)

    def _show_trouble(self, trouble: Trouble | None) -> None:
        c = self.controls
        c.note.value = trouble_note(trouble) if trouble else ""
        c.show(c.note, trouble is not None)
        c.fix.description = f"Use {trouble.fix}" if trouble and trouble.fix else ""
        c.show(c.fix_row, bool(c.fix.description))

    def _show_remarks(self, remarks: list[str]) -> None:
        self.controls.note.value = remarks_note(remarks)
        self.controls.show(self.controls.note, bool(remarks))


def _shown_url(typed: str) -> str:
    """Return the base URL that a typed address becomes, or the address where it becomes none."""
    try:
        return resolve(typed).base_url
    except AddressError:
        return shown(typed)


def _preset_label(name: str, base_url: str, answers: bool) -> str:
    port = urlsplit(base_url).port
    return f"{name} · {port}{' ✓ answers' if answers else ''}" if port else name


def _bad_call(error: CallError) -> Trouble:
    return Trouble("bad-call", error.headline, error.expected, error.came, error.do, blame="call")


def _our_fault(error: Exception) -> Trouble:
    return Trouble(
        "our-fault", "The kit itself failed", "no error of our own",
        f"{type(error).__name__}: {error}"[:500],
        "This is a defect of tokenscope: please report it with these words. Run the cell again.",
        blame="call",
    )  # fmt: skip


def _last_line(exchange: Exchange) -> str:
    """Return the small line below an answer that did not end by itself."""
    chunks = len(exchange.timing.chunk_s)
    if exchange.stopped:
        return f"■ stopped by you · {chunks} chunks kept · the connection was closed"
    if exchange.trouble and exchange.text:
        return f"✕ {exchange.trouble.headline} · {chunks} chunks kept"
    calls = [f"{call.name}({call.arguments})" for call in exchange.answer.tool_calls]
    return f"tool call: {'; '.join(calls)}" if calls else ""
