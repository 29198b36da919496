"""Outputs of a cell that can be changed later; the only module that knows IPython's display."""

from __future__ import annotations

import asyncio
import atexit
import contextvars
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from IPython.core.getipython import get_ipython
from IPython.display import DisplayHandle
from IPython.display import clear_output as _clear_output
from IPython.display import display as _display

from ..escaping import for_html, for_terminal
from .printing import Printed
from .printing import end_line as end_line

Bundle = dict[str, Any]
T = TypeVar("T")


def display(value: object) -> None:
    """Show a value in the current cell, as if it were the value of its last line."""
    _display(value)


def sentence(words: str) -> Bundle:
    """One line of words for an output."""
    line = f'<div style="font-size: 13px; line-height: 24px">{for_html(words)}</div>'
    return {"text/html": line, "text/plain": for_terminal(words)}


def clear() -> None:
    """Remove everything that the current cell shows."""
    _clear_output()


class Output:
    """One output of the current cell that can be replaced later, from anywhere."""

    def __init__(self, bundle: Bundle, *, kind: str = "", width_px: int = 0) -> None:
        self._handle = _new_handle()
        self._kind = kind
        self._handle.display(bundle, raw=True, metadata=self._metadata(bundle, width_px))

    def update(self, bundle: Bundle, *, kind: str | None = None, width_px: int = 0) -> None:
        """Show this bundle in place of the previous one, and as another kind if one is named.

        width_px:  how wide a PNG is shown; 0 for its own width
        """
        if kind is not None:
            self._kind = kind
        self._handle.update(bundle, raw=True, metadata=self._metadata(bundle, width_px))

    def _metadata(self, bundle: Bundle, width_px: int) -> Bundle:
        kind = {"endpointscope": self._kind} if self._kind else {}
        # nbconvert's classic page takes a picture's words for whoever cannot see it from here.
        picture = {"width": width_px, "alt": bundle.get("text/plain", "")}
        return kind | ({"image/png": picture} if width_px else {})


class Place:
    """Where one answer after another is shown: a new one reuses the outputs of the last.

    over:  places below each other whose outputs it reuses
    """

    def __init__(self, over: Iterable[Place] = ()) -> None:
        self._outputs: list[Output] = [output for place in over for output in place._outputs]
        self._taken = 0

    def clear(self) -> None:
        """Empty the outputs, so that the next answer can take them over."""
        for output in self._outputs:
            output.update({"text/html": "", "text/plain": ""}, kind="")
        self._taken = 0

    def give(self) -> Output | None:
        """Give away the first output for good; None if there is none.

        It must have been cleared, so that nothing is shown in it.
        """
        return self._outputs.pop(0) if self._outputs else None

    def output(self, bundle: Bundle, *, kind: str) -> Output:
        """The next output, which shows the bundle."""
        if self._taken < len(self._outputs):
            self._outputs[self._taken].update(bundle, kind=kind)
        else:
            self._outputs.append(Output(bundle, kind=kind))
        self._taken += 1
        return self._outputs[self._taken - 1]


class CellContext:
    """A cell remembered, so that a task started later by a click shows its outputs there."""

    def __init__(self) -> None:
        self._context = contextvars.copy_context()
        self._header = _header()

    @property
    def is_current(self) -> bool:
        """Whether this is the cell that is running now."""
        return self._header == _header()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task whose outputs belong to the cell that created this object.

        Only a real click needs that cell. If code presses the button (papermill), only the outputs
        of the running cell are still collected.
        """
        context = self._context if _clicked() else contextvars.copy_context()
        return asyncio.get_running_loop().create_task(coroutine, context=context.copy())


def after_cell(call: Callable[[], None]) -> None:
    """Call once when the running cell has ended, however it ended."""
    shell: Any = get_ipython()
    if shell is None:
        return

    def once(*_: object) -> None:
        shell.events.unregister("post_run_cell", once)
        call()

    shell.events.register("post_run_cell", once)


def _new_handle() -> Any:
    """A handle for the cell; if text cannot be replaced there, one that prints what is new."""
    shell = get_ipython()
    if shell is None:
        return Printed(atexit.register)
    in_terminal = any(base.__name__ == "TerminalInteractiveShell" for base in type(shell).__mro__)
    return Printed(after_cell) if in_terminal else DisplayHandle()


def _clicked() -> bool:
    """Whether the running code was started by a widget in the page, not by a cell."""
    return bool(_header().get("msg_type") == "comm_msg")


def _header() -> dict[str, Any]:
    """The header of the message that the running code answers; empty outside a kernel."""
    shell: Any = get_ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return dict(parent.get("header", {}))


async def ended(task: asyncio.Future[Any]) -> None:
    """Wait for a task that a cell's button can stop; it also ends if the cell is interrupted.

    raises:  whatever the task raised; CancelledError if the cell was interrupted
    """
    try:
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()
    finally:
        task.cancel()
        await asyncio.wait({task})
