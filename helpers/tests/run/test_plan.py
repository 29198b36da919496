"""What a command line means: notebooks, parameters, refusals that never echo a key."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from helpers import __main__ as commands
from helpers.environment import interpreter
from helpers.run import cli, plan

FIXTURES = Path(__file__).parents[1] / "fixtures"
KEY = "sk-proj-0a1B2c3D4e5F6g7H8i9J"
MANY = FIXTURES / "has_many_parameters.ipynb"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("rate", "1e-3", 0.001),
        ("count", "007", 7),
        ("folded", "true", True),
        ("folded", "0", False),
        ("name", "007", "007"),
        ("name", "true", "true"),
        ("sizes", "[3, 4]", [3, 4]),
        ("sizes", "3, 4", [3, 4]),
        ("sizes", '[true, null, "\\ud83c\\udf33"]', [True, None, "🌳"]),
        ("sizes", "[True, None]", [True, None]),
        ("wait_s", "2.5", 2.5),
    ],
)
def test_a_default_says_what_a_value_is(name: str, text: str, expected: object) -> None:
    """A text becomes what the notebook's own default is, nothing is guessed from the text."""
    value = plan.plan(MANY, {name: text}).parameters[name]
    assert expected == value
    assert type(expected) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "instead"),
    [
        ("count", "2.5", "a number with a fraction"), ("rate", "fast", "text"),
        ("rate", "nan", "no number that ends"), ("folded", "maybe", "text"),
        ("sizes", "3", "a whole number"),
        ("sizes", "[1, yes]", "neither JSON nor a Python value (character 5: expecting value)"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(name: str, text: str, instead: str) -> None:
    """A mismatch is told with an example and without the text, which may be a key."""
    with pytest.raises(plan.Refused) as refused:
        plan.plan(MANY, {name: text})
    assert str(refused.value).startswith(f"The parameter {name} expects ")
    assert str(refused.value).endswith(f"; got {instead}.")
    assert text not in str(refused.value).replace(f"{name}=", "")


def test_an_unknown_parameter_names_the_known_ones() -> None:
    """Papermill only warns; here it is an error that shows what there is."""
    with pytest.raises(plan.Refused) as refused:
        plan.plan(FIXTURES / "passes.ipynb", {"colour": "red"})
    assert str(refused.value) == (
        "passes has no parameter 'colour'. "
        "It has: base_url, model, api_key_env, prompt, stream, timeout_s."
    )


def test_without_names_the_safe_ones_are_taken(tmp_path: Path) -> None:
    """A notebook says itself that it may ask any endpoint; no list is kept."""
    for name, safe in (("01_ask", True), ("05_speed", False), ("02_connect", True)):
        notebook = {"cells": [], "metadata": {"endpointscope": {"safe": safe}}}
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(notebook))
    found = plan.find([], folder=tmp_path)
    assert [path.stem for path in found] == ["01_ask", "02_connect"]


def test_a_notebook_is_found_by_stem_or_path(tmp_path: Path) -> None:
    """01_ask, 01_ask.ipynb and a path mean the same notebook, and it runs once."""
    path = tmp_path / "01_ask.ipynb"
    path.write_text('{"cells": []}')
    assert plan.find(["01_ask", "01_ask.ipynb", "01", "ask", str(path)], folder=tmp_path) == [path]


def test_a_missing_notebook_names_those_there_are(tmp_path: Path) -> None:
    """Whoever mistypes a name sees the right ones."""
    (tmp_path / "01_ask.ipynb").write_text('{"cells": []}')
    with pytest.raises(plan.Refused, match=r"no notebook '01_aks'.* one of these: 01_ask\."):
        plan.find(["01_aks"], folder=tmp_path)


def test_code_in_the_parameters_cell_is_refused(tmp_path: Path) -> None:
    """The cell is read, never run, so it holds plain values only."""
    cell = {"metadata": {"tags": ["parameters"]}, "source": ["base_url = os.environ['URL']"]}
    path = tmp_path / "odd.ipynb"
    path.write_text(json.dumps({"cells": [cell]}))
    with pytest.raises(plan.Refused, match="one name and one plain value each"):
        plan.plan(path, {})


REFUSALS = [
    (["nonsense"], "There is no notebook 'nonsense'."),
    (["sk-proj-0123456789"], "There is no such notebook."),
    (["--base-url", "ftp://example.org"], "Expected an http or https address"),
    (["--api-key-env", "sk-proj-0123456789"], "Expected the name of an environment variable"),
    (["-p", "api_key_env=sk-proj-0123456789"], "Expected the name of an environment variable"),
    (["--api-key", "sk-proj-0123456789"], "There is no --api-key here"),
    (["--api-key=sk-proj-0123456789"], "--api-key-env takes its variable's name"),
    (["-p", "api_key=sk-proj-0123456789"], "has no parameter 'api_key'"),
    (["-p", "timeout_s=sk-proj-0123456789"], "The parameter timeout_s expects a number"),
    (["-p", "sk-proj-0123456789"], "-p expects NAME=VALUE"),
    (["--model", "a", "-p", "model=b"], "The parameter model was given twice."),
    (["--header", "sk-proj-0123456789"], "--header expects 'NAME: VALUE'"),
    (["--query", "sk-proj-0123456789"], "--query expects NAME=VALUE"),
    (["--timeout-s", "-1"], "expected a number of seconds above zero"),
    (["--limit-s", "soon"], "expected a number of seconds above zero"),
    (["--api-key-env", "UNSET_HERE"], "The variable UNSET_HERE, named by api_key_env, is not set"),
    (["--api-key-env", "EMPTY_HERE"], "The variable EMPTY_HERE, named by api_key_env, is not set"),
    (["--out", str(FIXTURES)], "--out is the folder of passes.ipynb itself"),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSALS, ids=lambda value: str(value)[:40])
def test_a_wrong_call_is_told_and_never_echoes_a_key(
    arguments: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """Exit code 2, one sentence, before anything runs."""
    monkeypatch.setattr(interpreter, "interpreter", lambda _: (sys.executable, dict(os.environ)))
    monkeypatch.setenv("EMPTY_HERE", "")
    monkeypatch.chdir(tmp_path)
    code = commands.main(["run", str(FIXTURES / "passes.ipynb"), *arguments])
    said = capsys.readouterr()
    assert (2, "") == (code, said.out)
    assert sentence in said.err
    assert 1 == said.err.count("\n")
    assert "sk-proj" not in said.err
    assert [] == [*tmp_path.iterdir()]


def test_a_fault_of_the_kit_is_not_the_endpoints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Python's own exit code for a traceback is 1, which would blame the endpoint."""

    def broken(*_: object, **__: object) -> int:
        raise RuntimeError("a bug")

    monkeypatch.setattr("helpers.run.running.run", broken)
    assert 2 == cli.main(["run", str(FIXTURES / "passes.ipynb"), "--out", str(tmp_path)])
    assert "RuntimeError: a bug" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["run", "01_aks"], "There is no notebook '01_aks'. Did you mean 01_ask?"),
        (["run", "01_ask", "-p", "modle=x"], "no parameter 'modle'. Did you mean model?"),
        (["truth", "truncatoin"], "no group 'truncatoin' of faults. Did you mean truncation?"),
        (["truth", "cut"], "demo:cut is one fault; give its group: truncation."),
        (["truth", "a\x1b[31m"], "There is no group 'a␛[31m' of faults. There are: calls"),
        (["truth", KEY], "There is no such group of faults. There are: calls"),
        (["demos", "ctu"], "no address 'ctu', and none that mentions it. Did you mean cut"),
        (["demos", KEY], "There is no such address, and none that mentions it. The command demos"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_name_that_nothing_has_is_refused_with_a_guess(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the command: inert in a terminal, and never a key."""
    assert 2 == cli.main(argv)
    told = capsys.readouterr().err
    assert said in told
    assert KEY not in told
    assert "\x1b" not in told
