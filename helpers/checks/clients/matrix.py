"""Recordings served to readers, byte for byte, and what each of them saw beside what we see."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from ...diagnose.clients.agreement import BREAKS, Agreement, Fault, Outcome, Seen, agreement
from ...diagnose.clients.deciding import deciding_bytes
from ...diagnose.diagnosis import diagnose
from ...diagnose.words import word_of
from ...finding import Finding
from ...server.http1 import Reply
from ...server.http1 import Request as Asked
from ...server.proxy import Proxy
from ...server.replay import Replay
from ...server.replies import error_reply
from ...wire.parsing import as_object, objects
from ...wire.reading import Reading
from ...wire.recording import Recording
from ...wire.request import Request, request_of
from ...wording import counted
from .canaries import CALLED, Kind, answer_kind, canary
from .environments import CannotInstallError, Place, place_of
from .registry import Reader
from .registry import readers as all_readers
from .running import read

LIMIT_S = 20.0
LONGEST = 4000
CANARY = "the canary"


@dataclass(frozen=True)
class Cell:
    """What one reader made of one recording.

    says:      to follow the client's name: "sees 1 of 2 tool calls"
    rule:      the rule that the server broke there, and what to do about it; "" for none
    ours, theirs:  the part that differs, as each saw it
    decided_by:    the events, or the body's beginning, that made the difference
    requests:  how many the client sent; more than one if it tried again
    """

    outcome: Outcome
    says: str = ""
    fault: Fault = "neither"
    part: str = ""
    rule: str = ""
    ours: str = ""
    theirs: str = ""
    decided_by: tuple[str, ...] = ()
    requests: int = 0

    @property
    def breaks(self) -> bool:
        """Whether a program on this client does not get what the server sent."""
        return self.outcome in BREAKS


@dataclass(frozen=True)
class Column:
    """One reader as it was run: the client, the way it is used, and its versions."""

    name: str
    client: str
    label: str
    versions: str = ""
    tried: str = ""


@dataclass(frozen=True)
class Row:
    """One recording: our verdict on it, and what each reader made of it, by the reader's name."""

    name: str
    word: str
    found: tuple[str, ...]
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Matrix:
    """Recordings by readers."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def to_dict(self) -> dict[str, Any]:
        """The matrix as plain values."""
        return asdict(self)

    def __repr__(self) -> str:
        cells = [cell for row in self.rows for cell in row.cells.values()]
        kinds = {kind: sum(cell.outcome == kind for cell in cells) for kind in dict.fromkeys(
            cell.outcome for cell in cells
        )}  # fmt: skip
        return ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "nothing read"


@dataclass(frozen=True)
class ServedRecording:
    """A recording that readers are given, with our findings on it."""

    name: str
    reading: Reading
    findings: tuple[Finding, ...]
    request: Request

    @property
    def kind(self) -> Kind | None:
        """What kind of answer it is, None if no reader is made for it."""
        return answer_kind(self.reading.api, streamed=self.request.streamed)

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The tools that were offered, and any others that were called."""
        offered = objects(self.request.parameters.get("tools"))
        known = [tool for tool in offered if _is_tool(tool)]
        called = {call.name for call in self.reading.answer.tool_calls if call.name}
        missing = called - {tool["function"]["name"] for tool in known}
        return known + [
            {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
            for name in sorted(missing)
        ]


Progress = Callable[[str, int, int], None]
"""Called with a reader's label and state, how many recordings it has read, and of how many."""


def served(recording: Recording, name: str, findings: Sequence[Finding] = ()) -> ServedRecording:
    """A recording, parsed and judged."""
    request = request_of(recording)
    reading = Reading(recording, streamed=request.streamed)
    reading.catch_up()
    return ServedRecording(name, reading, tuple(findings) or diagnose(reading), request)


async def matrix(
    recordings: Sequence[ServedRecording],
    readers: Sequence[Reader],
    *,
    limit_s: float = LIMIT_S,
    progress: Progress | None = None,
) -> Matrix:
    """What each reader makes of each recording; the readers run side by side.

    limit_s:  how long a reader may take for one recording
    """
    if not recordings:
        return Matrix(tuple(Column(one.name, one.client, one.label) for one in readers), ())
    report = progress or (lambda label, done, of: None)
    whole = _MatrixRun(recordings, limit_s, report)
    await whole.proxy_started()
    try:
        columns = await asyncio.gather(*map(whole.column, readers))
    finally:
        whole.proxy.close()
    rows = tuple(
        Row(
            one.name, word_of(one.findings, streamed=one.reading.streamed),
            tuple(finding.name for finding in one.findings),
            {column.name: cells[place] for column, cells in columns},
        )
        for place, one in enumerate(recordings)
    )  # fmt: skip
    return Matrix(tuple(column for column, _ in columns), rows)


class _MatrixRun:
    """Everything that one run of a matrix shares."""

    def __init__(
        self, given: Sequence[ServedRecording], limit_s: float, progress: Progress
    ) -> None:
        self._given, self._limit_s, self._progress = given, limit_s, progress
        self.proxy = Proxy(_nobody, replays_kept=2**16)
        self._turn = asyncio.Semaphore(max(2, os.cpu_count() or 1))
        tools = {tool["function"]["name"]: tool for one in given for tool in one.tools}
        self._tools = json.dumps(list(tools.values()))

    async def proxy_started(self) -> None:
        self._port = await self.proxy.listen()

    async def column(self, reader: Reader) -> tuple[Column, list[Cell]]:
        """One reader's results on all recordings, with a canary before those of each kind."""
        column = Column(reader.name, reader.client, reader.label)
        async with self._turn:
            try:
                self._progress(f"{reader.label}: preparing", 0, len(self._given))
                place = await place_of(reader)
            except CannotInstallError as missing:
                return column, [Cell("not tried", str(missing))] * len(self._given)
            cells, versions = await self._read(reader, place)
        column = replace(column, versions=versions, tried=datetime.now(UTC).date().isoformat())
        return column, [cells[id(one)] for one in self._given]

    async def _read(self, reader: Reader, place: Place) -> tuple[dict[int, Cell], str]:
        """What it made of each recording, and its versions."""
        found = {id(one): Cell("cannot do it", _no_reader(one)) for one in self._given}
        of_kinds = {kind: [o for o in self._given if o.kind == kind] for kind in reader.reads}
        given = [
            [served(await canary(kind), CANARY), *of_kind]
            for kind, of_kind in of_kinds.items() if of_kind
        ]  # fmt: skip
        read = iter(await self._read_all(reader, place, [one for some in given for one in some]))
        versions = ""
        for _, *some in given:
            first, version = next(read)
            versions = versions or version
            cells = [cell for cell, _ in islice(read, len(some))]
            if first.outcome != "agrees":
                broken = replace(first, outcome="broken reader", fault="neither", decided_by=())
                cells = [broken] * len(some)
            found |= {id(one): cell for one, cell in zip(some, cells, strict=True)}
        return found, versions

    async def _read_all(
        self, reader: Reader, place: Place, given: Sequence[ServedRecording]
    ) -> list[tuple[Cell, str]]:
        """What one of its processes makes of recordings, with its versions."""
        replays = [(one, Replay([one.reading.recording])) for one in given]
        places = [
            {"base-url": f"http://127.0.0.1:{self._port}/replay:{self.proxy.serve(replay)}@0/v1"}
            | ({"kind": str(one.kind)} if len(reader.reads) > 1 else {})
            for one, replay in replays
        ]
        found: list[tuple[Cell, str]] = []
        place_in = iter(replays)
        async for seen in read(
            place, places, limit_s=self._limit_s, tools=self._tools, way=reader.way
        ):
            one, replay = next(place_in)
            seen = replace(seen, requests=replay.asked)
            found.append((_cell_of(one, seen), seen.versions))
            self._progress(reader.label, len(found), len(places))
        return found


def _no_reader(one: ServedRecording) -> str:
    kind = f"{one.reading.api}{'' if one.request.streamed else ' in one piece'}"
    others = dict.fromkeys(r.client for r in all_readers().values() if one.kind in r.reads)
    sentence = f"has no reader here for {CALLED.get(kind, 'this API')}"
    return f"{sentence}; these have one: {', '.join(others)}" if others else sentence


def _cell_of(one: ServedRecording, seen: Seen) -> Cell:
    """The table's cell for what a reader saw."""
    stands: Agreement = agreement(one.reading, one.findings, seen)
    rule = f"{stands.rule.says} {stands.rule.do}".strip() if stands.rule else ""
    decided_by = deciding_bytes(one.reading, stands, seen) if stands.breaks else []
    says = stands.says
    if seen.requests > 1:
        says += f", after {counted(seen.requests, 'request')}"
    return Cell(
        stands.outcome, says, stands.fault, stands.part, rule, stands.ours[:LONGEST],
        stands.theirs[:LONGEST], tuple(event[:LONGEST] for event in decided_by), seen.requests,
    )  # fmt: skip


def _is_tool(tool: dict[str, Any]) -> bool:
    return isinstance(as_object(tool.get("function")).get("name"), str)


async def _nobody(request: Asked) -> Reply:
    return error_reply(404, "Only recordings are served here.")
