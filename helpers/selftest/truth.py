"""The truth table: what was planted, what we say of it, what the openai client makes of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from ..client.chat import ask
from ..client.exchange import Exchange
from ..client.openai_reader import SecondReading, second_reading
from ..diagnose.stream import StreamReport, judge_stream
from ..endpoint import Limits, resolve
from ..server.builtin import opened
from ..server.faults.registry import REGISTRY, Mode

PROMPT = "write a poem about a tree"
LENGTH = 32
# The engine answers so many at once; more would wait for each other and look stalled.
AT_ONCE = 8
PATIENT = Limits(connect_s=5, first_chunk_s=15, silence_s=10, whole_s=30)
# What never ends by itself is ended soon.
BRIEF = Limits(connect_s=3, first_chunk_s=3, silence_s=2, whole_s=6)


@dataclass(frozen=True)
class Truth:
    """What was planted by one mode, and what was said of it.

    trouble:  what a chat meets, "" when an answer came
    wrong:    why the detectors failed on it, "" when they told the truth
    """

    mode: Mode
    word: str
    findings: tuple[str, ...]
    trouble: str
    second: SecondReading | None
    wrong: str

    @property
    def planted(self) -> str:
        """Return the names that must be found."""
        return ", ".join(filter(None, (self.mode.expects, *self.mode.also)))


async def truth_table(*, group: str = "") -> list[Truth]:
    """Return a row for each mode, those of one group where one is named."""
    modes = [mode for mode in REGISTRY.values() if group in ("", mode.group)]
    turn = asyncio.Semaphore(AT_ONCE)

    async def row(mode: Mode) -> Truth:
        async with turn:
            return await _row(mode)

    light = await asyncio.gather(*(row(mode) for mode in modes if not mode.heavy))
    return [*light, *[await _row(mode) for mode in modes if mode.heavy]]


async def _row(mode: Mode) -> Truth:
    endpoint = await opened(resolve(f"demo:{mode.name}", model="endpointscope-tiny"))
    endpoint = replace(endpoint, limits=BRIEF if mode.endless else PATIENT)
    # A mode that writes its own answer says how long it is to be.
    exchange = await ask(endpoint, PROMPT, max_tokens=None if mode.writes else LENGTH)
    report = judge_stream(exchange.recording)
    trouble = exchange.trouble.name if exchange.trouble else ""
    answered = exchange.recording.status is not None
    second = await second_reading(exchange.recording) if answered else None
    findings = tuple(finding.name for finding in report.findings)
    return Truth(
        mode, report.word, findings, trouble, second, _wrong(mode, exchange, report, findings)
    )


def _wrong(mode: Mode, exchange: Exchange, report: StreamReport, findings: tuple[str, ...]) -> str:
    """Return what does not fit to what was planted, "" when all does."""
    trouble = exchange.trouble.name if exchange.trouble else ""
    word = report.word.lower().replace(" ", "-")
    # What is legal may be too short or too quick to tell, and is not red then either.
    unsure = mode.legal and word == "unclear"
    if mode.expects not in ("", word, trouble) and not unsure:
        return f"expected {mode.expects}, came {trouble or word}"
    if missing := [name for name in mode.also if name not in findings]:
        return f"not found: {', '.join(missing)}"
    if mode.legal:
        failed = [finding.name for finding in report.findings if finding.level == "fail"]
        if trouble or failed:
            return f"legal, and called {', '.join(filter(None, (trouble, *failed)))}"
    return ""
