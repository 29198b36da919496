"""A batch as a cell's value: what it does when it is asked again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from helpers.show.batch.start import batch
from helpers.tests.support.prompt_server import prompts_answered


def test_the_same_again_asks_nothing_and_goes_on_with_nothing(tmp_path: Path) -> None:
    """A page that is run to its end must not ask what a person has just kept from being asked."""
    path = tmp_path / "in.txt"
    path.write_text("an oak\nan elm\na birch\n", "utf-8")

    async def asked_again(url: str) -> tuple[bool, int]:
        some = await batch(path, url, limit=1, show=False)
        stays = await some.again(show=False) is some
        every = await batch(path, url, show=False)
        again = await every.again(show=False)
        return stays, len(again.batch.rows)

    with prompts_answered() as asked:
        assert (True, 3) == asyncio.run(asked_again(asked.url))
    assert {"an oak": 1, "an elm": 1, "a birch": 1} == asked.times
