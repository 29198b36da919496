"""What a command line means, and what is said of one that means nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.arguments.parser import COMMANDS, PASSED_ON, WrongCallError, parse
from helpers.product import NAME, VERSION

KEY = "sk-proj-0123456789"


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_understood(command: str) -> None:
    """Without options it has its defaults."""
    asked = parse([command])
    assert (command, []) == (asked.command, asked.rest)


@pytest.mark.parametrize("command", PASSED_ON)
def test_what_follows_lab_and_test_is_passed_on(command: str) -> None:
    """Their options are JupyterLab's and pytest's, --help and --version among them."""
    rest = ["--help", "-k", "panel", "--version", "x.ipynb", "--port=1"]
    assert rest == parse([command, *rest]).rest


def test_a_run_has_its_options() -> None:
    """What may be repeated comes as a list, in the order typed."""
    asked = parse([
        "run", "01_ask", "03_stream", "--base-url", "localhost:1337", "--header", "a: $B",
        "--header", "c: d", "--query", "v=1", "-p", "stream=false", "--timeout-s", "1.5",
    ])  # fmt: skip
    assert ["01_ask", "03_stream"] == asked.notebooks
    assert (["a: $B", "c: d"], ["v=1"]) == (asked.headers, asked.query)
    assert (["stream=false"], 1.5) == (asked.parameters, asked.timeout_s)
    assert (600.0, 0.0, Path("out")) == (asked.limit_s, asked.wait, asked.out)


def test_notebooks_may_come_after_options() -> None:
    """As with most programs, options and names may come in any order."""
    asked = parse(
        ["run", "01_ask", "-p", "stream=false", "03_stream", "--model", "m", "04_conformance"]
    )
    assert ["01_ask", "03_stream", "04_conformance"] == asked.notebooks
    assert (["stream=false"], "m") == (asked.parameters, asked.model)


WRONG = [
    ([], "Expected one of these commands: lab, test, run, "),
    (["tset"], "Expected one of these commands: lab, test, run, "),
    (["--verbose", "run"], "Expected one of these commands: lab, test, run, "),
    (["run", "--model"], "--model: expected one argument. See "),
    (["run", "--limit-s", "soon"], "--limit-s: expected a number of seconds above zero"),
    (["run", "--limit-s", "0"], "--limit-s: expected a number of seconds above zero"),
    (["run", "--wait", "nan"], "--wait: expected a number of seconds above zero"),
    (["run", "--timeout-s", "inf"], "--timeout-s: expected a number of seconds above zero"),
    (["run", "--base_url", "x"], "There is no --base_url here. Did you mean --base-url? See "),
    (["run", "--headers", "x"], "There is no --headers here. Did you mean --header? See "),
    (["bench", "--quick=yes"], "--quick: expected no value. See "),
    (["pins", "now"], "Too many arguments: put quotes around one that contains spaces. See "),
    (["run", "--api-key=x"], "There is no --api-key here. A key is never typed here: "),
]


@pytest.mark.parametrize(("argv", "sentence"), WRONG, ids=lambda value: str(value)[:40])
def test_a_wrong_call_is_told_what_to_type(argv: list[str], sentence: str) -> None:
    """One line, which names the help that knows more."""
    with pytest.raises(WrongCallError) as wrong:
        parse(argv)
    said = str(wrong.value)
    assert said.startswith(sentence)
    assert f"See python3 -m helpers {argv[0] + ' ' if argv and argv[0] in COMMANDS else ''}--help" \
        in said  # fmt: skip
    assert "\n" not in said


@pytest.mark.parametrize(
    "argv",
    [
        [KEY],
        ["--api-key", KEY],
        ["run", "--api-key", KEY],
        ["run", f"--api-key={KEY}"],
        ["run", f"-k{KEY}"],
        ["run", f"--{KEY}"],
        ["run", "-H", f"Authorization: Bearer {KEY}"],
        ["run", "--limit-s", KEY],
        ["bench", f"--quick={KEY}"],
        ["truth", "timing", KEY],
        ["pins", KEY],
    ],
    ids=" ".join,
)
def test_a_key_typed_anywhere_is_not_echoed(argv: list[str]) -> None:
    """It would stand in the log of a CI job."""
    with pytest.raises(WrongCallError) as wrong:
        parse(argv)
    assert "sk-proj" not in str(wrong.value)


def test_whoever_types_a_key_is_told_how_it_is_given() -> None:
    """The hint stands beside the refusal."""
    with pytest.raises(WrongCallError, match="--api-key-env takes its variable's name"):
        parse(["run", "--api-key", KEY])


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """As every program tells it."""
    with pytest.raises(SystemExit) as left:
        parse(["--version"])
    assert (0, f"{NAME} {VERSION}\n") == (left.value.code, capsys.readouterr().out)
