"""What an explorer types: lazy names, and every line of the example that is promised."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import pkgutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import helpers as es
from helpers import cells, kit, session
from helpers.errors import CallError
from helpers.finding import Finding
from helpers.show.panel.panel import Panel
from helpers.tests.support.capture_server import recording_server

ROOT = Path(es.__file__).parent


@pytest.fixture(autouse=True)
def _in_a_cell(displayed: Any) -> None:
    """Keep what is shown, and begin with an empty history."""
    session.forget()


def said(program: str) -> str:
    """Return what a fresh Python prints."""
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT.parent, capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


def test_every_name_that_is_offered_is_there() -> None:
    """By Tab and by import, each with a docstring that begins with a sentence."""
    assert sorted(es.__all__) == dir(es)
    for name in es.__all__:
        offered = getattr(es, name)
        assert offered is getattr(kit, name)
        assert (inspect.getdoc(offered) or "").partition("\n")[0].strip()


def test_another_name_is_an_attribute_error() -> None:
    """As of any module, so that hasattr and Tab work."""
    assert not hasattr(es, "nothing_of_this_name")
    with pytest.raises(AttributeError, match="has no attribute 'oak'"):
        _ = es.oak


def test_no_name_is_a_rooms() -> None:
    """Importing helpers.run would put the room in the name's place."""
    rooms = {module.name for module in pkgutil.iter_modules([str(ROOT)])}
    assert not rooms & {*es.__all__}


@pytest.mark.slow
def test_the_names_survive_every_import() -> None:
    """After all modules were imported each name is still the kit's."""
    skip = ("helpers.tests", "helpers.training", "helpers.__main__")
    for module in pkgutil.walk_packages([str(ROOT)], "helpers."):
        if not module.name.startswith(skip):
            importlib.import_module(module.name)
    assert [] == [name for name in es.__all__ if getattr(es, name) is not getattr(kit, name)]


@pytest.mark.slow
def test_only_what_is_used_is_loaded() -> None:
    """Commands start with the standard library, a name brings no plots, and a plot no pyplot."""
    program = """
import sys, helpers
print(any(name.startswith(("openai", "aiohttp", "IPython", "helpers.kit")) for name in sys.modules))
helpers.ask
print("helpers.kit" in sys.modules, "matplotlib" in sys.modules)
from helpers.show.timeline import live as timeline, plots
from helpers.wire.reading import Reading
from helpers.wire.recording import Recording
print("matplotlib" in sys.modules)
plots.timeline_png(Reading(Recording("POST", "")))
print("matplotlib" in sys.modules, "matplotlib.pyplot" in sys.modules)
"""
    assert ["False", "True False", "False", "True False"] == said(program).splitlines()


def asks(prompt: Any = "write a poem about a tree", address: Any = "demo:fast", **how: Any) -> Any:
    """Return what es.ask brings, from the real engine at full speed."""
    return asyncio.run(es.ask(prompt, address, **{"max_tokens": 40, "show": False} | how))


def test_an_answer_is_flat_plain_data() -> None:
    """An address needs no opening, and nothing needs a widget."""
    a = asks()
    assert a.text.strip()
    assert 0 < a.ttft_s
    assert a.usage.completion_tokens > 0
    assert a.word
    assert all(isinstance(finding, Finding) for finding in a.findings)
    assert {"text", "ttft_s", "word", "model", "findings", "total_s"} <= set(a.to_dict())


def test_a_chunk_has_its_time_its_text_and_its_json() -> None:
    """Three of them, as the example slices them."""
    a = asks()
    first, *_ = chunks = a.chunks[:3]
    assert 3 == len(chunks)
    assert a.text.startswith("".join(chunk.text for chunk in chunks))
    assert first.at_s >= a.ttft_s - 1e-6
    assert first.raw.startswith("{")


def test_an_answer_streams_into_the_cell_unless_it_is_quiet(displayed: Any) -> None:
    """show=False shows nothing."""
    asks()
    assert [] == displayed.outputs
    a = asks(show=True)
    assert displayed.outputs
    assert {"text/plain"} == set(a._repr_mimebundle_())


def test_answers_become_a_table() -> None:
    """Prompts by models, one row each, with everything in its records."""

    async def both() -> list[Any]:
        return [
            await es.ask(p, "demo:fast", model=m, show=False, max_tokens=8)
            for p in ("a tree", "a hill") for m in ("oak", "elm")
        ]  # fmt: skip

    table = es.table(asyncio.run(both()))
    assert 4 == len(table.rows)
    assert "ttft_s" in table.heads
    assert ["a tree", "a tree", "a hill", "a hill"] == [row["prompt"] for row in table.records]


def test_a_table_goes_to_pandas_where_it_is() -> None:
    """And says what to install where it is not."""
    table = es.table([asks()])
    if find_spec("pandas"):
        assert "prompt" in table.to_pandas().columns
    else:
        with pytest.raises(CallError, match="pip install pandas"):
            table.to_pandas()


def test_what_was_saved_is_loaded_and_compared(tmp_path: Path) -> None:
    """As a HAR file; the same answer has nothing that changed but its times."""
    a = asks()
    b = es.load(str(a.save(tmp_path / "x.har")))
    assert (a.text, a.word, a.prompt) == (b.text, b.word, b.prompt)
    assert not [row for row in es.diff(a, b).rows if row[0].startswith("text")]
    assert es.exchanges(str(tmp_path / "x.har")).rows


def test_everything_that_was_asked_is_in_the_history() -> None:
    """The newest last, failures included; the panel opens at an answer's endpoint."""
    a = asks()
    failed = asks(address="http://127.0.0.1:9", model="m")
    assert [a, failed] == es.history()
    assert "refused" == failed.word
    panel = es.panel(a.endpoint)
    assert isinstance(panel, Panel)
    assert a.endpoint.base_url == panel.endpoint.base_url


def test_an_answer_is_looked_at_from_every_side(tmp_path: Path) -> None:
    """Its moments, its bytes, the commands that ask it again."""
    with recording_server() as server:
        a = asks(address=server.url, model="oak", stream=False)
    assert "headers (TTFB)" in repr(cells.moments(a))
    assert "200 OK" in repr(cells.raw(a))
    assert cells.curl(a).startswith("curl ")
    compile(cells.program(a), "program", "exec")


def test_a_wrong_address_is_a_sentence() -> None:
    """What was expected, what came, what to do."""
    with pytest.raises(ValueError, match=r"Expected .*; got "):
        asks(address="ftp://oak")
    with pytest.raises(ValueError, match="demos lists them all"):
        asks(address="demo:nothing-like-it")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: asks(5), "a prompt in quotation marks"),
        (lambda: asks(address=5), "an address in quotation marks"),
        (lambda: asks(address=None), "an address in quotation marks"),
        (lambda: asks(api="chats"), "api to be one of chat, responses"),
        (lambda: es.diff("a", "b"), "before to be an answer, as es.ask returns it"),
        (
            lambda: es.table(["a"]),
            "exchanges to be an answer, as es.ask returns it, or a list of them",
        ),
        (lambda: asks(modle="x"), "a parameter's name"),
        (lambda: asks(api_key="sk-0123456789abcdef"), "the name of an environment variable"),
        (lambda: asks(extra_body={"a": print}), "a to be something that JSON can hold"),
        (lambda: asyncio.run(es.again(es.load("tree.har"), tempratur=0)), "a parameter's name"),
        (lambda: asyncio.run(es.sweep("a", api_key=["x"])), "the name of an environment variable"),
        (lambda: asyncio.run(es.batch(promt="x")), "a parameter's name"),
        (lambda: asyncio.run(es.chat().say("a", temperatur=0)), "a parameter's name"),
        (lambda: asyncio.run(es.models("http://127.0.0.1:1")), "a list of models"),
        (lambda: asyncio.run(es.compare(promt="x")), "a parameter's name"),
        (lambda: asyncio.run(es.compare([{"modle": "x"}, {}])), "a parameter's name"),
        (lambda: es.save(), "answers, as es.ask returns them"),
        (lambda: asyncio.run(es.again("a")), "exchange to be an answer, as es.ask returns it"),
        (lambda: asyncio.run(es.compare(5, 6)), "an address in quotation marks"),
        (lambda: asyncio.run(es.compare("localhost:1")), "2 to 8 targets"),
    ],
)
def test_a_wrong_call_is_told_what_was_expected(call: Any, sentence: str) -> None:
    """By the rules of every other error, and not by what broke inside."""
    with pytest.raises(ValueError, match=f"Expected {sentence}.*; got "):
        call()
