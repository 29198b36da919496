"""What README says is so: its commands exist, its links lead somewhere, its workflow is one."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

from helpers.arguments.parser import parse
from helpers.product import NAME, VERSION
from helpers.run.plan import find
from helpers.server.faults.catalogue import unknown

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]
COMMAND_LINES = [
    found[1] for line in LINES
    if (found := re.match(r"(?:python3 -m helpers|endpointscope) (.*)", line))
]  # fmt: skip


def test_the_two_commands_stand_at_the_top() -> None:
    """Whoever opens README sees what to type without scrolling."""
    top = "\n".join(README.splitlines()[:12])
    assert "python3 -m helpers lab" in top
    assert "python3 -m helpers test" in top


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_a_command_of_readme_is_understood(line: str) -> None:
    """Its name, options, notebooks and modes exist."""
    asked = parse(shlex.split(line))
    if asked.command == "run":
        assert find(asked.notebooks)
        name = (asked.base_url or "").partition("demo:")[2]
        assert not name or not unknown(name)


def test_the_lines_that_install_name_what_there_is() -> None:
    """Their extras, files and versions are the project's."""
    lines = [line for line in LINES if " install " in line or line.startswith("conda ")]
    assert 4 == len(lines)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extras in re.findall(r"\[([\w,]+)\]", " ".join(lines)):
        assert {*extras.split(",")} <= project["optional-dependencies"].keys()
    files = re.findall(r"(?:-f|-r|-c) (\S+)", " ".join(lines))
    assert {"environment.yml", "helpers/constraints.txt"} == {*files}
    assert {VERSION} == {*re.findall(rf"{NAME}-([\d.]+)-py3", README)}


def test_every_link_leads_to_a_file() -> None:
    """Notebooks, pictures and cards that README names are there."""
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(targets) > 4
    assert [] == [target for target in targets if not (ROOT / target).is_file()]


def test_every_notebook_is_named() -> None:
    """README lists the notebooks that exist, and no other."""
    stems = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert stems == set(re.findall(r"\(notebooks/(\w+)\.ipynb\)", README))


def test_the_workflow_is_ten_lines_of_yaml() -> None:
    """It runs this kit's command, pinned to a commit, and keeps what came."""
    [block] = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    steps = yaml.safe_load(block)["jobs"]["endpoint"]["steps"]
    assert "ref" in steps[0]["with"]
    assert steps[1]["run"].startswith("python3 -m helpers run")
