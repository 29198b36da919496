"""A watch in a cell: rows and pages of what has passed, in which no word is alive."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

import helpers as es
from helpers.server.builtin import opened
from helpers.show.watch import start
from helpers.show.watch.page import LONGEST, page
from helpers.show.watch.start import PortError
from helpers.show.watch.view import Watch

HOSTILE = "<script>alert(1)</script> $x$ \x1b[2J an oak"


@pytest.fixture(autouse=True)
def _apart(displayed: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is shown, and what passes elsewhere; no watch goes on from another test."""
    monkeypatch.setattr(start.started, "__kwdefaults__", {
        **start.started.__kwdefaults__, "folder": tmp_path / "watch",
    })  # fmt: skip


def played(scene: Coroutine[Any, Any, None]) -> None:
    """Run a scene to its end, and end its watches."""
    try:
        asyncio.run(scene)
    finally:
        for watcher in start._running.values():
            watcher.stop()
        start._running.clear()


async def asked(watch: Watch, prompt: str = HOSTILE, **how: Any) -> None:
    """Ask through a watch, and wait until that was judged."""
    await es.ask(prompt, watch.base_url, model="oak", show=False, max_tokens=12, **how)
    await watch.settled()


def test_what_passes_is_a_row_and_a_page(displayed: Any) -> None:
    """The newest first; the page of one holds its request and its bytes, all of it inert."""

    async def scene() -> None:
        watch = await es.watch("demo:fast")
        await asked(watch)
        await asked(watch, "an elm", stream=False, temperature=0.5)
        assert "temperature 0.5" in watch._table.rows[0][2]
        assert [2, 1] == watch._table.ids
        watch.pick(1)
        shown = watch._below.value
        assert "&lt;script&gt;" in shown
        assert "<script" not in shown
        assert "\x1b" not in shown
        assert "What exactly came" in shown
        assert 1 == watch._table.picked
        assert watch.base_url in watch._head.value.replace("<span>", "").replace("</span>", "")

    played(scene())
    assert any("passes requests on to demo:fast" in str(output) for output in displayed.outputs)


@pytest.mark.slow
def test_a_second_call_goes_on_with_the_same_watch() -> None:
    """A cell that is run again keeps the address that programs have; other settings are another."""

    async def scene() -> None:
        first, second = await es.watch("demo:fast"), await es.watch("demo:fast")
        assert first.base_url == second.base_url
        assert (await es.watch("demo:fast", keep=3)).base_url != first.base_url
        second.stop()
        assert "" == second.base_url
        assert (await es.watch("demo:fast")).base_url

    played(scene())


def test_asked_again_it_is_one_more_row() -> None:
    """The button sends the very request that was picked, through the watch."""

    async def scene() -> None:
        watch = await es.watch("demo:fast")
        await asked(watch, temperature=0.5)
        watch.pick(1)
        watch._again.click()
        assert watch._clicked
        await watch._clicked
        before, after = await watch.settled()
        assert before.request.fields == after.request.fields
        watch._compare_with(2)
        assert "the same" in watch._below.value

    played(scene())


@pytest.mark.slow
def test_the_panel_takes_the_request_over() -> None:
    """The last words become the prompt, what was said before stays before it."""

    async def scene() -> None:
        watch = await es.watch("demo:fast")
        said = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "an oak"})
        await asked(watch, said, temperature=0.5)  # type: ignore[arg-type]
        watch.pick(1)
        [seen] = watch.seen
        panel = watch._panel_of(seen)
        exchange = await panel.ask(stream=False)
        assert said == exchange.request.messages
        assert 0.5 == exchange.request.parameters["temperature"]
        assert 2 == len([one for one in await watch.settled() if one.findings])

    played(scene())


def test_without_bodies_nothing_can_be_asked_again() -> None:
    """The words are gone; the figures stay."""

    async def scene() -> None:
        watch = await es.watch("demo:fast", bodies=False)
        await asked(watch)
        watch.pick(1)
        assert "an oak" not in watch._below.value
        assert "es-hidden" in watch._again._dom_classes
        assert "es-hidden" not in watch._acts._dom_classes

    played(scene())


def test_a_long_conversation_is_cut_in_the_page() -> None:
    """Its beginning and its end are shown, and each message as far as one reads."""

    async def scene() -> None:
        watch = await es.watch("demo:fast")
        turns = [{"role": "user", "content": f"turn {n} " + "y" * 9000} for n in range(40)]
        await asked(watch, tuple(turns))  # type: ignore[arg-type]
        shown = page(watch.seen[0])
        assert "… 24 messages left out …" in shown
        assert "turn 3 " in shown
        assert "turn 20 " not in shown
        assert "turn 39 " in shown
        assert "characters more" in shown
        assert shown.count("y") < 20 * LONGEST

    played(scene())


def test_a_port_that_is_taken_is_a_wrong_call() -> None:
    """One sentence, no traceback of asyncio's."""

    async def scene() -> None:
        first = await es.watch("demo:fast")
        port = int(first.base_url.split(":")[2].partition("/")[0])
        with pytest.raises(PortError, match=f"Expected a port that is free; got {port}"):
            await es.watch("demo:fast", port=port)
        assert (await opened(first.endpoint)).url

    played(scene())
