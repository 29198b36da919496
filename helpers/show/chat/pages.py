"""Where finished turns are shown: the last one in an output of its own, the others in a few pages.

JupyterLab shows the first fifty outputs of a cell, and an update sends an output whole: few
outputs, none of them large, keep a long conversation as quick as a short one.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..output import Bundle, Output, Place
from .page import joined

ROOM = 60_000
GROWTH = 1.5
EVEN_PAGES, MOST_PAGES = 12, 14
# With the pages, the last turn, the panel's two outputs, three folds and a note: below fifty.
MOST_PARTS = 28
_EMPTY: Bundle = {"text/html": "", "text/plain": ""}


class _Page:
    """One output, the number of the first turn in it, and what it shows."""

    def __init__(self, output: Output, first: int) -> None:
        self.output, self.first = output, first
        self._shown: list[Bundle] | None = None

    def show(self, turns: Sequence[Bundle]) -> None:
        """Show these turns; nothing is sent if they are already shown."""
        if self._shown != [*turns]:
            self._shown = [*turns]
            self.output.update(joined(turns))


class Pages:
    """Turns below each other, and below them the place for the one in progress."""

    def __init__(self) -> None:
        self.live = Place()
        self._pages: list[_Page] = []
        self._emptied: list[Output] = []

    def show(self, turns: Sequence[Bundle], *, here: bool = True) -> None:
        """Show these turns, of which none but the last two may have changed.

        here:  whether the running cell is the one with the pages, so that another may be begun
        """
        while self._pages and self._pages[-1].first >= max(1, len(turns)):
            self._empty_last()
        if not self._pages:
            if not here:
                return
            self._open(0)
        if here and len(turns) - self._pages[-1].first > 1:
            self._set_last_apart(turns)
        last = self._pages[-1]
        last.show(turns[last.first :])

    def _set_last_apart(self, turns: Sequence[Bundle]) -> None:
        """Move the turns above the last one into the page before it, or begin another page."""
        newest = len(turns) - 1
        *before, last = self._pages
        if before and not self._is_full(turns[before[-1].first : newest]):
            before[-1].show(turns[before[-1].first : newest])
            last.first = newest
        else:
            last.show(turns[last.first : newest])
            self._open(newest)

    def _is_full(self, turns: Sequence[Bundle]) -> bool:
        pages = len(self._pages) - 1
        if pages >= MOST_PAGES:
            return False
        room = ROOM * GROWTH ** max(0, pages - EVEN_PAGES)
        return sum(len(turn["text/html"]) for turn in turns) > room

    def _open(self, first: int) -> None:
        """Begin an output in the place of the last streamed answer, so that the order is kept."""
        self.live.clear()
        free = self._emptied.pop(0) if self._emptied else self.live.give()
        output = free or Output(_EMPTY, kind="turns")
        output.update(_EMPTY, kind="turns")
        self._pages.append(_Page(output, first))

    def _empty_last(self) -> None:
        """Empty the last output; it is above the live ones, so it is the first to be reused."""
        output = self._pages.pop().output
        output.update(_EMPTY)
        self._emptied.insert(0, output)
