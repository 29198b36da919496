"""The truth table: what was planted, what we say about it, how the openai client reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..client.chat import ask
from ..client.exchange import Exchange
from ..client.openai_reader import read_by_openai
from ..diagnose.clients.plain import ClientReading, what_a_client_sees
from ..endpoint import Limits, resolve
from ..finding import Finding
from ..server.builtin import opened
from ..server.faults.registry import REGISTRY, Mode
from ..show.table import Cells, Table
from ..wire.request import chat

PROMPT = "write a poem about a tree"
LENGTH = 32
# We set their pace, so the engine finishes long before; with many more, streams would seem stalled.
AT_ONCE = 16
PATIENT = Limits(connect_s=5, first_chunk_s=15, silence_s=10, whole_s=30)
# Short limits for modes that never end by themselves.
BRIEF = Limits(connect_s=3, first_chunk_s=3, silence_s=2, whole_s=6)


@dataclass(frozen=True)
class Truth:
    """What one mode planted, and what was said about it.

    findings:  the first one is the word
    wrong:     how the detectors failed on it, "" if they were right
    """

    mode: Mode
    word: str
    findings: tuple[Finding, ...]
    seen: ClientReading | None
    wrong: str

    @property
    def planted(self) -> str:
        """The names of the findings that must appear."""
        return ", ".join(filter(None, (self.mode.full or self.mode.expects, *self.mode.also)))


async def truth_table(*, group: str = "") -> list[Truth]:
    """A row for each mode, or for each of one group."""
    modes = [mode for mode in REGISTRY.values() if group in ("", mode.group)]
    # Modes that write their own answers do not load the engine, so they have slots of their own.
    turns = {writes: asyncio.Semaphore(AT_ONCE) for writes in (True, False)}

    async def row(mode: Mode) -> Truth:
        async with turns[_writes(mode)]:
            return await _truth_of(mode)

    rows = await asyncio.gather(*(row(mode) for mode in modes if not mode.heavy))
    # With this many at once, one may be held up: whatever was not found is asked again, alone.
    light = [await _truth_of(row.mode) if row.wrong else row for row in rows]
    return [*light, *[await _truth_of(mode) for mode in modes if mode.heavy]]


async def _truth_of(mode: Mode) -> Truth:
    """The row of one mode."""
    endpoint = await opened(resolve(f"demo:{mode.name}", model="endpointscope-tiny"))
    endpoint = replace(endpoint, limits=BRIEF if mode.endless else PATIENT)
    # A mode that writes its own answer decides how long it is.
    length = None if _writes(mode) else LENGTH
    # Without a chat's template the engine may end a text after a word, too short to be judged.
    goes_on = True if mode.apis[0] == "completions" else None
    request = chat(
        PROMPT, max_tokens=length, stream=not mode.full, api=mode.apis[0], ignore_eos=goes_on
    )
    exchange = await ask(endpoint, request, forgiving=True)
    findings, seen = exchange.findings, None
    if exchange.recording.status is not None:
        seen = await read_by_openai(exchange.recording, stream=exchange.streamed)
        findings += tuple(what_a_client_sees(exchange.reading, findings, seen))
    return Truth(mode, exchange.word, findings, seen, _wrong(mode, exchange, findings))


def _writes(mode: Mode) -> bool:
    """Whether the answer is the mode's own rather than the engine's."""
    return any(REGISTRY[name].writes for name in mode.parts or (mode.name,))


def _wrong(mode: Mode, exchange: Exchange, findings: tuple[Finding, ...]) -> str:
    """What does not match what was planted, "" if everything does."""
    first, names = findings[0], [finding.name for finding in findings]
    known = {first.name, exchange.word.lower().replace(" ", "-")}
    # A legal answer may be too short or too quick to judge, which is not red; and a busy machine
    # cannot tell when anything came.
    unsure = (mode.legal and first.level == "unclear") or first.name == "own-lag"
    expected = mode.full or mode.expects
    if expected and expected not in known and not unsure:
        return f"expected {expected}, got {first.name}"
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
