"""Whatever a mode does, every notebook, the panel, the replay and the case file name it alike."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
from comm import DummyComm

import helpers as es
from helpers import kit
from helpers.checks import ask, stream
from helpers.checks.replay import replay
from helpers.client.chat import ask as ask_it
from helpers.client.exchange import Exchange
from helpers.diagnose.clients.plain import ClientReading
from helpers.diagnose.diagnosis import diagnose
from helpers.diagnose.stream.delivery import DELIVERY
from helpers.diagnose.words import word_of
from helpers.endpoint import resolve
from helpers.finding import Finding
from helpers.kit import Asked
from helpers.server.builtin import opened
from helpers.server.faults.registry import REGISTRY, Mode
from helpers.show.case import case
from helpers.show.panel.fields import Given
from helpers.show.panel.panel import Panel
from helpers.show.timeline import plots
from helpers.tests.support.notebooks import LIVE, Ran, published, ran
from helpers.wire.reading import read
from helpers.wire.recording import Recording
from helpers.wire.request import chat

# So many at once may stall one of them: what differs is asked again, fewer at once.
AT_ONCE = (16, 4, 1)
# Two processes may take a part each.
PARTS = 2
# What only a limit of the client ends, or what answers differently the second time; what a
# recording keeps unpacked, so that its replay is sound; and ten thousand chunks for each of a dozen
# requests, which the truth table reads once. A disguise is one diagnosis's alone.
LEFT_OUT = {"flaky", "429-reset", "503-loading", "brotli", "zstd", "burst"}
MODES = [
    mode for mode in REGISTRY.values() if not (mode.endless or mode.heavy) and mode.expects
    and mode.name not in LEFT_OUT and not mode.full and mode.group != "disguises"
]  # fmt: skip
# What takes longest begins first.
MODES.sort(key=lambda mode: mode.name != "slow")
# What the notebooks' cells go by: one mode of a kind is asked there, the others' answers judged.
KINDS = {(m.expects, m.cause, m.legal, m.apis[0]): m.name for m in reversed(MODES)}
# A mode that writes its own answer says how long it is to be.
SHORT = {"responses": {"max_output_tokens": 12}}
PROMPT = "write a poem about a tree"


class Panels:
    """Panels that notebooks take one after the other: each has sixty widgets to make."""

    def __init__(self) -> None:
        self._free: list[Panel] = []

    def take(self, base_url: str, *, timeout_s: float, **parameters: Any) -> Panel:
        """A panel with these parameters in its fields, as `es.panel` gives a new one."""
        panel = self._free.pop() if self._free else Panel(timeout_s=timeout_s)
        panel._fields.fill(Given(base_url=base_url, **parameters))
        return panel

    def give_back(self, run: Ran) -> None:
        """Let others have the panel of a notebook that ran."""
        self._free.append(run.names["panel"])


async def names_of(mode: Mode, folder: Path, panels: Panels) -> dict[str, str]:
    """How each place names what a mode did, by the place."""
    length = {} if mode.writes else SHORT.get(mode.apis[0], {"max_tokens": 12})
    given = {"base_url": f"demo:{mode.name}", "timeout_s": 20.0, "api": mode.apis[0]}
    if mode.name in KINDS.values():
        exchange, shown = await seen(mode, given | {"extra_body": length}, panels)
    else:
        endpoint = resolve(given["base_url"], model="endpointscope-tiny", timeout_s=20.0)
        asked = chat(PROMPT, stream=True, api=mode.apis[0], **length)
        exchange, shown = await ask_it(await opened(endpoint), asked, forgiving=True), {}
    kept = Asked(exchange.endpoint, exchange.request)
    kept.use(exchange.recording)
    path = kept.save(folder / f"{mode.name}.har")
    loaded = es.load(str(path))
    return shown | {
        "01_ask": judged(exchange, await ask.judge_answers(exchange, None)),
        "recording": word_of(diagnose(read(loaded.recording))),
        "replay": await played(path, loaded) or exchange.word,
        "case": case(loaded.recording, exchange.endpoint).splitlines()[0][2:].partition(" · ")[0],
    }


async def seen(
    mode: Mode, given: dict[str, Any], panels: Panels
) -> tuple[Exchange, dict[str, str]]:
    """What 03_stream asked, and how the notebooks and their panel name what came."""
    watched, asked = runs = await asyncio.gather(*(
        ran(stem, cells=LIVE, **given) for stem in ("03_stream", "01_ask")
    ))  # fmt: skip
    for one in runs:
        if one.raised:
            raise one.raised
    named = {
        asked.names["verdict"].question: verdict_word(asked),
        "03_stream": headline(watched),
        "panel": listed(watched, mode),
    }
    for one in runs:
        panels.give_back(one)
    return watched.names["streamed"], named


async def unread(_: Recording, **__: bool) -> ClientReading:
    """What a client that does not speak the API makes of a recording: nothing."""
    return ClientReading("openai", "", 0, "", speaks=False)


def closed(widget: ipywidgets.Widget) -> None:
    """Give a widget a line to a page on which nothing is ever said."""
    widget.comm = DummyComm(target_name="jupyter.widget", primary=False)
    widget.comm.kernel = None


def verdict_word(asked: Ran) -> str:
    """The word's finding as 01_ask itself concludes with it, under its word."""
    return judged(asked.names["streamed"], asked.names["verdict"].findings)


def judged(streamed: Exchange, findings: Sequence[Finding]) -> str:
    """The word's finding as 01_ask judges it, under its word."""
    name = streamed.findings[0].name
    said = [found for found in findings if found.about == ask.STREAMED]
    return word_of([next(found for found in said if found.name == name)])


def headline(watched: Ran) -> str:
    """The word above the timeline of 03_stream."""
    spoken = [one.data["text/plain"] for one in watched.shown if one.kind == "timeline"]
    last = next(said for said in reversed(spoken) if said and not said.startswith("Timeline"))
    return last.partition(" ")[2].partition(" · ")[0]


def listed(watched: Ran, mode: Mode) -> str:
    """The word in the last row of the panel's table that is about this mode."""
    rows = watched.names["panel"]._controls.session.rows
    return next(row[-1] for row in reversed(rows) if row[1] == f"demo:{mode.name}")


async def played(path: Path, loaded: Exchange) -> str:
    """The word of a recording's replay, "" where nothing came to play: it can only hang up then."""
    recording = loaded.recording
    if recording.status is None or (recording.cause == "framing" and not recording.reads):
        return ""
    return (await replay(f"replay:{path}", read(loaded.recording))).exchange.word


def differ(words: dict[str, str]) -> bool:
    """Whether two places name it differently.

    A busy machine, or a short answer, makes the times of one of them unclear.
    """
    told = {word.lower() for word in words.values()}
    timed = {word for word in told if word.replace(" ", "-") in DELIVERY} | {"unclear"}
    return len(told - {"unclear"} if told <= timed else told) > 1


async def differing(
    modes: Sequence[Mode], folder: Path, at_once: int, panels: Panels
) -> dict[str, dict[str, str]]:
    """The modes that two places name differently."""
    turn = asyncio.Semaphore(at_once)

    async def one(mode: Mode) -> tuple[str, dict[str, str]]:
        async with turn:
            return mode.name, await names_of(mode, folder, panels)

    named = await asyncio.gather(*map(one, modes))
    return {name: words for name, words in named if differ(words)}


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_every_place_names_a_mode_alike(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word is the same in the notebooks' cells, the panel, a recording, its replay, a case."""
    # Nobody looks: pictures, and what a page is told of each widget, take two thirds of the time.
    monkeypatch.setattr(plots, "timeline_png", lambda _: b"")
    monkeypatch.setattr(ipywidgets.Widget, "open", closed)
    # The truth table has the openai client read every mode; the word is not its.
    for check in (ask, stream):
        monkeypatch.setattr(check, "read_by_openai", unread)

    panels = Panels()
    monkeypatch.setattr(kit, "panel", panels.take)

    async def everywhere() -> dict[str, dict[str, str]]:
        modes = MODES[part::PARTS]
        for at_once in AT_ONCE:
            different = await differing(modes, tmp_path, at_once, panels)
            modes = [REGISTRY[name] for name in different]
        return different

    with published(tmp_path):
        different = asyncio.run(everywhere())
    assert {} == different, json.dumps(different, indent=1)
