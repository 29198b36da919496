"""The files that say what the project needs agree, and the settings that travel with it hold."""

from __future__ import annotations

import os
import re
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from helpers.environment.installation import EXTRAS, PINS, PROJECT, WITHOUT_MUSL_WHEEL
from helpers.environment.interpreter import requirements
from helpers.places import home

ONLY_ON_PYPI = {"xllamacpp"}
CONDA_NAMES = {
    "playwright": "playwright-python", "brotli": "brotli-python",
    "backports-zstd": "backports.zstd",
}  # fmt: skip
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


@pytest.fixture(scope="module")
def required() -> dict[str, Requirement]:
    """Return the requirements of pyproject.toml, the tests' included, by normalised name."""
    found = map(Requirement, requirements(PROJECT.read_text(encoding="utf-8"), EXTRAS))
    return {canonicalize_name(one.name): one for one in found}


@pytest.fixture(scope="module")
def conda() -> list[str | dict[str, list[str]]]:
    """Return the dependencies of environment.yml."""
    return yaml.safe_load((home() / "environment.yml").read_text(encoding="utf-8"))["dependencies"]


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
    """The last line installs this checkout, and the extra that conda-forge has not."""
    assert conda[-1] == {"pip": ["-e .[engine]"]}
    engine = requirements(PROJECT.read_text(encoding="utf-8"), ("engine",))
    assert Requirement(engine[-1]).name in ONLY_ON_PYPI


def test_each_conda_line_says_what_for():
    """A purpose stands beside every package."""
    text = (home() / "environment.yml").read_text(encoding="utf-8").partition("dependencies:")[2]
    packages = [line for line in text.splitlines() if line.strip().startswith("- ")]
    assert [line for line in packages if " # " not in line and line.strip() != "- pip:"] == []


def test_every_direct_dependency_is_pinned(required):
    """constraints.txt pins each of them to a version that pyproject.toml allows."""
    exact = {canonicalize_name(pin.name): pin.specifier for pin in map(Requirement, pinned())}
    assert required.keys() - exact.keys() == set()
    versions = {name: next(iter(exact[name])).version for name in required}
    assert all(one.specifier.contains(versions[name]) for name, one in required.items())


def test_the_build_backend_is_pinned(required):
    """An editable install without isolation builds with what constraints.txt brought."""
    backend = Requirement(project()["build-system"]["requires"][0])
    pins = {canonicalize_name(pin.name): pin for pin in map(Requirement, pinned())}
    version = next(iter(pins[backend.name].specifier)).version
    assert backend.specifier.contains(version)


def test_pins_are_exact_hashed_and_name_no_address():
    """A pin is a name, a version and hashes: no index, no path, no build of one machine."""
    lines = PINS.read_text(encoding="utf-8").splitlines()
    assert len(pinned()) > 100
    assert [line for line in pinned() if "==" not in line] == []
    assert [line for line in pinned() if any(mark in line for mark in ("//", "@", "+"))] == []
    assert [line for line in lines if line.startswith(" ") and not HASH.fullmatch(line)] == []
    after = dict(zip(lines, [*lines[1:], ""], strict=True))
    assert [line for line in lines if line[:1].isalnum() and not HASH.fullmatch(after[line])] == []


def test_what_musl_does_without_is_required_elsewhere(required):
    """What Alpine leaves out is something that would have been installed otherwise."""
    assert set(WITHOUT_MUSL_WHEEL) <= required.keys()


def test_ci_runs_the_documented_command():
    """What CI calls is what a person types."""
    workflow = yaml.safe_load((home() / ".github/workflows/tests.yml").read_text("utf-8"))
    assert workflow["jobs"]["tests"]["steps"][-1] == {"run": ".ci/run"}
    script = (home() / ".ci/run").read_text(encoding="utf-8")
    assert 'python3 -m helpers test "$@"' in script
    assert os.name == "nt" or os.access(home() / ".ci/run", os.X_OK)


def project() -> dict[str, dict[str, list[str]]]:
    """What pyproject.toml says."""
    return tomllib.loads(PROJECT.read_text(encoding="utf-8"))


def pinned() -> list[str]:
    """The requirements of constraints.txt, without their hashes."""
    lines = PINS.read_text(encoding="utf-8").splitlines()
    return [line.removesuffix(" \\") for line in lines if not line.startswith((" ", "#"))]


@pytest.mark.xdist_group("held")
def test_tests_of_a_group_stay_in_one_process(request):
    """A release of pytest that pytest-xdist did not know gave each process a JupyterLab."""
    group = "@held" if "PYTEST_XDIST_WORKER" in os.environ else ""
    assert request.node.nodeid.endswith(f"in_one_process{group}")
