"""The one table: rows of words and figures, plain in a terminal and readable in any notebook."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..escaping import for_html, for_terminal
from .theme import ROW, TABLE

Cells = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of words and figures; whatever a server or a model said in it is inert.

    records:  the values behind the rows, for whoever goes on computing
    """

    heads: Cells
    rows: tuple[Cells, ...]
    records: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    def to_pandas(self) -> Any:
        """The records behind the rows, or the rows themselves, as a pandas data frame.

        raises:  ImportError where pandas is not installed
        """
        import pandas  # type: ignore[import-untyped,import-not-found,unused-ignore] # no dependency

        if self.records:
            return pandas.DataFrame(list(self.records))
        return pandas.DataFrame(self.rows, columns=list(self.heads))

    def __repr__(self) -> str:
        table = (self.heads, *self.rows)
        widths = [max(len(row[column]) for row in table) for column in range(len(self.heads))]
        return "\n".join(
            "  ".join(for_terminal(c).ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
            for row in table
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        heads = "".join(_cell(head, "th") for head in self.heads)
        rows = "".join(
            f'<tr style="{ROW}">{"".join(_cell(cell) for cell in row)}</tr>' for row in self.rows
        )
        table = (
            f'<table style="{TABLE}"><tbody><tr style="{ROW}">{heads}</tr>{rows}</tbody></table>'
        )
        return {"text/plain": repr(self), "text/html": table}


def _cell(text: str, tag: str = "td") -> str:
    return f'<{tag} style="text-align: left">{for_html(text)}</{tag}>'
