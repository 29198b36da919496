"""What streams in a notebook's cells, shown in a terminal as it comes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from .. import escaping
from ..secrets.masks import Mask
from ..secrets.spellings import Secrets
from ..show.printing import unseen

_MARGIN = "  │ "
_WIDTH = 100
_NOT_TEXT = ("application/vnd.jupyter.widget-view+json", "image/png", "image/svg+xml")


class Screen:
    """Writes what is new in each message of a kernel, with a margin before every line.

    The margin shows a reader, and a CI system that looks for commands at the start of a line, which
    words are not ours. In a terminal, a line grows; elsewhere, only whole lines are written, and an
    unfinished paragraph is wrapped at words. Whatever may be the beginning of a secret is held back
    until more comes.
    """

    def __init__(
        self, out: TextIO, *, hide: Callable[[str], str], secrets: Secrets | None = None
    ) -> None:
        self._out = out
        self._hide = hide
        self._mask = Mask(secrets or Secrets(()))
        self._growing = out.isatty()
        self._folds = os.environ.get("GITHUB_ACTIONS") == "true"
        self._shown: dict[str, str] = {}
        self._changed: dict[str, str] = {}
        self._streams: dict[str, str] = {}
        self._printed: set[str] = set()
        self._source = ""
        self._line = ""
        self._at_margin = True
        self._wrote = self._gap_due = False

    def begin(self, name: str) -> None:
        """Write whose output follows, in a group that GitHub Actions folds."""
        self.say(name)
        if self._folds:
            print(f"::group::{' '.join(escaping.for_terminal(name).split())}", file=self._out)

    def end(self) -> None:
        """Write the end of this output."""
        self.end_cell()
        self._gap_due = False
        if self._folds:
            print("::endgroup::", file=self._out)

    def say(self, sentence: str) -> None:
        """Write lines of our own."""
        self._end_line()
        print(escaping.for_terminal(self._hide(sentence)), file=self._out, flush=True)

    def show(self, message: Mapping[str, Any]) -> None:
        """Write what a message adds to what is already shown."""
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            self._add(content["name"], content["text"])
        elif kind in ("display_data", "update_display_data", "execute_result"):
            self._show_output(content, again=kind == "update_display_data")

    def _show_output(self, content: Mapping[str, Any], *, again: bool) -> None:
        data = content.get("data", {})
        text = data.get("text/plain")
        if not isinstance(text, str) or any(name in data for name in _NOT_TEXT):
            return
        if "\n" in text and "execution_count" in content and text in self._shown.values():
            # A page shows a table below its panel and again in its details; a log needs one.
            return
        display_id = (content.get("transient") or {}).get("display_id") or "no id"
        streams = (content.get("metadata") or {}).get("endpointscope") == "text"
        if streams and text and not self._streams.get(display_id):
            # The question goes above the answer.
            self._write_changed(above=True)
        self._note_streamed(text if streams else None, display_id)
        self._display(text, display_id, again=again)

    def end_cell(self) -> None:
        """Write, once and as it is now, whatever changed instead of growing, such as a status."""
        self._write_changed()
        self._end_line()
        self._streams.clear()
        self._printed.clear()
        # Without a gap, two answers in a row would read as one.
        self._gap_due, self._wrote = self._wrote or self._gap_due, False

    def _write_changed(self, *, above: bool = False) -> None:
        """Write what waits for the end of its cell; above an answer, only the new lines."""
        for name, text in self._changed.items():
            self._end_line()
            there = _lines(self._shown.get(name)) if above else set()
            self._add(
                name, unseen(text, there) if there & _lines(text) else self._unseen(text, name)
            )
            self._printed |= _lines(text)
        self._shown |= self._changed
        self._changed.clear()

    def _display(self, text: str, display_id: str, *, again: bool) -> None:
        if not again:
            if text:
                self._end_line()
            self._shown.pop(display_id, None)
        before = self._shown.get(display_id, "")
        if text.startswith(before):
            # An update without anything new must not interrupt a growing line.
            if new := text[len(before) :]:
                self._add(display_id, self._unseen(new, display_id))
            self._shown[display_id] = text
        if before.startswith(text) or text.startswith(before):
            self._changed.pop(display_id, None)
        else:
            self._changed[display_id] = text

    def _note_streamed(self, text: str | None, display_id: str) -> None:
        """Remember what streamed in a place, even if something else is shown there now."""
        before = self._streams.pop(display_id, "")
        if text is None or not text.startswith(before):
            self._printed |= _lines(before)
        if text is not None:
            self._streams[display_id] = text

    def _unseen(self, text: str, display_id: str) -> str:
        """A page that sums up what streamed above it, without the lines already shown."""
        if display_id in self._streams:
            return text
        lines = self._printed.union(*map(_lines, self._streams.values()))
        return text if lines.isdisjoint(_lines(text)) else unseen(text, lines)

    def _add(self, source: str, text: str) -> None:
        continued = source == self._source
        if not continued:
            self._end_line()
            self._source = source
        text = self._mask.feed(text).replace("\r\n", "\n").replace("\r", "\n")
        *lines, rest = (text if self._growing else self._line + text).split("\n")
        for line in lines:
            self._write(line)
            self._write_end()
        if self._growing:
            self._write(rest)
            self._out.flush()
        else:
            self._line = self._folded(rest) if continued else rest

    def _folded(self, line: str) -> str:
        """Write the full lines of an unfinished line, broken between words, and return the rest."""
        while (cut := line.rfind(" ", 0, _WIDTH)) > 0 and len(line) > _WIDTH:
            self._write(line[:cut])
            self._write_end()
            line = line[cut + 1 :]
        return line

    def _end_line(self) -> None:
        self._line += self._mask.close()
        if self._line:
            line, self._line = self._line, ""
            self._write(line)
        if not self._at_margin:
            self._write_end()
        self._source = ""

    def _write(self, text: str) -> None:
        if text:
            if self._gap_due:
                self._gap_due = False
                self._write_end()
            self._wrote = True
            self._out.write(
                (_MARGIN if self._at_margin else "") + escaping.for_terminal(self._hide(text))
            )
            self._at_margin = False

    def _write_end(self) -> None:
        self._out.write("\n" if not self._at_margin else f"{_MARGIN.rstrip()}\n")
        self._out.flush()
        self._at_margin = True


def _lines(text: str | None) -> set[str]:
    return {line.rstrip() for line in (text or "").split("\n")} - {""}
