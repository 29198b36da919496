"""The matrix over the demo modes of the wire, made by `clients --all-modes` and shipped.

Users without the clients can see here what they did, with their versions and the day.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...client.chat import ask
from ...endpoint import Limits, resolve
from ...server.builtin import opened
from ...server.faults.registry import REGISTRY, Mode
from ...wire.request import chat
from .matrix import LIMIT_S, Cell, Column, Matrix, Progress, Row, ServedRecording, matrix, served
from .registry import Reader

FILE = Path(__file__).with_name("shipped.json")
# The groups that change a chat's stream; refusals and broken HTTP reach no client's parser.
GROUPS = (
    "framing", "stream_errors", "content", "text", "tools", "no_text", "usage", "endings",
    "truncation", "delivery", "dialects", "transport", "canned_responses",
)  # fmt: skip
# Events are cut later, because their envelope precedes what matters in them.
_SHORT, _EVENT = 160, 320
_LIMITS = Limits(connect_s=5, first_chunk_s=15, silence_s=10, whole_s=40)
_AT_ONCE = 8
PROMPT = "write a poem about a tree"


def modes() -> list[Mode]:
    """The modes of the wire that change the stream of a chat and let it end."""
    return [
        mode for mode in REGISTRY.values()
        if mode.group in GROUPS and "chat" in mode.apis and not (mode.full or mode.endless)
        and mode.name != "burst"
    ]  # fmt: skip


async def recorded(chosen: Sequence[Mode]) -> list[ServedRecording]:
    """A stream of the built-in endpoint in each mode."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(mode: Mode) -> ServedRecording:
        async with turn:
            endpoint = await opened(resolve(f"demo:{mode.name}", model="endpointscope-tiny"))
            exchange = await ask(replace(endpoint, limits=_LIMITS), chat(PROMPT))
        return served(exchange.recording, mode.name, exchange.findings)

    return await asyncio.gather(*map(one, chosen))


async def over_all_modes(
    readers: Sequence[Reader], *, limit_s: float = LIMIT_S, progress: Progress | None = None
) -> Matrix:
    """What the readers of chats make of every mode of the wire."""
    chats = [one for one in readers if "chat" in one.reads]
    return await matrix(await recorded(modes()), chats, limit_s=limit_s, progress=progress)


def ship(made: Matrix, file: Path = FILE) -> None:
    """Write a matrix for shipping: long texts are cut, and agreement needs no details."""
    rows = [
        replace(row, cells={name: _short(c) for name, c in row.cells.items()}) for row in made.rows
    ]
    data = replace(made, rows=tuple(rows)).to_dict()
    for row in data["rows"]:
        row["cells"] = {name: _compact(cell) for name, cell in row["cells"].items()}
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in data["rows"])
    columns = json.dumps(data["columns"], ensure_ascii=False)
    file.write_text(f'{{"columns": {columns},\n"rows": [\n{lines}\n]}}\n', "utf-8")


def shipped() -> Matrix:
    """The shipped matrix."""
    data = json.loads(FILE.read_text("utf-8"))
    return Matrix(
        tuple(Column(**column) for column in data["columns"]),
        tuple(
            Row(
                row["name"], row["word"], tuple(row["found"]),
                {name: _cell(cell) for name, cell in row["cells"].items()},
            )
            for row in data["rows"]
        ),
    )  # fmt: skip


def _short(cell: Cell) -> Cell:
    if not cell.breaks:
        return replace(cell, ours="", theirs="", decided_by=())
    return replace(
        cell, ours=cell.ours[:_SHORT], theirs=cell.theirs[:_SHORT],
        decided_by=tuple(event[:_EVENT] for event in cell.decided_by[:2]),
    )  # fmt: skip


def _compact(cell: dict[str, Any]) -> dict[str, Any] | str:
    """A cell's fields without the empty ones; if it agrees, just that word."""
    if cell["outcome"] == "agrees":
        return "agrees"
    return {name: value for name, value in cell.items() if value not in ("", (), [], "neither")}


def _cell(fields: dict[str, Any] | str) -> Cell:
    if isinstance(fields, str):
        return Cell("agrees", "sees the same")
    return Cell(**fields | {"decided_by": tuple(fields.get("decided_by", ()))})
