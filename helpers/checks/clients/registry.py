"""The readers by name, from readers.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ...endpoint import CallError
from .canaries import Kind

FOLDER = Path(__file__).with_name("readers")
_TABLE = Path(__file__).with_name("readers.toml")
ALL = "all"


class UnknownReaderError(CallError):
    """There is no reader with a name that was given."""

    headline = "There is no such reader"


@dataclass(frozen=True)
class Reader:
    """One client used in one way.

    name:   "openai-stream"; unique
    client: "openai"; `require` names it
    way:    how its client is used: "loop", "stream"
    file:   in readers/
    needs:  the pinned packages of its environment, () for the kit's own
    reads:  the kinds of answers that it can be given
    """

    name: str
    client: str
    way: str
    file: str
    needs: tuple[str, ...]
    reads: tuple[Kind, ...] = ("chat",)

    @property
    def for_node(self) -> bool:
        """Whether it runs in Node."""
        return self.file.endswith(".mjs")

    @property
    def installed(self) -> bool:
        """Whether it needs no installation."""
        return not self.needs

    @property
    def label(self) -> str:
        """The name shown to people: the client, and the way if it is used in more than one."""
        others = [one for one in readers().values() if one.client == self.client]
        if len(others) == 1:
            return self.client
        return f"{self.client} .stream()" if self.way == "stream" else f"{self.client} {self.way}"


@cache
def readers() -> dict[str, Reader]:
    """Every reader by name, in the order of the table."""
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return {name: _reader(name, row) for name, row in table.items()}


def _reader(name: str, row: dict[str, Any]) -> Reader:
    needs, reads = tuple(row["needs"]), tuple(row.get("reads", ("chat",)))
    return Reader(name, row["client"], row["way"], row["file"], needs, reads)


def chosen(names: Iterable[str]) -> list[Reader]:
    """The readers with these names or of these clients; "all" gives each, () the installed ones.

    raises:  UnknownReaderError
    """
    asked, every = list(names), readers().values()
    if not asked:
        return [reader for reader in every if reader.installed]
    known = {ALL, *(one.name for one in every), *(one.client for one in every)}
    if unknown := [name for name in asked if name not in known]:
        raise UnknownReaderError(
            f"one of {', '.join(readers())}, or {ALL}", repr(unknown[0])[:60], "Name one of them."
        )
    return [one for one in every if {ALL, one.name, one.client} & set(asked)]
