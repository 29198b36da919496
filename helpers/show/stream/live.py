"""An answer shown in a cell as it streams in.

Each output is safe HTML beside its source. The outputs whose metadata says
`"endpointscope": "text"` have a `text/plain` each; joined, these are the answer, character for
character, except for characters that control a terminal: readers of a saved notebook in a terminal
see those, and they have no effect. Only the last output changes, at most 15 times a second and
within a byte budget: JupyterLab's server silently drops what exceeds its limits, in the page and in
the saved notebook.
"""

from __future__ import annotations

import asyncio
import contextvars
import time

from ... import escaping
from ...wording import counted
from ..output import Bundle, Output, Place, end_line
from . import markup

FLUSHES_PER_S = 15
BYTES_PER_S = 120_000
MESSAGE_BYTES = 900
MOST_FOLDS = 3


def bundle(text: str, reasoning: str = "", *, mark: str = "") -> Bundle:
    """A finished answer for `_repr_mimebundle_`, as safe as when it was streamed."""
    fold = markup.folded(_reasoned(reasoning), reasoning) if reasoning else ""
    return {
        "text/html": fold + markup.framed(markup.rendered(text), mark),
        "text/plain": escaping.for_source(text),
    }


class Live:
    """A stream into the cell that created it, whoever writes to it later.

    place:  where the earlier answer is that this one replaces; None begins a new place
    mark:   names this answer in the page; each output says how far it reaches
    title:  a small line above it, if several answers are below each other
    parts:  the most outputs that its text may use
    """

    def __init__(
        self,
        place: Place | None = None,
        *,
        mark: str = "",
        title: str = "",
        parts: int = markup.MOST_CHUNKS,
    ) -> None:
        self._context = contextvars.copy_context()
        self._place = place or Place()
        self._place.clear()
        self._text = markup.Parts(most=parts)
        self._waiting: list[str] = []
        self._output: Output | None = None
        self._shown = 0
        self._mark, self._title = mark, title
        self._before = self._reach = 0
        self._folds = [_Fold(self._place)]
        self._timer: asyncio.TimerHandle | None = None
        self._due_s = 0.0

    @property
    def shown(self) -> str:
        """The mark of the last output: the answer's name and how many characters it has."""
        return f"{self._mark}:{self._reach}"

    def write(self, text: str, reasoning: str = "") -> None:
        """Accept what has come and show it now or, at the latest, with the next flush."""
        if text or reasoning:
            self._entitle()
        if reasoning:
            self._folds[-1].add(reasoning)
        if text:
            self._waiting.append(text)
        if time.monotonic() >= self._due_s:
            self._flush()
        elif self._timer is None:
            self._schedule()

    def close(self, note: str = "") -> None:
        """Show everything that has come, and a small line below it."""
        self._due_s = 0.0
        self._flush(final=True)
        if note:
            self._entitle()
            self._context.run(self._place.output, _note(note), kind="note")
        end_line()

    def _entitle(self) -> None:
        """Show the title above the first thing that is shown."""
        if self._title:
            self._context.run(self._place.output, _note(self._title), kind="note")
            self._title = ""

    def _schedule(self) -> None:
        """Schedule a flush if an event loop runs; otherwise the next write flushes."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._timer = loop.call_later(self._due_s - time.monotonic(), self._flush)

    def _flush(self, *, final: bool = False) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        size = self._context.run(self._show, final)
        self._due_s = time.monotonic() + max(1 / FLUSHES_PER_S, size / BYTES_PER_S)

    def _show(self, final: bool) -> int:
        """Bring the outputs up to date and return roughly how many bytes that took."""
        size = self._show_reasoning(final)
        if not self._waiting:
            return size
        come = "".join(self._waiting)
        self._waiting.clear()
        if come.endswith("\r") and not final:
            # An LF may follow; a CR alone would be shown as a character.
            self._waiting.append("\r")
            come = come[:-1]
        self._text.add(come)
        for part in self._text.finished[self._shown :]:
            size += self._show_part(part)
            self._before += len(part.text)
            self._output = None
            self._shown += 1
        last = self._text.shown()
        return size + self._show_part(last) if last.text else size

    def _show_part(self, part: markup.Part) -> int:
        self._reach = self._before + len(part.text)
        shown = {
            "text/html": markup.framed(part.html, self.shown if self._mark else ""),
            "text/plain": escaping.for_source(part.text),
        }
        if self._output is None:
            self._output = self._place.output(shown, kind="text")
        else:
            self._output.update(shown)
        return MESSAGE_BYTES + len(shown["text/html"].encode()) + len(shown["text/plain"].encode())

    def _show_reasoning(self, final: bool) -> int:
        fold = self._folds[-1]
        last = len(self._folds) == MOST_FOLDS
        settle = final or (bool(self._waiting) and not last)
        size = fold.show(settled=settle)
        if settle and fold.text and not last:
            self._folds.append(_Fold(self._place))
        return size


class _Fold:
    """Reasoning: a line that counts while it streams, then a fold with all of it."""

    def __init__(self, place: Place) -> None:
        self.text = ""
        self._place = place
        self._new: list[str] = []
        self._output: Output | None = None
        self._settled = False

    def add(self, text: str) -> None:
        self._new.append(text)

    def show(self, *, settled: bool) -> int:
        """Show what has changed and return roughly how many bytes that took."""
        if not self._new and (not self.text or not settled or self._settled):
            return 0
        self.text += "".join(self._new)
        self._new.clear()
        self._settled = settled
        shown = (
            self._fold() if settled else _note(f"thinking · {counted(len(self.text), 'character')}")
        )
        if self._output is None:
            self._output = self._place.output(shown, kind="reasoning")
        else:
            self._output.update(shown)
        return MESSAGE_BYTES + len(shown["text/html"]) + len(shown["text/plain"])

    def _fold(self) -> Bundle:
        return {
            "text/html": markup.folded(_reasoned(self.text), self.text),
            "text/plain": escaping.for_source(self.text),
        }


def _reasoned(text: str) -> str:
    return f"reasoning · {counted(len(text), 'character')}"


def _note(text: str) -> Bundle:
    style = "font-size: 12px; line-height: 20px; padding-left: 12px; opacity: 0.65"
    markup_ = f'<div style="{style}">{escaping.for_html(text)}</div>'
    return {"text/html": markup_, "text/plain": escaping.for_terminal(text)}
