"""An answer shown in a cell while it comes, and the one door to IPython's display.

Each output is safe HTML beside its source: joined, the `text/plain` of the outputs whose metadata
says `"endpointscope": "text"` is the answer, character for character. Only the last output changes,
at most 15 times a second and within a byte budget: JupyterLab's server silently drops what passes
its limits, in the page and in the saved notebook.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from IPython.core.getipython import get_ipython
from IPython.display import DisplayHandle
from IPython.display import display as display  # the door for other modules of show/

from ... import escaping
from . import markup

FLUSHES_PER_S = 15
BYTES_PER_S = 120_000
MESSAGE_BYTES = 900
MOST_FOLDS = 3

Bundle = dict[str, Any]
T = TypeVar("T")


class Output:
    """One output of the current cell that can be replaced later, from anywhere."""

    def __init__(self, bundle: Bundle, *, kind: str = "", width_px: int = 0) -> None:
        self._handle = DisplayHandle()
        self._kind = kind
        self._handle.display(bundle, raw=True, metadata=self._metadata(width_px))

    def update(self, bundle: Bundle, *, kind: str | None = None, width_px: int = 0) -> None:
        """Show this bundle in place of the one before, and as another kind when one is named.

        width_px:  how wide a PNG is shown; 0 for its own width
        """
        if kind is not None:
            self._kind = kind
        self._handle.update(bundle, raw=True, metadata=self._metadata(width_px))

    def _metadata(self, width_px: int) -> Bundle:
        kind = {"endpointscope": self._kind} if self._kind else {}
        return kind | ({"image/png": {"width": width_px}} if width_px else {})


class Place:
    """Where one answer after the other is shown: a new one takes over the outputs of the last."""

    def __init__(self) -> None:
        self._outputs: list[Output] = []
        self._taken = 0

    def clear(self) -> None:
        """Empty the outputs, so that the next answer can take them over."""
        for output in self._outputs:
            output.update({"text/html": "", "text/plain": ""}, kind="")
        self._taken = 0

    def output(self, bundle: Bundle, *, kind: str) -> Output:
        """Return the next output, which shows the bundle."""
        if self._taken < len(self._outputs):
            self._outputs[self._taken].update(bundle, kind=kind)
        else:
            self._outputs.append(Output(bundle, kind=kind))
        self._taken += 1
        return self._outputs[self._taken - 1]


def bundle(text: str, reasoning: str = "") -> Bundle:
    """Return a finished answer for `_repr_mimebundle_`, as safe as when it came."""
    fold = markup.folded(_reasoned(reasoning), reasoning) if reasoning else ""
    return {
        "text/html": fold + markup.framed(markup.rendered(text)),
        "text/plain": escaping.encodable(text),
    }


class Live:
    """A stream into the cell that made it, whoever writes to it later.

    place:  where an earlier answer stands that this one replaces; None begins a new place
    """

    def __init__(self, place: Place | None = None) -> None:
        self._context = contextvars.copy_context()
        self._place = place or Place()
        self._place.clear()
        self._text = markup.Parts()
        self._waiting: list[str] = []
        self._output: Output | None = None
        self._shown = 0
        self._folds = [_Fold(self._place)]
        self._timer: asyncio.TimerHandle | None = None
        self._due_s = 0.0

    def write(self, text: str, reasoning: str = "") -> None:
        """Take what has come and show it now or, at the latest, with the next flush."""
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
            self._context.run(self._place.output, _note(note), kind="note")

    def _schedule(self) -> None:
        """Flush when it is due, if an event loop runs; otherwise the next write does."""
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
        """Bring the outputs up to date and return about how many bytes that took."""
        size = self._show_reasoning(final)
        if not self._waiting:
            return size
        self._text.add("".join(self._waiting))
        self._waiting.clear()
        for part in self._text.finished[self._shown :]:
            size += self._show_part(part)
            self._output = None
            self._shown += 1
        last = self._text.shown()
        return size + self._show_part(last) if last.text else size

    def _show_part(self, part: markup.Part) -> int:
        shown = {"text/html": markup.framed(part.html), "text/plain": escaping.encodable(part.text)}
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
    """Reasoning: a line that counts while it comes, then a fold with the whole of it."""

    def __init__(self, place: Place) -> None:
        self.text = ""
        self._place = place
        self._new: list[str] = []
        self._output: Output | None = None
        self._settled = False

    def add(self, text: str) -> None:
        self._new.append(text)

    def show(self, *, settled: bool) -> int:
        """Show what has changed and return about how many bytes that took."""
        if not self._new and (not self.text or not settled or self._settled):
            return 0
        self.text += "".join(self._new)
        self._new.clear()
        self._settled = settled
        shown = self._fold() if settled else _note(f"thinking · {len(self.text):,} characters")
        if self._output is None:
            self._output = self._place.output(shown, kind="reasoning")
        else:
            self._output.update(shown)
        return MESSAGE_BYTES + len(shown["text/html"]) + len(shown["text/plain"])

    def _fold(self) -> Bundle:
        return {
            "text/html": markup.folded(_reasoned(self.text), self.text),
            "text/plain": escaping.encodable(self.text),
        }


class CellContext:
    """A cell kept, so that a task which a click starts later shows its outputs there."""

    def __init__(self) -> None:
        self._context = contextvars.copy_context()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task whose outputs belong to the cell that made this.

        Only a real click needs that cell. Where code presses the button (papermill), the cell
        that runs now is the one whose outputs are still listened to.
        """
        context = self._context if _clicked() else contextvars.copy_context()
        return asyncio.get_running_loop().create_task(coroutine, context=context.copy())


def _clicked() -> bool:
    """Whether what runs now was started by a widget in the page, not by a cell."""
    shell = get_ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return bool(parent.get("header", {}).get("msg_type") == "comm_msg")


def _reasoned(text: str) -> str:
    return f"reasoning · {len(text):,} characters"


def _note(text: str) -> Bundle:
    style = "font-size: 12px; line-height: 20px; padding-left: 12px; opacity: 0.65"
    markup_ = f'<div style="{style}">{escaping.for_html(text)}</div>'
    return {"text/html": markup_, "text/plain": escaping.for_terminal(text)}
