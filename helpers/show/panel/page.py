"""What the panel needs done in the page itself; the one door to anywidget.

The scripts put text into the page as text alone: no word of a server or a model becomes markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ...escaping import visible

_HERE = Path(__file__).parent


class Shield(anywidget.AnyWidget):
    """Keeps what is typed in the panel from the notebook, and tells when the kernel is silent.

    running:  whether an answer is coming; then `beat` must change every few seconds
    shown:    the exchange and how much of its answer the cell shows, "7f3a90c2:1830"
    on_send:  called with the prompt as it stands in the page, for Ctrl+Enter
    on_stop:  called for Esc
    """

    _esm = (_HERE / "shield.js").read_text(encoding="utf-8")
    running = traitlets.Bool(False).tag(sync=True)
    beat = traitlets.Int(0).tag(sync=True)
    shown = traitlets.Unicode("").tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
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


class SessionTable(anywidget.AnyWidget):
    """What was asked so far, a row each; a row can be picked, and all can be cleared.

    on_pick:   called with the row's index
    on_clear:  called when Clear is pressed
    """

    _esm = (_HERE / "session.js").read_text(encoding="utf-8")
    rows: traitlets.List[list[str]] = traitlets.List().tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.on_pick: Callable[[int], None] = lambda _: None
        self.on_clear: Callable[[], None] = lambda: None
        self.on_msg(self._take)

    def show(self, rows: Sequence[SessionRow]) -> None:
        """Show these rows in place of the ones before."""
        self.rows = [[visible(cell) for cell in vars(row).values()] for row in rows]

    def _take(self, _: object, message: Any, __: object) -> None:
        if message == {"do": "clear"}:
            self.on_clear()
        elif isinstance(message, dict) and message.get("do") == "pick":
            index = message.get("row")
            if type(index) is int and 0 <= index < len(self.rows):
                self.on_pick(index)
