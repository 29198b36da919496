"""The rows of a table of prompts, whatever its delimiter."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from ...escaping import for_terminal
from ...wording import counted
from .job import InputError
from .text import Text

TABLES = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_DIVIDERS = ",;\t|"
# A first line that names the delimiter: Excel reads it, and some programs write it.
_SAYS = "sep="
# A cell may hold a whole document.
csv.field_size_limit(16 << 20)
Numbered = tuple[int, int, Mapping[str, Any]]


def rows(text: Text, named: Sequence[str]) -> Iterator[Numbered]:
    """Yield (line, number, row) of each row that is not empty.

    named:   the wanted columns, by which the delimiter is found
    raises:  InputError, which names the line
    """
    lines = text.lines()
    first = next(lines, "")
    divider, above = "", 0
    if first.lower().startswith(_SAYS) and len(first.rstrip("\r\n")) == len(_SAYS) + 1:
        divider, first, above = first[len(_SAYS)], next(lines, ""), 1
    divider = divider or _divider(first, named, usual=TABLES.get(text.suffix, "\t"))
    reader = csv.reader(chain([first], lines), delimiter=divider, strict=True)
    number, line = 0, above + 1
    try:
        columns = _columns(next(reader, []), text)
        line = above + reader.line_num + 1
        for cells in reader:
            number += bool(cells)
            if any(cells):
                yield line, number, _row(columns, cells, line, text)
            line = above + reader.line_num + 1
    except csv.Error as error:
        raise _wrong(line, text, str(error)) from None


def is_table(first: str, named: Sequence[str]) -> bool:
    """Whether a file's first line names columns: the wanted ones, or several separated by tabs.

    Excel's "Unicode text" is such a table.
    """
    return "\t" in first or any(_has(first, one, named) for one in _DIVIDERS)


def _has(first: str, divider: str, named: Sequence[str]) -> bool:
    """Whether a first line, split at this delimiter, has all wanted columns."""
    return bool(named) and set(named) <= {*_cells(first, divider)}


def _cells(first: str, divider: str) -> list[str]:
    """The columns that a first line names at this delimiter; none where a cell is too long."""
    try:
        return [cell.strip() for cell in next(csv.reader([first], delimiter=divider), [])]
    except csv.Error:
        return []


def _divider(first: str, named: Sequence[str], *, usual: str) -> str:
    """The delimiter of a table, by its first line.

    It is the one that yields the wanted columns, or else the most columns.
    """
    best, most = usual, (False, 0)
    for one in (usual, *_DIVIDERS):
        has = (_has(first, one, named), len(_cells(first, one)))
        if has > most:
            best, most = one, has
    return best


def _columns(cells: Sequence[str], text: Text) -> list[str]:
    columns = [cell.strip() for cell in cells]
    for name, count in Counter(columns).items():
        if name and count > 1:
            raise InputError(
                f"a name of its own for each column of {text.name}",
                f"“{for_terminal(name[:80])}” more than once", "Rename one of them.",
            )  # fmt: skip
    return columns


def _row(columns: Sequence[str], cells: list[str], line: int, text: Text) -> dict[str, str]:
    # Empty cells beyond the last column are a spreadsheet's leftovers.
    more = cells[len(columns) :]
    if any(more) or len(cells) < len(columns):
        raise _wrong(
            line, text, f"{counted(len(cells), 'cell')}, not {len(columns)} as in the first line",
            "Put a cell with a comma, a quote or a line end in double quotes.",
        )  # fmt: skip
    return {name: cell for name, cell in zip(columns, cells, strict=False) if name}


def parquet(text: Text) -> Iterator[Numbered]:
    """Yield (number, number, row) of a Parquet file, a few thousand in memory at a time."""
    try:
        from pyarrow import parquet as tables  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        raise InputError(
            "pyarrow, which reads Parquet", f"{text.name}, and no pyarrow is installed",
            "Install it (pip install pyarrow), or save the table as CSV.",
        ) from None  # fmt: skip
    number = 0
    try:
        file = tables.ParquetFile(text.path)
        _columns(file.schema_arrow.names, text)
        for group in file.iter_batches(batch_size=4096):
            for row in group.to_pylist():
                number += 1
                yield number, number, {name: _cell(value) for name, value in row.items()}
    except InputError:
        raise
    except (ValueError, OSError) as error:
        raise InputError(
            f"a Parquet file in {text.name}", str(error)[:200], "Write it again."
        ) from None


def _cell(value: Any) -> Any:
    """A cell of a Parquet file; in a prompt, a price keeps all its digits."""
    return str(value) if isinstance(value, Decimal) else _plain(value)


def _plain(value: Any) -> Any:
    """A value of a Parquet file as it would be in JSON.

    A struct has every field that any row has, so a null is left out, except a message's content.
    """
    if isinstance(value, dict):
        has_role = "role" in value
        fields = ((name, _plain(one)) for name, one in value.items())
        return {
            name: one for name, one in fields
            if one is not None or (has_role and name == "content")
        }  # fmt: skip
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float | Decimal):
        whole = isinstance(value, Decimal) and value == value.to_integral_value()
        return (int(value) if whole else float(value)) if math.isfinite(value) else None
    return str(value)


def _wrong(line: int, text: Text, came: str, do: str = "Fix that line.") -> InputError:
    return InputError(f"a row of the table in line {line} of {text.name}", came, do)
