"""What a matrix says about the endpoint: a sentence for each reader that breaks on its answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ...client.exchange import Exchange
from ...finding import Blame, Finding, Level
from ...signatures import checked
from ...wording import counted
from .matrix import Cell, Column, Matrix, Row

# Parts that a program can do without, unlike the rest of an answer.
_LIGHT = ("usage", "reasoning", "finish reason")
# A recording that a reader was not tried on, or could not be.
_UNREAD = ("not tried", "broken reader", "cannot do it")


@checked
def judge_clients(matrix: Matrix, *asked: Exchange, require: Collection[str] = ()) -> list[Finding]:
    """The findings on the readers: first how many see everything, then each one that does not.

    asked:    the exchanges recorded for them; if an endpoint did not answer, no program works
    require:  readers or clients, such as "openai", whose failure is red regardless of the cause
    """
    return [*_failed(asked), _summary(matrix), *_single(matrix, require)]


def _failed(exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """Why there is no complete answer to read; only the first exchange must have one."""
    for number, exchange in enumerate(exchanges):
        if exchange.failure and not any(one is exchange for one in exchanges[:number]):
            found = exchange.failure if number == 0 else exchange.failure.at("remark")
            yield found.concerning(name_of(exchange))


def name_of(exchange: Exchange) -> str:
    """A recording's name in the table."""
    return "with a tool" if "tools" in exchange.request.parameters else "the answer"


def _summary(matrix: Matrix) -> Finding:
    tried = [column for column in matrix.columns if _ran(matrix, column)]
    good = [
        column for column in tried if not any(row.cells[column.name].breaks for row in matrix.rows)
    ]
    evidence = ", ".join(f"{column.label} ({column.versions})" for column in good)
    if not matrix.rows:
        says = "No client was tried: nothing came that one could read."
        return Finding("clients-not-tried", "unclear", says)
    if not tried:
        return Finding(
            "clients-not-tried", "unclear", "No client could be tried on what came.", "",
            "The table says why for each.",
        )  # fmt: skip
    sees = "sees" if len(good) == 1 else "see"
    some = f"{len(good)} of {counted(len(tried), 'reader')} {sees}" if good else "No reader sees"
    if len(good) == len(tried):
        some = "The one reader sees" if len(tried) == 1 else f"All {len(tried)} readers see"
    unread = ", ".join(column.label for column in good if _left_out(matrix, column))
    says = f"{some} all that came{f', apart from what {unread} did not read' * bool(unread)}."
    level: Level = "pass" if len(good) == len(tried) else "remark"
    return Finding("clients-agree", level, says, evidence)


def _single(matrix: Matrix, require: Collection[str]) -> Iterator[Finding]:
    for column in matrix.columns:
        required = bool({column.name, column.client} & set(require))
        for row in matrix.rows:
            cell = row.cells[column.name]
            if cell.breaks:
                yield _broken(column, row, cell, required)
            elif cell.outcome in ("not tried", "broken reader"):
                yield _unknown(column, cell, required)
                break


def _broken(column: Column, row: Row, cell: Cell, required: bool) -> Finding:
    """The finding on a reader that does not get what was sent."""
    grave = cell.fault == "server" and not (cell.outcome == "lossy" and cell.part in _LIGHT)
    blame: Blame = "endpoint" if cell.fault == "server" or required else "client"
    if cell.fault == "server":
        do = cell.rule or "Check the server's log."
    elif cell.fault == "client":
        do = (
            f"What the server sends is legal, but {column.versions} does not read it. Report it to "
            "the client, or have the server avoid it."
        )
    else:
        do = "Nobody is wrong: the client has no place for it. Use another one if you need it."
    where = f"{column.versions}, {column.tried}"
    level: Level = "fail" if grave or required else "remark"
    says = f"{column.label} {cell.says}."
    found = Finding(f"breaks-{column.name}", level, says, where, do, blame)
    return found.concerning(row.name)


def _unknown(column: Column, cell: Cell, required: bool) -> Finding:
    """The finding on a reader without a result: never green, and red if it was required."""
    if cell.outcome == "broken reader":
        says = f"{column.label} fails on a good stream, so it says nothing about this server."
        evidence, do = f"{column.versions}: it {cell.says}", "Repair or rebuild its environment."
    else:
        says = f"{column.label} was not tried."
        evidence, do = cell.says, "It is installed once its package registry can be reached."
    level: Level = "fail" if required else "unclear"
    return Finding(f"unknown-{column.name}", level, says, evidence, do, "call")


def _ran(matrix: Matrix, column: Column) -> bool:
    return any(row.cells[column.name].outcome not in _UNREAD for row in matrix.rows)


def _left_out(matrix: Matrix, column: Column) -> bool:
    return any(row.cells[column.name].outcome in _UNREAD for row in matrix.rows)
