"""What readers made of recordings, in a table whose every cell opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..checks.clients.matrix import Cell, Column, Matrix, Row
from ..diagnose.agreement import Outcome
from ..escaping import for_html, for_terminal
from .output import Bundle, Output
from .table import Cells, Table
from .theme import AMBER, BLUE, GREEN, GREY, ORANGE, PURPLE, ROW, TABLE, Sign, marked

SIGNS: dict[Outcome, Sign] = {
    "agrees": Sign("✓", GREEN),
    "lossy": Sign("≈", BLUE),
    "wrong": Sign("✕", ORANGE),
    "no right answer": Sign("?", PURPLE),
    "raised": Sign("✕", ORANGE),
    "hung": Sign("◔", AMBER),
    "cannot do it": Sign("–", GREY),
    "broken reader": Sign("!", AMBER),
    "not tried": Sign("○", GREY),
}
LEGEND = (
    "✓ agrees · ≈ lossy: missing, or only in raw data · ✕ wrong, or raised · ? no right answer: "
    "the bytes break a rule · ◔ hung · – cannot do it · ! broken reader · ○ not tried"
)
# Few recordings are told reader by reader; more of them make a table of signs.
FEW = 3
_PRE = (
    "margin: 2px 0 6px; padding: 4px 6px; max-height: 220px; overflow: auto; font-size: 12px; "
    "line-height: 17px; white-space: pre-wrap; overflow-wrap: anywhere; text-align: left; "
    "border: 1px solid rgba(128, 128, 128, 0.3)"
)
_CELL = 'style="text-align: left; vertical-align: top"'
_TIGHT = 'style="text-align: left; vertical-align: top; white-space: nowrap"'


@dataclass(frozen=True)
class ClientsView:
    """A matrix as a cell's value."""

    matrix: Matrix

    def __repr__(self) -> str:
        return "\n\n".join([*map(repr, tables(self.matrix)), LEGEND])

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        matrix = self.matrix
        if len(matrix.rows) > FEW:
            html = _signs(matrix)
        else:
            html = "".join(_by_reader(matrix, row) for row in matrix.rows)
        legend = f'<div style="font-size: 12px; opacity: 0.75">{for_html(LEGEND)}</div>'
        return {"text/plain": repr(self), "text/html": html + legend}


def tables(matrix: Matrix) -> list[Table]:
    """The matrix in plain tables: one for each recording, or one of signs for many."""
    if len(matrix.rows) > FEW:
        heads = ("recording", "our word", *(column.label for column in matrix.columns))
        return [Table(heads, tuple(_sign_row(matrix, row) for row in matrix.rows))]
    return [Table(_heads(row), _rows(matrix, row)) for row in matrix.rows]


def _sign_row(matrix: Matrix, row: Row) -> Cells:
    cells = [row.cells[column.name] for column in matrix.columns]
    return (row.name, row.word, *(f"{SIGNS[cell.outcome].mark} {cell.outcome}" for cell in cells))


def _heads(row: Row) -> Cells:
    return (f"{row.name}: {row.word}", "version", "", "whose fault", "what it saw")


def _rows(matrix: Matrix, row: Row) -> tuple[Cells, ...]:
    return tuple(
        (
            column.label, _versions(column), f"{SIGNS[cell.outcome].mark} {cell.outcome}",
            _fault(cell), cell.says,
        )
        for column in matrix.columns
        for cell in [row.cells[column.name]]
    )  # fmt: skip


def _by_reader(matrix: Matrix, row: Row) -> str:
    """One recording: a line for each reader, which opens."""
    heads = "".join(f"<th {_CELL}>{for_html(head)}</th>" for head in _heads(row))
    lines = "".join(_line(column, row.cells[column.name]) for column in matrix.columns)
    return (
        f'<table style="{TABLE}; width: 100%"><tbody><tr style="{ROW}">{heads}</tr>{lines}'
        "</tbody></table>"
    )


def _line(column: Column, cell: Cell) -> str:
    return (
        f'<tr style="{ROW}"><td {_TIGHT}>{for_html(column.label)}</td>'
        f"<td {_CELL}>{for_html(_versions(column))}</td>"
        f"<td {_TIGHT}>{marked(SIGNS[cell.outcome], cell.outcome, 'span')}</td>"
        f"<td {_TIGHT}>{for_html(_fault(cell))}</td>"
        f'<td style="text-align: left; vertical-align: top; width: 55%">'
        f"{_opening(for_html(cell.says), cell)}</td></tr>"
    )


def _signs(matrix: Matrix) -> str:
    """Many recordings: a sign for each reader, which opens."""
    names = "".join(f"<th {_CELL}>{_head(column)}</th>" for column in matrix.columns)
    lines = "".join(
        f'<tr style="{ROW}"><td {_TIGHT}>{for_html(row.name)}</td>'
        f"<td {_TIGHT}>{for_html(row.word)}</td>"
        + "".join(f"<td {_CELL}>{_sign_cell(row.cells[c.name])}</td>" for c in matrix.columns)
        + "</tr>"
        for row in matrix.rows
    )
    return (
        f'<div style="overflow: auto; max-height: 620px"><table style="{TABLE}; font-size: 12px">'
        f'<tbody><tr style="{ROW}"><th {_CELL}>recording</th><th {_CELL}>our word</th>{names}</tr>'
        f"{lines}</tbody></table></div>"
    )


def _head(column: Column) -> str:
    versions = f'<div style="font-weight: 400; opacity: 0.75">{for_html(column.versions)}</div>'
    return for_html(column.label) + versions


def _sign_cell(cell: Cell) -> str:
    sign = marked(SIGNS[cell.outcome], cell.outcome, "span")
    if cell.outcome == "agrees":
        return sign
    told = f"<div>{for_html(f'It {cell.says}.')}</div>"
    return _opening(sign, cell, told)


def _opening(summary: str, cell: Cell, told: str = "") -> str:
    """What a cell opens to: the rule, both readings side by side, and the deciding bytes."""
    inside = told + _paragraph(cell)
    if cell.ours or cell.theirs:
        columns = ((f"this kit{_of(cell)}", cell.ours), (f"this client{_of(cell)}", cell.theirs))
        both = "".join(
            f'<div style="flex: 1 1 0; min-width: 180px">{for_html(head)}'
            f'<pre style="{_PRE}">{for_html(text or "nothing")}</pre></div>'
            for head, text in columns
        )
        inside += f'<div style="display: flex; gap: 10px">{both}</div>'
    if cell.decided_by:
        inside += f'the bytes that made the difference<pre style="{_PRE}">'
        inside += for_html("\n".join(cell.decided_by)) + "</pre>"
    if not inside:
        return summary
    return (
        f'<details><summary style="cursor: pointer">{summary}</summary>'
        f'<div style="min-width: 400px; white-space: normal">{inside}</div></details>'
    )


def _of(cell: Cell) -> str:
    return f": {cell.part}" if cell.part else ""


def _paragraph(cell: Cell) -> str:
    return f"<div>{for_html(cell.rule)}</div>" if cell.rule else ""


def _versions(column: Column) -> str:
    return f"{column.versions}, {column.tried}" if column.versions else "–"


def _fault(cell: Cell) -> str:
    return cell.fault if cell.breaks else ""


class Progress:
    """How far each reader is, in one line of the cell."""

    def __init__(self, readers: Sequence[str]) -> None:
        self._states = dict.fromkeys(readers, "○")
        self._output = Output(self._bundle())

    def note(self, label: str, done: int, of: int) -> None:
        """Show that a reader has read so many of so many recordings."""
        name, _, doing = label.partition(":")
        self._states[name] = doing.strip() or (f"{done} of {of}" if done < of else "✓")
        self._output.update(self._bundle())

    def close(self) -> None:
        """Take the line away."""
        self._output.update({"text/html": "", "text/plain": ""})

    def _bundle(self) -> dict[str, Any]:
        said = " · ".join(f"{name} {state}" for name, state in self._states.items())
        line = f"Reading: {said}"
        return {
            "text/html": f'<div style="font-size: 12px">{for_html(line)}</div>',
            "text/plain": for_terminal(line),
        }
