"""What the panel needs done in the page itself; the only module that knows anywidget.

The scripts insert text into the page as text only: no word of a server or a model becomes markup.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ...escaping import visible

_HERE = Path(__file__).parent


class Shield(anywidget.AnyWidget):
    """Keeps keystrokes in the panel from the notebook, and shows when the kernel is silent.

    running:  whether an answer is coming; then `beat` must change every few seconds
    shown:    the exchange and how much of its answer the cell shows, "7f3a90c2:1830"
    seen:     whether a page has shown the panel, so that somebody could press a button
    on_send:  called with the prompt as it is in the page, for Ctrl+Enter
    on_stop:  called for Esc
    """

    _esm = (_HERE / "shield.js").read_text(encoding="utf-8")
    running = traitlets.Bool(False).tag(sync=True)
    beat = traitlets.Int(0).tag(sync=True)
    shown = traitlets.Unicode("").tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.seen = False
        self.on_send: Callable[[str], None] = lambda _: None
        self.on_stop: Callable[[], None] = lambda: None
        self.on_msg(self._take)

    def live(self, shown: str) -> None:
        """Tell the page that the kernel is alive, and what the cell shows by now."""
        with self.hold_sync():
            self.beat += 1
            self.shown = shown

    def _take(self, _: object, message: Any, __: object) -> None:
        if message == {"do": "stop"}:
            self.on_stop()
        elif message == {"do": "here"}:
            # The page keeps its buttons inactive until it hears this.
            self.seen = True
            self.send({"do": "here"})
        elif isinstance(message, dict) and message.get("do") == "send":
            self.on_send(str(message.get("prompt", "")))


@dataclass(frozen=True)
class SessionRow:
    """One question of this session in words; the fields are the table's columns."""

    when: str
    server: str
    model: str
    first_text: str
    rate: str
    tokens: str
    word: str


class RowTable(anywidget.AnyWidget):
    """A table that grows, with rows that can be picked.

    search:    the label of the field that filters the rows; "" for none, and a button that clears
    second:    the label of a button in each row but the picked one; "" for none
    picked:    the key of the row that was picked, -1 for none
    on_pick, on_second:  called with the row's key, which stays when other rows come
    on_clear:  called when Clear is pressed
    """

    _esm = (_HERE / "rows.js").read_text(encoding="utf-8")
    heads: traitlets.List[str] = traitlets.List().tag(sync=True)
    rows: traitlets.List[list[str]] = traitlets.List().tag(sync=True)
    ids: traitlets.List[int] = traitlets.List().tag(sync=True)
    picked = traitlets.Int(-1).tag(sync=True)
    search = traitlets.Unicode("").tag(sync=True)
    second = traitlets.Unicode("").tag(sync=True)

    def __init__(self, heads: Sequence[str], *, search: str = "", second: str = "") -> None:
        super().__init__(heads=list(heads), search=search, second=second)
        self.on_pick: Callable[[int], None] = lambda _: None
        self.on_second: Callable[[int], None] = lambda _: None
        self.on_clear: Callable[[], None] = lambda: None
        self.on_msg(self._take)

    def fill(self, rows: Sequence[Sequence[str]], ids: Sequence[int]) -> None:
        """Show these rows instead of the previous ones."""
        with self.hold_sync():
            self.ids = list(ids)
            self.rows = [[visible(cell) for cell in row] for row in rows]

    def _take(self, _: object, message: Any, __: object) -> None:
        if not isinstance(message, dict):
            return
        do, key = message.get("do"), message.get("row")
        if do == "clear":
            self.on_clear()
        elif type(key) is int and key in self.ids:
            if do == "pick":
                self.on_pick(key)
            elif do == "second":
                self.on_second(key)


class SessionTable(RowTable):
    """The questions asked so far, one per row; a row can be picked, and all can be cleared."""

    def __init__(self) -> None:
        super().__init__(("when", "server", "model", "first text", "rate", "tokens", "word"))

    def show(self, rows: Sequence[SessionRow]) -> None:
        """Show these rows instead of the previous ones."""
        self.fill([[*vars(row).values()] for row in rows], range(len(rows)))


class Stopwatch(anywidget.AnyWidget):
    """Reports when the page has painted what a cell shows; it displays nothing itself."""

    _esm = (_HERE / "stopwatch.js").read_text(encoding="utf-8")

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.on_msg(self._take)

    async def ask(self, what: str, *, within_s: float, mark: str = "") -> dict[str, Any]:
        """The page's reply: its clock as `at_ms`, and the last number it has painted as `seen`.

        what:    "clock"; "watch", for numbers after the mark; "end", which returns as `painted`
                 each number with its time, and the page's longest task as `longest_ms`
        raises:  TimeoutError if no page replies
        """
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[what] = answer
        self.send({"ask": what, "mark": mark})
        async with asyncio.timeout(within_s):
            return await answer

    def _take(self, _: object, message: Any, __: object) -> None:
        answer = self._waiting.get(str(message.get("ask"))) if isinstance(message, dict) else None
        if answer is not None and not answer.done():
            answer.set_result(message)
