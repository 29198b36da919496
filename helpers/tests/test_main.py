"""The commands as a shell starts them: their exit codes, and what they print."""

from __future__ import annotations

import ast
import io
import os
import subprocess
import sys

import pytest

from helpers import __main__ as commands
from helpers.arguments.parser import COMMANDS
from helpers.environment import interpreter
from helpers.places import PACKAGE, home

KEY = "sk-proj-0123456789"


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The running Python is the one: nothing replaces the tests' process."""
    monkeypatch.setattr(interpreter, "interpreter", lambda _: (sys.executable, dict(os.environ)))


def typed(*argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    """How a command ended that was typed in the clone."""
    return subprocess.run(
        [sys.executable, "-m", "helpers", *argv], cwd=home(), env=os.environ | more,
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_an_unknown_command_is_answered_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The exit code tells a script, the list tells a person."""
    assert 2 == commands.main(["tset"])
    said = capsys.readouterr()
    assert f"Expected one of these commands: {', '.join(COMMANDS)}." in said.err
    assert "" == said.out


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"]])
def test_help_names_the_commands(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command the help is printed, and that is no error."""
    assert 0 == commands.main(argv)
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in COMMANDS)


def test_help_shows_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever writes a CI job finds there what a code means."""
    assert 0 == commands.main(["run", "--help"])
    assert "0 passed · 1 the endpoint failed" in capsys.readouterr().out


def test_a_wrong_call_in_a_real_shell_is_one_sentence() -> None:
    """Exit code 2, nothing on stdout, no traceback, no usage, and never the key."""
    done = typed("run", "01_ask", "--api-key", KEY)
    assert (2, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("There is no --api-key here. ")
    assert 1 == done.stderr.count("\n")
    assert KEY not in done.stderr


def test_a_log_of_ascii_shows_what_is_like_a_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    """LC_ALL=C or PYTHONIOENCODING=ascii must not end a run."""
    log = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", log)
    assert 0 == commands.main(["run", "--help"])
    print("✓ a tree 🌳 … ✕")
    log.seek(0)
    said = log.read()
    assert "0 passed - 1 the endpoint failed" in said
    assert "+ a tree ? ... x\n" in said


def test_an_older_python_gets_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The floor is said before anything is imported that an older Python lacks."""
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    assert 2 == commands.main(["run", "--api-key", KEY])
    said = capsys.readouterr().err
    assert said.startswith("Python 3.11 or newer is needed; this is ")
    assert said.endswith(" Try: python3.11 -m helpers\n")


def test_what_starts_first_parses_on_an_older_python() -> None:
    """An older Python must come as far as the sentence that says it is too old."""
    for name in ("__init__.py", "__main__.py"):
        ast.parse((PACKAGE / name).read_text(encoding="utf-8"), feature_version=(3, 8))


def test_the_start_needs_the_standard_library_only() -> None:
    """Without any installed package the commands still load and explain themselves."""
    program = (
        "import sys; sys.path.insert(0, '.')\n"
        "from helpers import __main__, arguments\n"
        "from helpers.environment import installation, interpreter, lab\n"
        "assert __main__.main(['tset']) == 2 and __main__.main(['run', '--help']) == 0\n"
        "print(*sys.modules, sep='\\n')"
    )
    command = [sys.executable, "-I", "-S", "-c", program]
    loaded = subprocess.run(command, cwd=home(), capture_output=True, text=True, check=True)
    names = loaded.stdout.partition("gpt-3.5-turbo\n")[2].split()
    tops = {name.partition(".")[0] for name in names}
    assert {"helpers", "__main__"} == tops - sys.stdlib_module_names


@pytest.mark.parametrize("command", ["test", "pins"])
def test_a_command_of_the_clone_says_so_elsewhere(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The wheel holds neither the tests nor the pins."""
    monkeypatch.setattr("helpers.places.CHECKOUT", None)
    assert 2 == commands.main([command])
    assert f"{command} needs a clone of the repository.\n" == capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="a closed stdout is a matter of POSIX shells")
@pytest.mark.parametrize(
    ("redirected", "sentence"),
    [(">&-", "Standard output is closed."), (">/dev/full", "Nothing more can be written here: ")],
)
def test_an_output_that_takes_nothing_is_our_failure(redirected: str, sentence: str) -> None:
    """Exit code 2 and one sentence: 1 would blame the endpoint."""
    done = subprocess.run(
        f"{sys.executable} -m helpers demos {redirected}", shell=True, cwd=home(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (2, 1) == (done.returncode, done.stderr.count("\n"))
    assert done.stderr.startswith(sentence)
