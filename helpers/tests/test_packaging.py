"""The files that say what the project needs agree, and the settings that travel with it hold."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from helpers import __main__ as commands
from helpers import installed, installer
from helpers.installer import CHECKOUT

ONLY_ON_PYPI = {"xllamacpp"}
CONDA_NAMES = {"playwright": "playwright-python"}


@pytest.fixture(scope="module")
def required() -> dict[str, Requirement]:
    """Return the requirements of pyproject.toml, the tests' included, by normalised name."""
    project = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    found = map(Requirement, installed.requirements(project, ("engine", "lab", "test")))
    return {canonicalize_name(one.name): one for one in found}


@pytest.fixture(scope="module")
def conda() -> list[str | dict[str, list[str]]]:
    """Return the dependencies of environment.yml."""
    return yaml.safe_load((CHECKOUT / "environment.yml").read_text(encoding="utf-8"))[
        "dependencies"
    ]


def test_conda_asks_for_the_same_versions(required, conda):
    """environment.yml repeats pyproject.toml under conda-forge's names, nothing more or less."""
    specs = dict(spec.partition(" ")[::2] for spec in conda if isinstance(spec, str))
    assert specs.pop("python") == ">=3.11"
    assert specs.pop("pip") == ""
    expected = {
        CONDA_NAMES.get(name, name): one.specifier
        for name, one in required.items()
        if name not in ONLY_ON_PYPI
    }
    assert {name: Requirement(f"x{spec}").specifier for name, spec in specs.items()} == expected


def test_conda_leaves_the_helpers_to_pip(conda):
    """The last line installs this checkout, and with it what conda-forge has not."""
    assert conda[-1] == {"pip": ["-e ."]}


def test_each_conda_line_says_what_for():
    """A purpose stands beside every package."""
    text = (CHECKOUT / "environment.yml").read_text(encoding="utf-8").partition("dependencies:")[2]
    packages = [line for line in text.splitlines() if line.strip().startswith("- ")]
    assert [line for line in packages if " # " not in line and line.strip() != "- pip:"] == []


def test_every_direct_dependency_is_pinned(required):
    """constraints.txt pins each of them to a version that pyproject.toml allows."""
    pins = [Requirement(line) for line in constraints()]
    exact = {canonicalize_name(pin.name): pin.specifier for pin in pins}
    assert required.keys() - exact.keys() == set()
    versions = {name: next(iter(exact[name])).version for name in required}
    assert all(one.specifier.contains(versions[name]) for name, one in required.items())


def test_pins_are_exact_and_name_no_address():
    """A pin is a name and a version: no index, no path, no hash, no build of one machine."""
    assert all("==" in line for line in constraints())
    assert [line for line in constraints() if any(mark in line for mark in ("//", "@", "+"))] == []


def test_musl_overrides_name_real_requirements(required):
    """What Alpine leaves out is something that would have been installed otherwise."""
    lines = installer.WITHOUT_WHEEL.read_text(encoding="utf-8").splitlines()
    left_out = {Requirement(line).name for line in lines if not line.startswith("#")}
    assert left_out <= required.keys()


def test_the_bootstrap_parses_on_an_older_python():
    """An older Python must come as far as the sentence that says it is too old."""
    for name in ("__init__.py", "__main__.py"):
        text = (CHECKOUT / "helpers" / name).read_text(encoding="utf-8")
        ast.parse(text, feature_version=(3, 8))


def test_jupyterlab_shows_no_news_and_looks_for_no_update():
    """JupyterLab itself reads the project's settings as its defaults."""
    program = """
import json
from jupyterlab.labapp import LabApp
from jupyterlab_server.settings_utils import _get_overrides
app = LabApp()
app.load_config_file()
print(json.dumps({
    "config": app.config.LabApp,
    "notification": _get_overrides("")[0]["@jupyterlab/apputils-extension:notification"],
}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=commands.lab_environment(os.environ),
        capture_output=True,
        check=True,
        text=True,
    )
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["notification"] == {"checkForUpdates": False, "fetchNews": "false"}
    assert said["config"]["news_url"] is None
    assert said["config"]["check_for_updates_class"] == "jupyterlab.NeverCheckForUpdate"


def test_ci_runs_the_documented_command():
    """What CI calls is what a person types."""
    workflow = yaml.safe_load((CHECKOUT / ".github/workflows/tests.yml").read_text("utf-8"))
    assert workflow["jobs"]["tests"]["steps"][-1] == {"run": ".ci/run"}
    script = (CHECKOUT / ".ci/run").read_text(encoding="utf-8")
    assert 'python3 -m helpers test "$@"' in script
    assert os.name == "nt" or os.access(CHECKOUT / ".ci/run", os.X_OK)


def constraints() -> list[str]:
    """Return the lines of constraints.txt."""
    return (CHECKOUT / "helpers" / "constraints.txt").read_text(encoding="utf-8").splitlines()
