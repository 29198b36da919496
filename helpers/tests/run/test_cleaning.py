"""How the notebooks in the repository look, and what `clean` does to others."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from helpers.places import NOTEBOOKS
from helpers.run import cleaning, cli

FOUND = sorted(NOTEBOOKS.glob("*.ipynb"))
PARAMETERS = """\
base_url = ""
model = ""
api_key_env = ""
prompt = "p"
stream = True
timeout_s = 300.0
headers = {}
query = {}
extra_body = {}
api = "chat"
its_own = 3"""
TIDY = cleaning.tidy({
    "metadata": {"endpointscope": {"safe": True}},
    "cells": [
        {"cell_type": "markdown", "id": "title", "source": "# Does it answer?"},
        {
            "cell_type": "code", "id": "parameters", "source": PARAMETERS,
            "metadata": {"tags": ["parameters"]},
        },
        {"cell_type": "code", "id": "ask-streamed", "source": "await ask()\nprint()"},
    ],
})  # fmt: skip


def changed(change: Any) -> dict[str, Any]:
    """Return the tidy notebook after a change."""
    notebook = copy.deepcopy(TIDY)
    change(notebook)
    return notebook


def test_notebooks_are_found() -> None:
    """The tests below look at something."""
    assert FOUND


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_a_committed_notebook_is_tidy(path: Path) -> None:
    """`python3 -m helpers clean` puts right what this finds."""
    text = path.read_text(encoding="utf-8")
    assert cleaning.untidy(json.loads(text)) == []
    assert text == cleaning.written(cleaning.tidy(json.loads(text)))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda n: n.update(nbformat_minor=4), "The format is not nbformat 4.5."),
        (lambda n: n["metadata"]["kernelspec"].update(name="venv"), "The kernelspec is not "),
        (lambda n: n["metadata"]["language_info"].update(version="3.11.2"), "language_info holds"),
        (lambda n: n["metadata"].update(widgets={}), "Its metadata holds widgets."),
        (lambda n: n["cells"][2].update(id="title"), "Two cells have the id title."),
        (lambda n: n["cells"][2].update(id="3f2a1c9e"), "Cell 3 has the id '3f2a1c9e'"),
        (lambda n: n["cells"][2].update(outputs=[{}]), "Cell 3 holds outputs."),
        (lambda n: n["cells"][2].update(execution_count=7), "Cell 3 holds an execution count."),
        (lambda n: n["cells"][2].update(source=[]), "Cell 3 is empty."),
        (lambda n: n["cells"][2]["metadata"].update(trusted=True), "Cell 3 holds the metadata tru"),
        (lambda n: n["cells"][1].update(metadata={}), "0 cells are tagged parameters"),
        (
            lambda n: n["cells"][2]["metadata"].update(tags=["parameters"]),
            "2 cells are tagged parameters",
        ),
        (lambda n: n["cells"][1].update(source=["x = f()"]), "The parameters cell holds more"),
        (lambda n: n["cells"][1].update(source=['model = ""']), "The parameters do not begin with"),
        (
            lambda n: n["cells"][1].update(source=PARAMETERS.replace("headers = {}\n", "")),
            "The parameters do not begin with",
        ),
    ],
)
def test_each_kind_of_untidiness_is_named(change: Any, sentence: str) -> None:
    """One change, one sentence."""
    found = cleaning.untidy(changed(change))
    assert len(found) == 1
    assert found[0].startswith(sentence)


def test_a_tidy_notebook_stays_as_it_is() -> None:
    """Cleaning twice changes nothing more."""
    assert cleaning.untidy(TIDY) == []
    assert cleaning.tidy(TIDY) == TIDY


def test_cleaning_keeps_text_and_good_ids(tmp_path: Path) -> None:
    """What a run and JupyterLab leave is gone; the ids, tags and words of a person stay."""
    used = copy.deepcopy(TIDY)
    used["metadata"]["widgets"] = {"state": {}}
    used["cells"][2] |= {
        "outputs": [{"text": "x"}],
        "execution_count": 3,
        "source": "await ask()\nprint()",
    }
    used["cells"].append({
        "cell_type": "markdown", "id": "0a1b2c3d", "metadata": {}, "source": ["## How fast is it?"],
    })  # fmt: skip
    path = tmp_path / "used.ipynb"
    path.write_text(json.dumps(used))
    assert cli.main(["clean", str(path)]) == 0
    clean = json.loads(path.read_text(encoding="utf-8"))
    assert clean["cells"][:3] == TIDY["cells"]
    assert [cell["id"] for cell in clean["cells"]][3] == "how-fast-is-it"


def test_clean_says_what_it_cannot_put_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which cell holds the parameters is for a person to say."""
    path = tmp_path / "odd.ipynb"
    path.write_text(json.dumps(changed(lambda n: n["cells"][1].update(metadata={}))))
    assert cli.main(["clean", str(path)]) == 2
    assert "0 cells are tagged parameters; exactly one must be." in capsys.readouterr().out
