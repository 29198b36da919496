"""The wheel: one package with its notebooks, which works in an empty folder without a clone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import sysconfig
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from zipfile import ZipFile

import matplotlib
import pytest

from helpers.environment.installation import python_in, scripts_in
from helpers.environment.lab import COPIES
from helpers.places import NOTEBOOKS, PACKAGE, home
from helpers.product import NAME, VERSION
from helpers.tests.support.waiting import PATIENCE_S

# The parts of the folder that serve its developers only.
LEFT_OUT = ("tests", "training", "constraints.txt", "environment/wheel.py")
NEWS = "@jupyterlab/apputils-extension:notification"
HEADINGS = "@jupyterlab/toc-extension:registry"
STEMS = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))

# All of them need the wheel: one process builds it.
pytestmark = pytest.mark.xdist_group("wheel")


@dataclass(frozen=True)
class Installed:
    """An environment that holds the wheel, and the variables of somebody who just logged in."""

    program: Path
    package: Path
    environ: dict[str, str]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this clone."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=home(), capture_output=True, check=True)
    return folder / f"{NAME}-{VERSION}-py3-none-any.whl"


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an environment of its own, which borrows this one's packages: no network."""
    folder = tmp_path_factory.mktemp("installed")
    uv = [sys.executable, "-m", "uv", "--offline", "--quiet"]
    venv = folder / "venv"
    subprocess.run([*uv, "venv", "--python", sys.executable, str(venv)], check=True)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(venv)}))
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    python = str(python_in(venv))
    subprocess.run([*uv, "pip", "install", "--no-deps", "--python", python, str(wheel)], check=True)
    kept = ("PATH", "SYSTEMROOT", "TEMP", "TMP")
    environ = {name: os.environ[name] for name in kept if name in os.environ}
    (folder / "home").mkdir()
    environ |= {
        "HOME": str(folder / "home"), "USERPROFILE": str(folder / "home"),
        "JUPYTERLAB_DIR": str(Path(sys.prefix, "share", "jupyter", "lab")),
        # Its list of fonts takes seconds to make anew.
        "MPLCONFIGDIR": matplotlib.get_cachedir(),
    }  # fmt: skip
    return Installed(Path(scripts_in(venv)) / NAME, packages / NAME, environ)


def test_the_wheel_is_one_package_with_its_notebooks(wheel: Path) -> None:
    """Nothing lies beside it in somebody's site-packages, and no test travels along."""
    names = ZipFile(wheel).namelist()
    assert {NAME, f"{NAME}-{VERSION}.dist-info"} == {name.partition("/")[0] for name in names}
    inside = {name.removeprefix(f"{NAME}/") for name in names}
    assert not [name for name in inside if name.startswith(LEFT_OUT)]
    assert {f"notebooks/{stem}.ipynb" for stem in STEMS} <= inside
    ours = {Path(name).relative_to(PACKAGE).as_posix() for name in files(PACKAGE)}
    assert {name for name in ours if not name.startswith(LEFT_OUT)} <= inside


def test_the_packed_notebooks_know_no_clone(wheel: Path) -> None:
    """They import the package and name the command by the name that the wheel gives them."""
    for stem in STEMS:
        text = ZipFile(wheel).read(f"{NAME}/notebooks/{stem}.ipynb").decode()
        assert f"import {NAME} as es" in text or f"from {NAME} import cells" in text
        assert "helpers" not in text


@pytest.mark.slow
def test_the_command_explains_itself(installed: Installed, tmp_path: Path) -> None:
    """It is called as the product, and one that needs a clone says so."""
    told, refused = (
        subprocess.run(
            [installed.program, *arguments], cwd=tmp_path, env=installed.environ, text=True,
            capture_output=True, check=False,
        ) for arguments in (["run", "--help"], ["test"])
    )  # fmt: skip
    assert told.stdout.startswith(f"usage: {NAME} run ")
    assert (2, "test needs a clone of the repository.\n") == (refused.returncode, refused.stderr)


@pytest.mark.slow
@pytest.mark.notebook
def test_a_run_passes_in_an_empty_folder(installed: Installed, tmp_path: Path) -> None:
    """All that it leaves is in out/, the case file too; the package stays as it was."""
    before = files(installed.package)
    done = subprocess.run(
        [installed.program, "run", "07_replay"], cwd=tmp_path, env=installed.environ,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout + done.stderr
    assert ["out"] == [path.name for path in tmp_path.iterdir()]
    assert [*(tmp_path / "out" / "recordings").glob("*.md")]
    assert before == files(installed.package)


@pytest.mark.slow
def test_lab_opens_copies_of_the_notebooks(installed: Installed, tmp_path: Path) -> None:
    """JupyterLab serves them from a folder of their own, shows no news and looks for no update."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", f"--port={port}", "--ServerApp.token=token"]
    with (tmp_path.parent / "lab.log").open("wb") as log, subprocess.Popen(
        [installed.program, "lab", *options], cwd=tmp_path, env=installed.environ, stdout=log,
        stderr=log,
    ) as server:  # fmt: skip
        try:
            paths = (*(f"lab/api/settings/{one}" for one in (NEWS, HEADINGS)), "")
            listed, told, headings, page = (
                answered(f"http://127.0.0.1:{port}/{path}?token=token", server)
                for path in (f"api/contents/{COPIES}", *paths)
            )
        finally:
            server.terminate()
    assert STEMS == sorted(Path(one["name"]).stem for one in json.loads(listed)["content"])
    assert b"JupyterLab" in page
    assert b'"news": {"disabled": true}' in page
    shown = json.loads(told)["schema"]["properties"]
    assert (False, "false") == (shown["checkForUpdates"]["default"], shown["fetchNews"]["default"])
    # An answer's headings are not the notebook's, and to look for them holds the page.
    assert not json.loads(headings)["schema"]["properties"]["includeOutput"]["default"]


def files(folder: Path) -> list[str]:
    """What lies in a folder, apart from what Python compiles."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(str(path) for path in found if "__pycache__" not in path.parts)


def answered(url: str, server: subprocess.Popen[bytes]) -> bytes:
    """What an address says as soon as the server listens."""
    until = monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
                return answer.read()
        except OSError:
            assert server.poll() is None, "JupyterLab ended"
            assert monotonic() < until
            sleep(0.1)
