"""Whatever a mode does, every notebook, the panel, the replay and the case file name it alike."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

import helpers as es
from helpers.checks.replay import replay
from helpers.client.exchange import Exchange
from helpers.diagnose.delivery import DELIVERY
from helpers.diagnose.diagnosis import diagnose
from helpers.diagnose.words import word_of
from helpers.finding import Finding
from helpers.kit import Asked
from helpers.server.faults.registry import REGISTRY, Mode
from helpers.show.case import case
from helpers.show.panel.panel import Panel
from helpers.wire.reading import read

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
AT_ONCE = 16
# What only a limit of the client ends, or what answers differently the second time.
LEFT_OUT = {"flaky", "429-reset", "503-loading"}
MODES = [
    mode for mode in REGISTRY.values() if not (mode.endless or mode.heavy) and mode.expects
    and mode.name not in LEFT_OUT and not mode.full
]  # fmt: skip


def cells(name: str) -> list[str]:
    """The parameters and the live cell of a notebook."""
    notebook = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text())
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return code[:2]


async def run(name: str, mode: Mode) -> dict[str, Any]:
    """The names that a notebook's first two cells leave behind, asked of a mode."""
    space: dict[str, Any] = {}
    parameters, live = cells(name)
    given = f"base_url = 'demo:{mode.name}'\nextra_body = {{'max_tokens': 40}}\ntimeout_s = 20.0"
    if mode.writes:
        given = f"base_url = 'demo:{mode.name}'\ntimeout_s = 20.0"
    given += f"\napi = {mode.apis[0]!r}"
    for source in (parameters, given, live):
        code = compile(source, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        came = eval(code, space)
        if inspect.iscoroutine(came):
            await came
    return space


async def names_of(mode: Mode, folder: Path) -> dict[str, str]:
    """How each place names what a mode did, by the place."""
    asked, watched = await run("01_ask", mode), await run("03_stream", mode)
    panel: Panel = watched["panel"]
    exchange: Exchange = watched["streamed"]
    kept = Asked(exchange.endpoint, exchange.request)
    kept.use(exchange.recording)
    path = kept.save(folder / f"{mode.name.replace('/', '-')}.har")
    loaded = es.load(str(path))
    # Where no answer began, a replay can only hang up.
    answered = loaded.recording.status is not None
    played = await replay(f"replay:{path}", read(loaded.recording)) if answered else None
    said = [f for f in asked["verdict"].findings if f.about == "streamed answer"]
    return {
        "01_ask": word_of([first(asked["streamed"].findings, said)]),
        "03_stream": exchange.word,
        "panel": panel.exchange.word if panel.exchange else "",
        "recording": word_of(diagnose(read(loaded.recording))),
        "replay": played.exchange.word if played else exchange.word,
        "case": case(loaded.recording, exchange.endpoint).splitlines()[0][2:].partition(" · ")[0],
    }


def first(findings: tuple[Finding, ...], said: list[Finding]) -> Finding:
    """The word's finding, as the notebook's verdict holds it."""
    return next(found for found in said if found.name == findings[0].name)


@pytest.mark.slow
def test_every_place_names_a_mode_alike(
    tmp_path: Path, displayed: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word is the same in the notebooks' cells, the panel, a recording, its replay, a case."""

    async def everywhere() -> list[tuple[str, dict[str, str]]]:
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(mode: Mode) -> tuple[str, dict[str, str]]:
            async with turn:
                return mode.name, await names_of(mode, tmp_path)

        return await asyncio.gather(*map(one, MODES))

    different = {}
    for name, words in asyncio.run(everywhere()):
        told = {word.lower() for word in words.values()}
        # A busy machine, or a short answer, makes the times of one of them unclear.
        timed = {word for word in told if word.replace(" ", "-") in DELIVERY} | {"unclear"}
        if len(told - {"unclear"} if told <= timed else told) > 1:
            different[name] = words
    assert {} == different, json.dumps(different, indent=1)
