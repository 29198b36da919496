"""Which Python a command runs in: the one at hand, or that of `.venv`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from helpers.environment import interpreter
from helpers.environment.installation import MissingError, python_in, stamp
from helpers.places import home


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the clone's environment would be; nothing is there yet."""
    monkeypatch.setattr(interpreter, "VENV", tmp_path / ".venv")
    return tmp_path / ".venv"


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The environments that were asked to be built."""
    asked: list[Path] = []
    monkeypatch.setattr(interpreter, "build", lambda venv, wanted: asked.append(venv))
    return asked


def it_holds(monkeypatch: pytest.MonkeyPatch, everything: bool) -> None:
    """Say whether the running interpreter holds what is needed."""
    monkeypatch.setattr(interpreter, "holds", lambda extras: everything)


def made_by_hand(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An activated environment at `.venv` that carries no stamp of ours."""
    python = Path(python_in(venv))
    python.parent.mkdir(parents=True)
    python.touch()
    monkeypatch.setattr(sys, "prefix", str(venv))


def test_an_interpreter_that_holds_everything_is_used(
    venv: Path, built: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside conda or an activated venv nothing is built and nothing is started anew."""
    it_holds(monkeypatch, True)
    assert (sys.executable, dict(os.environ)) == interpreter.interpreter(("test",))
    assert [] == built


def test_otherwise_the_environment_of_the_clone_is_built_and_used(
    venv: Path, built: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interpreter that lacks something hands over to `.venv`, which is built for it."""
    it_holds(monkeypatch, False)
    python, environ = interpreter.interpreter()
    assert str(python_in(venv)) == python
    assert str(venv) == environ["VIRTUAL_ENV"]
    assert [venv] == built


@pytest.mark.parametrize("everything", [True, False])
def test_a_venv_made_by_hand_is_updated_only_if_it_lacks_something(
    everything: bool, venv: Path, built: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`uv venv` makes a .venv as well: what its owner installed there is used as it is."""
    made_by_hand(venv, monkeypatch)
    it_holds(monkeypatch, everything)
    python, _ = interpreter.interpreter()
    assert sys.executable == python
    assert ([] if everything else [venv]) == built


def test_our_own_venv_is_updated_though_it_holds_enough(
    venv: Path, built: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """New pins reach it even where the old versions are still allowed."""
    made_by_hand(venv, monkeypatch)
    stamp(venv, {**interpreter.wanted_stamp(), "inputs": "others"})
    it_holds(monkeypatch, True)
    interpreter.interpreter()
    assert [venv] == built


def test_an_installed_kit_runs_where_it_is(
    venv: Path, built: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a clone there is nothing to build from, and the folder is somebody's own."""
    monkeypatch.setattr(interpreter, "CHECKOUT", None)
    assert (sys.executable, dict(os.environ)) == interpreter.interpreter(("engine", "lab"))
    assert [] == built


def test_a_venv_that_cannot_be_read_is_one_sentence(
    venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the folder and the command that removes it."""
    venv.write_text("a file, not a folder")
    it_holds(monkeypatch, False)
    with pytest.raises(MissingError, match=r"^\.venv cannot be used .* Remove it: rm -rf "):
        interpreter.interpreter()


def test_requirements_are_met_missed_or_not_meant() -> None:
    """A version too old or a package not there is lacking; a marker for elsewhere is not."""
    project = """
    [project]
    dependencies = ["pytest>=9", "pytest>=999", "no-such-package", "other; python_version < '3'"]
    optional-dependencies.test = ["packaging>=999"]
    """
    assert ["pytest>=999", "no-such-package"] == interpreter.lacking(project, ())
    assert "packaging>=999" == interpreter.lacking(project, ("test",))[-1]


def test_helpers_of_another_checkout_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel must import this checkout's helpers from any folder, not the current one's."""
    monkeypatch.setattr(sys, "path", ["", str(home())])
    assert interpreter.is_importable(home())
    assert not interpreter.is_importable(tmp_path)
    monkeypatch.setattr(sys, "path", [str(home())])
    assert not interpreter.is_importable(home())


def test_the_environments_programs_come_first_on_the_path() -> None:
    """A program started from a cell is the environment's, as after `activate`."""
    given: Mapping[str, str] = {
        "PATH": "/usr/bin", "PYTHONHOME": "/usr", "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    environ = interpreter.activated(given, Path("/kit/.venv"))
    assert ["/usr/bin"] == environ["PATH"].split(os.pathsep)[1:]
    assert str(Path("/kit/.venv")) == environ["VIRTUAL_ENV"]
    assert {"PATH", "VIRTUAL_ENV"} == {*environ}
