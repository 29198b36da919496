"""Outputs in plain Python and in IPython's terminal, where nothing printed can be taken back.

Output that grows is printed as it grows. Output that changes, such as a meter, is printed once, in
its final state.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..escaping import for_terminal

Later = Callable[[Callable[[], None]], object]

_REMEMBERED_LINES = 2000


class Printed:
    """An output with the two methods of IPython's display handle.

    later:  calls a function once when the cell or the program has ended
    """

    def __init__(self, later: Later) -> None:
        self.later = later
        self.shown = ""
        self.streams = False

    def display(self, bundle: Mapping[str, Any], **named: Any) -> None:
        """Print the bundle's plain text."""
        self.update(bundle, **named)

    def update(self, bundle: Mapping[str, Any], **named: Any) -> None:
        """Print what the bundle's plain text adds to the previous one."""
        self.streams = named.get("metadata", {}).get("endpointscope") == "text"
        text = for_terminal(str(bundle.get("text/plain", "")))
        if text and text != self.shown:
            _TERMINAL.show(self, text)


def unseen(text: str, lines: Iterable[str]) -> str:
    """A text without blank lines and without lines that were already printed."""
    printed = {*lines, ""}
    return "\n".join(line for line in text.split("\n") if line.rstrip() not in printed)


class _Terminal:
    """The end of what has been printed, and what is still to be printed."""

    def __init__(self) -> None:
        self._writer: Printed | None = None
        self._line = ""
        self._lines: deque[str] = deque(maxlen=_REMEMBERED_LINES)
        self._changed: dict[Printed, str] = {}
        self._ends = False

    def show(self, output: Printed, text: str) -> None:
        """Print the addition to an output's text, or hold the text back if it has changed."""
        if not text.startswith(output.shown):
            self._changed[output] = text
        else:
            self._changed.pop(output, None)
            if not output.streams:
                self._settle()
            self._add(output, text)
        if not self._ends:
            self._ends = True
            output.later(self._end)

    def end_line(self) -> None:
        """Make the next output start at the beginning of a line."""
        if self._line:
            self._write("\n")
        self._writer = None

    def _add(self, output: Printed, text: str) -> None:
        new, first = text[len(output.shown) :], not output.shown
        output.shown = text
        if self._writer is not output:
            self.end_line()
            # A page that sums up what is above it would otherwise repeat all of it.
            new = new.strip("\n") if first else unseen(new, self._lines)
        if new:
            self._writer = output
            self._write(new)
        if not output.streams:
            self.end_line()

    def _write(self, text: str) -> None:
        *whole, self._line = (self._line + text).split("\n")
        self._lines.extend(line.rstrip() for line in whole)
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()

    def _settle(self) -> None:
        """Print the changed outputs in their current state."""
        for output, text in self._changed.items():
            output.shown = text
            self.end_line()
            self._write(unseen(text, self._lines))
        self._changed.clear()
        self.end_line()

    def _end(self) -> None:
        self._ends = False
        self._settle()


_TERMINAL = _Terminal()
end_line = _TERMINAL.end_line
