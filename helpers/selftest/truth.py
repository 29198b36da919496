"""The truth table: what was planted, what we say of it, what the openai client makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..client.chat import ask
from ..client.exchange import Exchange
from ..client.openai_reader import read_by_openai
from ..diagnose.clients import ClientReading, what_a_client_sees
from ..endpoint import Limits, resolve
from ..finding import Finding
from ..server.builtin import opened
from ..server.faults.registry import REGISTRY, Mode
from ..show.table import Cells, Table
from ..wire.request import chat

PROMPT = "write a poem about a tree"
LENGTH = 32
# Their pace is ours, so the engine is done long before; many more would look stalled.
AT_ONCE = 16
PATIENT = Limits(connect_s=5, first_chunk_s=15, silence_s=10, whole_s=30)
# What never ends by itself is ended soon.
BRIEF = Limits(connect_s=3, first_chunk_s=3, silence_s=2, whole_s=6)


@dataclass(frozen=True)
class Truth:
    """What was planted by one mode, and what was said of it.

    findings:  the first one is the word
    wrong:     why the detectors failed on it, "" when they told the truth
    """

    mode: Mode
    word: str
    findings: tuple[Finding, ...]
    seen: ClientReading | None
    wrong: str

    @property
    def planted(self) -> str:
        """The names that must be found."""
        return ", ".join(filter(None, (self.mode.full or self.mode.expects, *self.mode.also)))


async def truth_table(*, group: str = "") -> list[Truth]:
    """A row for each mode, those of one group where one is named."""
    modes = [mode for mode in REGISTRY.values() if group in ("", mode.group)]
    # What writes its own answers keeps no engine busy, and waits for those alone.
    turns = {writes: asyncio.Semaphore(AT_ONCE) for writes in (True, False)}

    async def row(mode: Mode) -> Truth:
        async with turns[_writes(mode)]:
            return await _truth_of(mode)

    rows = await asyncio.gather(*(row(mode) for mode in modes if not mode.heavy))
    # So many at once may hold one of them up: what was not found is asked again, alone.
    light = [await _truth_of(row.mode) if row.wrong else row for row in rows]
    return [*light, *[await _truth_of(mode) for mode in modes if mode.heavy]]


async def _truth_of(mode: Mode) -> Truth:
    """The row of one mode."""
    endpoint = await opened(resolve(f"demo:{mode.name}", model="endpointscope-tiny"))
    endpoint = replace(endpoint, limits=BRIEF if mode.endless else PATIENT)
    # A mode that writes its own answer says how long it is to be.
    length = None if _writes(mode) else LENGTH
    request = chat(PROMPT, max_tokens=length, stream=not mode.full, api=mode.apis[0])
    exchange = await ask(endpoint, request, forgiving=True)
    findings, seen = exchange.findings, None
    if exchange.recording.status is not None:
        seen = await read_by_openai(exchange.recording, stream=exchange.streamed)
        findings += tuple(what_a_client_sees(exchange.reading, findings, seen))
    return Truth(mode, exchange.word, findings, seen, _wrong(mode, exchange, findings))


def _writes(mode: Mode) -> bool:
    """Whether the answer is the mode's own, and not the engine's."""
    return any(REGISTRY[name].writes for name in mode.parts or (mode.name,))


def _wrong(mode: Mode, exchange: Exchange, findings: tuple[Finding, ...]) -> str:
    """What does not fit what was planted, "" when all does."""
    first, names = findings[0], [finding.name for finding in findings]
    known = {first.name, exchange.word.lower().replace(" ", "-")}
    # What is legal may be too short or too quick to tell, and is not red then either; and a busy
    # machine cannot tell when anything came.
    unsure = (mode.legal and first.level == "unclear") or first.name == "own-lag"
    expected = mode.full or mode.expects
    if expected and expected not in known and not unsure:
        return f"expected {expected}, came {first.name}"
    if exchange.sound and exchange.failure:
        return f"called sound, and failed as {first.name}"
    if missing := [name for name in mode.also if name not in names]:
        return f"not found: {', '.join(missing)}"
    if mode.legal and (red := [found.name for found in findings if found.level == "fail"]):
        return f"legal, and called {', '.join(red)}"
    return ""


def shown(rows: Sequence[Truth]) -> Table:
    """The truth table: what was planted, what was found, what the openai client saw."""
    heads = ("mode", "planted", "our word", "our findings", "openai client", "")
    return Table(heads, tuple(map(_row, rows)))


def _row(row: Truth) -> Cells:
    seen = "–" if row.seen is None else row.seen.error or f"{row.seen.chunks} chunks"
    kind = "legal" if row.mode.legal else row.planted
    found = ", ".join(finding.name for finding in row.findings)
    return (row.mode.name, kind, row.word, found, seen[:80], f"✕ {row.wrong}" if row.wrong else "✓")
