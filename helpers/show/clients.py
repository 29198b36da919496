"""What readers made of recordings, in a table whose every cell opens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..checks.clients.findings import name_of
from ..checks.clients.matrix import Cell, Column, Matrix, Row, matrix, served
from ..checks.clients.registry import chosen
from ..checks.clients.shipped import shipped
from ..client.exchange import Exchange
from ..diagnose.clients.agreement import Outcome
from ..escaping import for_html, for_terminal
from ..signatures import checked
from .output import Bundle, Output
from .table import Cells, Table
from .theme import AMBER, BLUE, GREEN, GREY, GROUND, HEAD, ORANGE, PURPLE, ROW, TABLE, Sign, marked

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
# Up to this many recordings are listed reader by reader; more become a table of signs.
FEW = 3
_PRE = (
    "margin: 2px 0 6px; padding: 4px 6px; max-height: 220px; overflow: auto; font-size: 12px; "
    "line-height: 17px; white-space: pre-wrap; overflow-wrap: anywhere; text-align: left; "
    "border: 1px solid rgba(128, 128, 128, 0.3)"
)
_GRID = (
    "display: grid; grid-template-columns: 1.4fr 1.05fr 1fr 1.2fr 0.6fr 1.8fr; gap: 8px; "
    "padding: 3px 0; "
    "font-size: 13px; line-height: 18px; border-bottom: 1px solid rgba(128, 128, 128, 0.3)"
)
_STICKY = (
    f"position: sticky; top: 0; background: {GROUND}; text-align: left; vertical-align: bottom; "
    "font-weight: 400"
)
# A row is known by its recording's name, however far its readers are scrolled.
_NAME = f"position: sticky; left: 0; background: {GROUND}; text-align: left; white-space: nowrap"
_TIGHT = 'style="text-align: left; vertical-align: top; white-space: nowrap"'


@dataclass(frozen=True)
class ClientsView:
    """A matrix as a cell's value."""

    matrix: Matrix

    def __repr__(self) -> str:
        if not self.matrix.rows:
            return "No answer came that a client could read."
        return "\n\n".join([*map(repr, tables(self.matrix)), LEGEND])

    def _repr_mimebundle_(self, **_: object) -> Bundle:
        matrix = self.matrix
        if not matrix.rows:
            return {"text/plain": repr(self), "text/html": for_html(repr(self))}
        html = _signs(matrix) if len(matrix.rows) > FEW else _by_reader(matrix)
        legend = (
            f'<div style="font-size: 12px; opacity: 0.75">{for_html(LEGEND)}{_when(matrix)}</div>'
        )
        return {"text/plain": repr(self), "text/html": html + legend}


def tables(matrix: Matrix) -> list[Table]:
    """The matrix as plain tables: one for each recording, or one of signs for many."""
    if len(matrix.rows) > FEW:
        heads = ("recording", "our word", *(column.label for column in matrix.columns))
        return [Table(heads, tuple(_sign_row(matrix, row) for row in matrix.rows))]
    return [Table(_heads(row), _rows(matrix, row)) for row in matrix.rows]


def _sign_row(matrix: Matrix, row: Row) -> Cells:
    cells = [row.cells[column.name] for column in matrix.columns]
    return (row.name, row.word, *(f"{SIGNS[cell.outcome].mark} {cell.outcome}" for cell in cells))


def _heads(row: Row) -> Cells:
    return (f"{row.name}: {row.word}", "version", "", "at fault", "what it saw")


def _rows(matrix: Matrix, row: Row) -> tuple[Cells, ...]:
    return tuple(
        (
            column.label, _versions(column), f"{SIGNS[cell.outcome].mark} {cell.outcome}",
            _fault(cell), cell.says,
        )
        for column in matrix.columns
        for cell in [row.cells[column.name]]
    )  # fmt: skip


def _by_reader(matrix: Matrix) -> str:
    """For few recordings: a line for each reader, which opens over the whole width."""
    heads = ("what came", "read by", "version", "", "at fault", "what it saw")
    head = "".join(f'<span style="{HEAD}; padding: 0">{for_html(head)}</span>' for head in heads)
    lines = "".join(
        _line(f"{row.name}: {row.word}" if column is matrix.columns[0] else "", column, row)
        for row in matrix.rows
        for column in matrix.columns
    )
    return f'<div style="margin: 4px 0"><div style="{_GRID}">{head}</div>{lines}</div>'


def _line(came: str, column: Column, row: Row) -> str:
    cell = row.cells[column.name]
    inside = _inside(cell)
    words = (
        for_html(came), for_html(column.label), for_html(column.versions or "–"),
        marked(SIGNS[cell.outcome], cell.outcome, "span"), for_html(_fault(cell)),
        for_html(cell.says) + (" ▸" if inside else ""),
    )  # fmt: skip
    spans = " ".join(f"<span>{one}</span>" for one in words)
    if not inside:
        return f'<div style="{_GRID}">{spans}</div>'
    return (
        f'<details><summary style="{_GRID}; cursor: pointer">{spans}</summary>'
        f'<div style="margin: 4px 0 10px 16px; font-size: 13px; line-height: 18px">{inside}</div>'
        "</details>"
    )


def _when(matrix: Matrix) -> str:
    """The days on which the readers were run, to end the legend."""
    days = sorted({column.tried for column in matrix.columns if column.tried})
    return f" · run on {' and '.join(days)}" if days else ""


def _signs(matrix: Matrix) -> str:
    """For many recordings: a sign for each reader, which opens; where all agree, only the name."""
    split = [row for row in matrix.rows if any(cell.breaks for cell in row.cells.values())]
    heads = ("recording", "our word", *(column.label for column in matrix.columns))
    corner, *others = heads
    head = f'<th style="{_STICKY}; left: 0; z-index: 1">{for_html(corner)}</th>'
    head += "".join(f'<th style="{_STICKY}">{for_html(one)}</th>' for one in others)
    lines = "".join(_sign_line(matrix, row) for row in split)
    agreed = ", ".join(row.name for row in matrix.rows if row not in split) or "none"
    versions = " · ".join(f"{one.label}: {_versions(one)}" for one in matrix.columns)
    return (
        f'<div style="overflow: auto; max-height: 560px"><table style="{TABLE}; table-layout: auto;'
        f' font-size: 12px"><tbody><tr>{head}</tr>{lines}</tbody></table></div>'
        f'<div style="font-size: 12px; margin: 6px 0">{for_html(versions)}</div>'
        f'<details style="font-size: 12px"><summary style="cursor: pointer">recordings that no '
        f"reader breaks on: {len(matrix.rows) - len(split)}</summary>{for_html(agreed)}</details>"
    )


def _sign_line(matrix: Matrix, row: Row) -> str:
    cells = "".join(
        f"<td {_TIGHT}>{_sign_cell(column, row.cells[column.name])}</td>"
        for column in matrix.columns
    )
    name = f'<td style="{_NAME}; vertical-align: top">{for_html(row.name)}</td>'
    return f'<tr style="{ROW}">{name}<td {_TIGHT}>{for_html(row.word)}</td>{cells}</tr>'


def _sign_cell(column: Column, cell: Cell) -> str:
    sign = marked(SIGNS[cell.outcome], cell.outcome, "span")
    if not cell.breaks:
        return sign
    fault = "Nobody is wrong." if cell.fault == "neither" else f"The {cell.fault} is to blame."
    sentence = f"It {cell.says}. {fault} {_versions(column)}."
    return (
        f'<details><summary style="cursor: pointer">{sign}</summary>'
        f'<div style="width: 460px; white-space: normal"><div>{for_html(sentence)}</div>'
        f"{_inside(cell)}</div></details>"
    )


def _inside(cell: Cell) -> str:
    """What an opened cell shows: the rule, both readings side by side, and the deciding bytes."""
    inside = f"<div>{for_html(cell.rule)}</div>" if cell.rule else ""
    if cell.ours or cell.theirs:
        part = f": {cell.part}" if cell.part else ""
        columns = ((f"this kit{part}", cell.ours), (f"this client{part}", cell.theirs))
        both = "".join(
            f'<div style="flex: 1 1 0; min-width: 180px">{for_html(head)}'
            f'<pre style="{_PRE}">{for_html(text or "nothing")}</pre></div>'
            for head, text in columns
        )
        inside += f'<div style="display: flex; gap: 10px">{both}</div>'
    if cell.decided_by:
        inside += f'the bytes that made the difference<pre style="{_PRE}">'
        inside += for_html("\n".join(cell.decided_by)) + "</pre>"
    return inside


def _versions(column: Column) -> str:
    return f"{column.versions}, {column.tried}" if column.versions else "–"


def _fault(cell: Cell) -> str:
    return cell.fault if cell.breaks else ""


class LiveClients:
    """The table in a cell: first each reader's progress, then what each of them saw.

    Create it before asking for the answer to have it above the answer.
    """

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        self._output = Output({"text/html": "", "text/plain": ""})

    @checked
    async def read(self, *exchanges: Exchange, readers: Iterable[str] = ()) -> ClientsView:
        """The table, as from `es.clients(…)`, shown here."""
        found = ClientsView(await self._read(exchanges, readers))
        self._output.update(found._repr_mimebundle_())
        return found

    async def _read(self, exchanges: Iterable[Exchange], readers: Iterable[str]) -> Matrix:
        # With any other status, there is no answer that a client would read.
        given = [
            served(one.recording, name_of(one), one.findings)
            for one in {id(one): one for one in exchanges}.values() if one.recording.status == 200
        ]  # fmt: skip
        asked = chosen(readers)
        self._states = {reader.label: "○" for reader in asked}
        self._progress()
        try:
            return await matrix(given, asked, progress=self._note)
        finally:
            self._output.update({"text/html": "", "text/plain": ""})

    def _note(self, label: str, done: int, of: int) -> None:
        """Show a reader's progress: how many recordings it has read, and of how many."""
        name, _, doing = label.partition(":")
        self._states[name] = doing.strip() or (f"{done} of {of}" if done < of else "✓")
        self._progress()

    def _progress(self) -> None:
        states = " · ".join(f"{name} {state}" for name, state in self._states.items())
        line = f"Reading: {states}"
        self._output.update(
            {
                "text/html": f'<div style="font-size: 12px">{for_html(line)}</div>',
                "text/plain": for_terminal(line),
            }
        )


@checked
async def clients(*exchanges: Exchange, readers: Iterable[str] = ()) -> ClientsView:
    """What real clients make of the same bytes: `await es.clients(a, readers=["openai", "curl"])`.

    readers:  readers or clients by name, "all" for each; () for those that need no installation.
              Any others are installed now, each in an environment of its own in out/clients/
    """
    return ClientsView(await LiveClients()._read(exchanges, readers))


def clients_known() -> ClientsView:
    """What the clients made of each fault of the wire when the kit was built; nothing is run."""
    return ClientsView(shipped())
