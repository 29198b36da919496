"""An answer is shown while it comes: whole, in few outputs and in few bytes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import nbformat
import papermill
import pytest

from helpers.show.stream.live import Live, bundle
from helpers.tests.support.browser import notebook_of
from helpers.tests.support.waiting import PATIENCE_S


def last_of_each(outputs: list[dict]) -> list[dict]:
    """Return the outputs as the saved notebook holds them: each with its last content."""
    kept: dict[str, dict] = {}
    for output in outputs:
        kept[output["transient"]["display_id"]] = output
    return list(kept.values())


def text_of(outputs: list[dict], kind: str = "text") -> str:
    """Return the joined text of the outputs of one kind."""
    found = [o for o in last_of_each(outputs) if o["metadata"].get("endpointscope") == kind]
    return "".join(output["data"]["text/plain"] for output in found)


def test_the_outputs_join_to_the_answer(displayed):
    """Read from the outputs, the answer is the one that came, character for character."""
    answer = "# Oak\r\n\nstands *tall* \n\n```\n$x$ <b>\n```\n\n- 木\n- 🌳 " * 100
    live = Live()
    for character in answer:
        live.write(character)
    live.close("■ stopped by you")
    assert text_of(displayed.outputs) == answer
    assert text_of(displayed.outputs, "note") == "■ stopped by you"


def test_a_title_stands_above_whatever_is_shown_first(displayed):
    """An answer without a word may have a note alone, such as a tool call; none has no title."""
    Live(title="In one piece").close("tool call: get_weather()")
    assert ["In one piece", "tool call: get_weather()"] == [
        output["data"]["text/plain"] for output in displayed.outputs
    ]
    displayed.outputs.clear()
    Live(title="In one piece").close()
    assert "" == text_of(displayed.outputs, "note")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("piece", "length"),
    [("some words of an answer\n\n", 200_000), ("x" * 40, 1_000_000)],
    ids=["blocks", "flood"],
)
def test_a_cell_keeps_fewer_than_fifty_outputs(displayed, piece, length):
    """JupyterLab shows the first fifty outputs of a cell; an answer of any length fits."""
    answer = piece * (length // len(piece))
    live = Live()
    for start in range(0, len(answer), 2000):
        live.write(answer[start : start + 2000], reasoning="hm " * 10)
        live._due_s = 0.0
    live.close("done")
    assert len(last_of_each(displayed.outputs)) < 50
    assert text_of(displayed.outputs) == answer


@pytest.mark.slow
def test_a_burst_is_sent_in_few_messages(displayed):
    """Ten thousand chunks at once stay far below the thousand messages a second that pass."""

    async def burst() -> float:
        loop = asyncio.get_running_loop()
        start, live = loop.time(), Live()
        for n in range(10_000):
            live.write(f"chunk {n}\n\n")
        live.close()
        return loop.time() - start

    seconds = asyncio.run(burst())
    parts = len(last_of_each(displayed.outputs))
    assert len(displayed.outputs) <= 25 * (seconds + 1) + 2 * parts
    assert text_of(displayed.outputs).endswith("chunk 9999\n\n")


def test_small_chunks_share_their_messages(displayed):
    """A steady stream is shown in at most 25 messages a second, however small its chunks."""

    async def steady() -> float:
        loop = asyncio.get_running_loop()
        start, live = loop.time(), Live()
        for _ in range(300):
            live.write("x")
            await asyncio.sleep(0.002)
        live.close()
        return loop.time() - start

    seconds = asyncio.run(steady())
    assert len(displayed.outputs) <= 25 * seconds + 3
    assert text_of(displayed.outputs) == "x" * 300


def test_what_waits_is_shown_without_another_write(displayed):
    """The last words of a burst appear although nothing follows them."""

    async def pause() -> None:
        live = Live()
        live.write("first")
        live.write(" and last")
        while text_of(displayed.outputs) != "first and last":
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(pause(), PATIENCE_S))
    assert text_of(displayed.outputs) == "first and last"


def test_a_large_update_is_followed_by_a_longer_pause(displayed):
    """Bytes have a budget: after 200 kB nothing is sent for more than a second."""

    async def large() -> None:
        live = Live()
        live.write("word " * 20_000)
        before = len(displayed.outputs)
        for _ in range(3):
            live.write("more ")
            await asyncio.sleep(0.02)
        assert len(displayed.outputs) == before
        live.close()

    asyncio.run(large())
    assert text_of(displayed.outputs) == "word " * 20_000 + "more " * 3


def test_reasoning_is_counted_then_folded_apart(displayed):
    """While it comes a line counts it; when text follows, a fold holds it, before the text."""
    live = Live()
    live.write("", reasoning="roots, then ")
    assert "thinking · 12 characters" in displayed.outputs[-1]["data"]["text/html"]
    live.write("", reasoning="leaves")
    live.write("The oak")
    live.close()
    fold, text = last_of_each(displayed.outputs)
    assert (fold["data"]["text/plain"], text["data"]["text/plain"]) == (
        "roots, then leaves",
        "The oak",
    )
    assert "<details" in fold["data"]["text/html"]
    assert "<details open" not in fold["data"]["text/html"]


def test_reasoning_between_texts_makes_few_folds(displayed):
    """A model that changes its mind at every chunk still fills few outputs and loses nothing."""
    live = Live()
    for n in range(300):
        live.write(f"t{n} ", reasoning=f"r{n} ")
        live._due_s = 0.0
    live.close()
    assert len(last_of_each(displayed.outputs)) <= 4
    assert text_of(displayed.outputs, "reasoning") == "".join(f"r{n} " for n in range(300))


def test_nothing_written_shows_nothing(displayed):
    """An answer without text leaves no empty output, only the note that says why."""
    Live().close()
    assert displayed.outputs == []
    Live().close("the answer is empty")
    assert len(displayed.outputs) == 1


def test_half_a_character_can_be_shown(displayed):
    """A lone surrogate would end the kernel's message; it is shown as U+FFFD."""
    live = Live()
    live.write("oak \ud83c", reasoning="\udc00")
    live.close("\ud800")
    json.dumps(displayed.outputs, ensure_ascii=False).encode()
    assert text_of(displayed.outputs) == "oak �"


def test_a_finished_answer_is_as_safe_as_a_live_one():
    """Shown again after a reload, it holds the same HTML and the exact text."""
    shown = bundle("<script>x</script> $y$", "![i](http://127.0.0.1/)")
    assert shown["text/plain"] == "<script>x</script> $y$"
    assert "<script" not in shown["text/html"]
    assert "<img" not in shown["text/html"]


@pytest.mark.slow
def test_a_headless_run_keeps_what_a_cell_and_a_click_showed(tmp_path: Path):
    """Under papermill an awaited answer and one started by a button's click are both saved."""
    notebook = notebook_of(
        "import asyncio\n"
        "import ipywidgets\n"
        "from helpers.show.output import CellContext\n"
        "from helpers.show.stream.live import Live\n"
        "async def answer(name):\n"
        "    live = Live()\n"
        "    for n in range(100):\n"
        "        live.write(f'{name} {n}\\n\\n')\n"
        "        await asyncio.sleep(0.002)\n"
        "    live.close()\n"
        "await answer('awaited')",
        "here, tasks = CellContext(), []\n"
        "button = ipywidgets.Button()\n"
        "button.on_click(lambda _: tasks.append(here.run(answer('clicked'))))",
        "button.click()\nawait tasks[0]",
    )
    nbformat.write(notebook, tmp_path / "in.ipynb")
    papermill.execute_notebook(
        tmp_path / "in.ipynb", tmp_path / "out.ipynb", cwd=tmp_path, progress_bar=False
    )
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    awaited, _, clicked = ("".join(o.data["text/plain"] for o in cell.outputs) for cell in cells)
    assert awaited == "".join(f"awaited {n}\n\n" for n in range(100))
    assert clicked == "".join(f"clicked {n}\n\n" for n in range(100))
