"""Where finished turns stand: in one output, until that is full; only the last one changes.

JupyterLab shows the first fifty outputs of a cell, and an update sends an output whole: few
outputs, none of them large, keep a long conversation as quick as a short one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..output import Bundle, Output, Place
from .page import joined

ROOM = 60_000
GROWTH = 1.5
EVEN_PAGES, MOST_PAGES = 8, 12
# With the pages, the panel's two outputs, three folds and a note these stay below fifty.
MOST_PARTS = 28
_EMPTY: Bundle = {"text/html": "", "text/plain": ""}


@dataclass
class _Page:
    """One output, and the number of the first turn in it."""

    output: Output
    first: int


class Pages:
    """Turns below each other, and below them the place of the one that is coming."""

    def __init__(self) -> None:
        self.live = Place()
        self._pages: list[_Page] = []

    def show(self, turns: Sequence[Bundle], *, here: bool = True) -> None:
        """Show these turns, of which none but those of the last page may have changed.

        here:  whether the cell that runs is that of the pages, so that one more may be begun
        """
        while self._pages and self._pages[-1].first >= max(1, len(turns)):
            self._pages.pop().output.update(_EMPTY)
        if not self._pages:
            if not here:
                return
            self._open(0)
        last = self._pages[-1]
        if here and self._is_full(turns[last.first :]):
            last.output.update(joined(turns[last.first : -1]))
            last = self._open(len(turns) - 1)
        last.output.update(joined(turns[last.first :]))

    def _is_full(self, turns: Sequence[Bundle]) -> bool:
        if len(turns) < 2 or len(self._pages) >= MOST_PAGES:
            return False
        room = ROOM * GROWTH ** max(0, len(self._pages) - EVEN_PAGES)
        return sum(len(turn["text/html"]) for turn in turns) > room

    def _open(self, first: int) -> _Page:
        """Begin a page where the answer that came last stood, so that the order stays."""
        self.live.clear()
        output = self.live.give() or Output(_EMPTY, kind="turns")
        output.update(_EMPTY, kind="turns")
        self._pages.append(_Page(output, first))
        return self._pages[-1]
