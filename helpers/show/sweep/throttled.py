"""An output that is refreshed as data comes: a few times a second, within a byte budget."""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable

from ..output import Bundle, Output
from ..stream.live import BYTES_PER_S, MESSAGE_BYTES

UPDATES_PER_S = 8


class ThrottledOutput:
    """One output of the cell that created it, refreshed when it is due.

    bundle:  its current contents
    """

    def __init__(self, bundle: Callable[[], Bundle]) -> None:
        self._bundle = bundle
        self._context = contextvars.copy_context()
        self._output: Output | None = None
        self._due_s = 0.0

    def show(self, *, now: bool = False) -> None:
        """Show the current contents, unless they were shown a moment ago; with `now`, always."""
        if not now and time.monotonic() < self._due_s:
            return
        shown = self._bundle()
        self._context.run(self._put, shown)
        size = sum(len(str(part).encode("utf-8", "replace")) for part in shown.values())
        wait_s = max(1 / UPDATES_PER_S, (MESSAGE_BYTES + size) / BYTES_PER_S)
        self._due_s = time.monotonic() + wait_s

    def _put(self, shown: Bundle) -> None:
        if self._output is None:
            self._output = Output(shown)
        else:
            self._output.update(shown)
