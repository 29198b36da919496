"""The one table: rows of words and figures, plain in a terminal and readable in any notebook."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..errors import CallError
from ..escaping import for_html, for_terminal
from ..wording import cut
from .theme import CELL, HEAD, NOTE, ROW, TABLE

Cells = tuple[str, ...]

# A terminal's rows are all as wide as the longest.
LONGEST_CELL = 2000

# A count, or a measurement with its unit: right-aligned, as the eye compares them in a column.
_FIGURE = re.compile(r"[+\-−]?[\d,]*\.?\d+\s?(?:µs|ms|s|tok/s|chunks/s|%)?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_ABSENT = ("", "–")


@dataclass(frozen=True)
class Table:
    """A table of words and figures; anything a server or a model said in it is escaped.

    records:  the values behind the rows, for further computation
    note:     a sentence below the rows, and all that is shown if there are none
    """

    heads: Cells
    rows: tuple[Cells, ...]
    records: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    note: str = ""

    def to_pandas(self) -> Any:
        """The records behind the rows, or the rows themselves, as a pandas data frame.

        raises:  CallError if pandas, which is no dependency, is not installed
        """
        try:
            import pandas  # type: ignore[import-untyped,import-not-found,unused-ignore]
        except ImportError:
            raise CallError(
                "pandas, for a data frame", "an environment without it",
                "Install it (%pip install pandas), or use .records: the same values as a list.",
            ) from None  # fmt: skip
        if self.records:
            return pandas.DataFrame(list(self.records))
        return pandas.DataFrame(self.rows, columns=list(self.heads))

    @property
    def _right(self) -> list[bool]:
        """For each column, whether it contains only figures, which are right-aligned."""
        return [_figures([row[place] for row in self.rows]) for place in range(len(self.heads))]

    def __repr__(self) -> str:
        table = [tuple(cut(cell, LONGEST_CELL) for cell in row) for row in (self.heads, *self.rows)]
        widths = [max(len(row[column]) for row in table) for column in range(len(self.heads))]
        right = self._right
        lines = ["  ".join(map(_padded, row, widths, right)).rstrip() for row in table]
        note = [_padded(cut(self.note, LONGEST_CELL), 0, False)] if self.note else []
        return "\n".join([*(lines if self.rows or not note else []), *note])

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        right = self._right
        heads = "".join(_cell(*cell, head=True) for cell in zip(self.heads, right, strict=True))
        rows = "".join(
            f'<tr style="{ROW}">{"".join(map(_cell, row, right))}</tr>' for row in self.rows
        )
        table = (
            f'<table style="{TABLE}"><tbody><tr style="{ROW}">{heads}</tr>{rows}</tbody></table>'
        )
        note = f'<div style="{NOTE}">{for_html(cut(self.note, LONGEST_CELL))}</div>'
        shown = (table if self.rows or not self.note else "") + (note if self.note else "")
        return {"text/plain": repr(self), "text/html": shown}


def _figures(column: list[str]) -> bool:
    figures = [cell for cell in column if cell not in _ABSENT]
    return bool(figures) and all(map(_FIGURE.fullmatch, figures))


def _padded(cell: str, width: int, right: bool) -> str:
    # A line break would let a cell fake rows of its own.
    shown = for_terminal(cell).replace("\n", "\N{SYMBOL FOR LINE FEED}")
    return shown.rjust(width) if right else shown.ljust(width)


def _cell(text: str, right: bool, *, head: bool = False) -> str:
    tag, style = ("th", HEAD) if head else ("td", CELL)
    align = "text-align: right" if right else "text-align: left"
    if right or _MOMENT.fullmatch(text):
        align += "; white-space: nowrap"
    return f'<{tag} style="{align}; {style}">{for_html(cut(text, LONGEST_CELL))}</{tag}>'
