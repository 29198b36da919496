"""JupyterLab as the command starts it: its page, its settings and the notebooks it opens."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from helpers.environment import lab
from helpers.environment.installation import MissingError
from helpers.places import NOTEBOOKS, OUT_VARIABLE, PACKAGE

FIRST = "--LabApp.default_url=/lab/tree/notebooks/01_ask.ipynb"
NAMES = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))


def test_lab_opens_the_first_notebook_unless_one_is_named() -> None:
    """What follows the command goes to jupyter lab, a notebook of one's own included."""
    assert (NOTEBOOKS / lab.FIRST).is_file()
    assert [FIRST, "--no-browser"] == lab.arguments(
        ["--no-browser"], folder="notebooks", root=False
    )
    assert ["x.ipynb"] == lab.arguments(["x.ipynb"], folder="notebooks", root=False)


def test_root_is_allowed_once() -> None:
    """In a container everybody is root, and JupyterLab would refuse to start."""
    assert "--allow-root" == lab.arguments([], folder="notebooks", root=True)[0]
    typed = lab.arguments(["--allow-root"], folder="notebooks", root=True)
    assert 1 == typed.count("--allow-root")


def test_labs_settings_stand_beside_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project's settings are added; a path of the user's stays behind them."""
    monkeypatch.setenv(OUT_VARIABLE, str(tmp_path))
    environ = lab.variables({"JUPYTER_CONFIG_PATH": "/mine", "HOME": "/home/me"})
    ours = str(PACKAGE / "jupyter")
    assert os.pathsep.join([ours, "/mine"]) == environ["JUPYTER_CONFIG_PATH"]
    assert "/home/me" == environ["HOME"]
    assert str(tmp_path) == environ[OUT_VARIABLE]
    assert str(tmp_path / "workspaces") == environ["JUPYTERLAB_WORKSPACES_DIR"]


def test_a_variable_that_is_set_for_lab_stays() -> None:
    """Whoever keeps workspaces or output elsewhere finds them there."""
    mine = {"JUPYTERLAB_WORKSPACES_DIR": "/mine", OUT_VARIABLE: "/out"}
    assert mine.items() <= lab.variables(mine).items()


def test_an_installed_kit_copies_its_notebooks_once(tmp_path: Path) -> None:
    """What somebody changed in a copy is never written over; what is missing comes back."""
    folder = tmp_path / lab.COPIES
    assert lab.COPIES == lab.copied(folder)
    assert NAMES == sorted(path.name for path in folder.iterdir())
    (folder / NAMES[0]).write_text("mine")
    (folder / NAMES[1]).unlink()
    lab.copied(folder)
    assert "mine" == (folder / NAMES[0]).read_text()
    assert (NOTEBOOKS / NAMES[1]).read_bytes() == (folder / NAMES[1]).read_bytes()


def test_without_jupyterlab_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wheel brings it only as an extra; nothing is copied before it is there."""
    monkeypatch.setattr(lab, "CHECKOUT", None)
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda name: None)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MissingError, match=r"pip install 'endpointscope\[lab,engine\]'$"):
        lab.start([], sys.executable, {})
    assert [] == [*tmp_path.iterdir()]


def test_jupyterlab_looks_for_no_update() -> None:
    """That it reads this file, and shows no news, is asked of a running one in test_wheel."""
    settings = json.loads((PACKAGE / "jupyter" / "jupyter_lab_config.json").read_text("utf-8"))
    assert "jupyterlab.NeverCheckForUpdate" == settings["LabApp"]["check_for_updates_class"]
