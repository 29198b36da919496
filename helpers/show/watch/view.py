"""A watch in a cell: where to point programs, what has passed, and the exchange that was picked.

The traffic and its judgement run in threads of their own; the kernel's loop shows their results
when it gets round to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ...checks.watch.comparing import compare
from ...checks.watch.program import variables
from ...checks.watch.watched import WatchedExchange
from ...checks.watch.watcher import Watcher
from ...client.chat import begin, complete
from ...endpoint import AddressError, Endpoint
from ...escaping import for_html
from ...places import near
from ...server.replay import WATCHED
from ...signatures import checked
from ...wording import counted
from ..case import write_case
from ..exchanges import changes_table
from ..output import CellContext, Output
from ..panel import widgets
from ..panel.answer import kept
from ..panel.controls import style
from ..panel.frontend import RowTable
from ..panel.panel import Panel
from ..table import Table
from ..theme import STATES, marked
from .page import page
from .rows import HEADS, row, watched_table

# Requests still in progress by then are judged when they end.
SETTLE_S = 10.0
UPDATE_S = 0.2
_HINT = "Run this cell to watch again."


class Watch:
    """A watch: `.base_url` for programs, `.seen` for what has passed, the newest last.

    picked:  the exchange whose page is shown, None if there is none
    """

    def __init__(self, watcher: Watcher, *, show: bool = True) -> None:
        self.picked: WatchedExchange | None = None
        self._watcher = watcher
        self._loop = asyncio.get_running_loop()
        self._cell = CellContext()
        self._clicked: asyncio.Task[None] | None = None
        self._due = False
        watcher.on_seen = lambda _: self._soon()
        watcher.on_refused = lambda _: self._soon()
        self._make()
        if show:
            self.show()

    @property
    def base_url(self) -> str:
        """What to put into a program's base URL; "" once it has stopped."""
        return self._watcher.base_url

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint that everything is passed on to."""
        return self._watcher.endpoint

    @property
    def through(self) -> Endpoint:
        """The same endpoint as programs reach it: `await es.ask("hi", watch.through)`.

        raises:  AddressError if it has stopped
        """
        if not self.base_url:
            do = "Begin again: w = await es.watch(…)."
            raise AddressError("a watch that is under way", "one that has stopped", do)
        return replace(self.endpoint, base_url=self.base_url, url=self.base_url, notes=())

    @property
    def seen(self) -> list[WatchedExchange]:
        """The exchanges judged so far, the newest last."""
        return self._watcher.seen

    @property
    def table(self) -> Table:
        """The exchanges so far, the newest first."""
        return watched_table(self.seen)

    async def settled(self) -> list[WatchedExchange]:
        """All exchanges, once none is in progress or unjudged: `await watch.settled()`."""
        await asyncio.to_thread(self._watcher.settle, SETTLE_S)
        self._fill()
        return self.seen

    @checked
    def compare(self, before: WatchedExchange, after: WatchedExchange) -> Table:
        """What changed from one request to another, and where they stop sharing a prefix."""
        return changes_table(compare(before, after))

    def pick(self, number: int) -> None:
        """Show the page of one exchange, by its number."""
        self.picked = next((one for one in self.seen if one.number == number), self.picked)
        self._table.picked = number
        if self.picked:
            self._say(page(self.picked))
        can_ask = self.picked is not None and self.picked.request.raw is None and self._words
        widgets.show(self._acts, self.picked is not None)
        widgets.show(self._again, bool(can_ask))
        widgets.show(self._panel, bool(can_ask) and _fits_the_panel(self.picked))

    def stop(self) -> None:
        """Stop passing requests on; what has passed is kept."""
        self._watcher.stop()
        self._fill()

    def show(self) -> None:
        """Show it in this cell."""
        self._cell = CellContext()
        Output(widgets.view(self._box) | {"text/plain": repr(self)})
        Output(kept(hint=_HINT))
        self._fill()

    def __repr__(self) -> str:
        if not self.base_url:
            return f"Watch: stopped; {counted(len(self.seen), 'request')} passed."
        return f"Watch: {self.base_url} passes requests on to {self.endpoint.name}."

    @property
    def _words(self) -> bool:
        """Whether the words are kept, so that a request can be sent again."""
        return self._watcher.keeps_words

    def _make(self) -> None:
        button = widgets.button
        self._table = RowTable(HEADS, search="Filter", second="compare")
        self._table.on_pick = self.pick
        self._table.on_second = self._compare_with
        self._head, self._below = widgets.html("es-head"), widgets.html("es-below es-hidden")
        self._stop = button("Stop", "stop passing requests on", icon="stop")
        self._again = button("Ask again", "send the same request once more, through here")
        self._panel = button("Open in the panel", "change its parameters and send it from there")
        case = button("Case file", "write it up for whoever runs the server")
        self._acts = widgets.box(
            "es-row es-acts es-hidden", self._again, self._panel, case
        )  # fmt: skip
        self._stop.on_click(lambda _: self.stop())
        self._again.on_click(lambda _: self._run(self._ask_again()))
        self._panel.on_click(lambda _: self._run(self._open_panel()))
        case.on_click(lambda _: self._write_case())
        head = widgets.box("es-row", self._head, widgets.box("es-acts", self._stop))
        rows = widgets.box("es-rows", self._table)
        self._box = widgets.box("es-panel", style(), head, rows, self._below, self._acts)
        self._fill()

    def _soon(self) -> None:
        """Show what is new with the next update; there are a few per second at most."""
        # A loop that has ended shows nothing more, but the judging continues.
        with suppress(RuntimeError):
            if not self._due:
                self._due = True
                self._loop.call_soon_threadsafe(self._loop.call_later, UPDATE_S, self._fill)

    def _fill(self) -> None:
        self._due = False
        newest = [*reversed(self.seen)]
        self._table.fill([row(one) for one in newest], [one.number for one in newest])
        self._head.value = self._headline()
        widgets.show(self._stop, bool(self.base_url))

    def _headline(self) -> str:
        refused = self._watcher.refused
        last = f" Not passed on: {refused[-1]}" if refused else ""
        count = f"{counted(self._watcher.begun, 'request')} so far."
        if not self.base_url:
            return f"{marked(STATES['stopped'], 'stopped')} {for_html(count + last)}"
        to = f"passes requests on to {self.endpoint.name}. {count}"
        named = " ".join(f"{name}={value}" for name, value in variables(self.base_url, {}).items())
        return (
            f"{marked(STATES['streaming'], 'watching')} <code>{for_html(self.base_url)}</code> "
            f'{for_html(to + last)}<div class="es-dim">for programs: '
            f"<code>{for_html(named)}</code></div>"
        )

    def _say(self, html: str) -> None:
        self._below.value = html
        widgets.show(self._below, bool(html))

    def _compare_with(self, number: int) -> None:
        other = next((one for one in self.seen if one.number == number), None)
        if other is None or self.picked is None:
            return
        before, after = sorted((other, self.picked), key=lambda one: one.number)
        table = self.compare(before, after)._repr_mimebundle_()["text/html"]
        when = [one.recording.started_at[11:19] for one in (before, after)]
        self._say(f"<b>{when[0]} → {when[1]}</b>{table}")

    async def _ask_again(self) -> None:
        """Send the picked request unchanged; it appears as one more row."""
        if self.picked is not None:
            await complete(begin(self.through, self.picked.request))

    async def _open_panel(self) -> None:
        if self.picked is not None:
            await self._panel_of(self.picked).show()

    def _panel_of(self, watched: WatchedExchange) -> Panel:
        """A panel with the last message as its prompt; it keeps the rest of the request, too."""
        request = watched.request
        panel = Panel(base_url=self.through, model=request.model, api=request.api)
        panel.go_on(request)
        return panel

    def _write_case(self) -> None:
        if self.picked is not None:
            path = write_case(self.picked.recording, self.endpoint, folder=WATCHED)
            self._say(f"{page(self.picked)}<p>The case file: {for_html(near(path))}</p>")

    def _run(self, work: Coroutine[Any, Any, object]) -> None:
        async def reporting() -> None:
            try:
                await work
            except Exception as error:
                # A task's exception would vanish: nobody awaits a click.
                self._say(for_html(f"This failed: {type(error).__name__}: {error}"[:500]))

        self._clicked = self._cell.run(reporting())


def _fits_the_panel(watched: WatchedExchange | None) -> bool:
    """Whether a request ends with a person's words, which the panel's prompt can hold."""
    last = watched.request.messages[-1] if watched and watched.request.messages else {}
    return last.get("role") == "user" and isinstance(last.get("content"), str)
