"""The environment the commands run in: found, built, brought up to date, or missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from helpers import __main__ as commands
from helpers import bootstrap, installed, installer
from helpers.installer import CHECKOUT, MissingError, Tools

WANTED = bootstrap.stamp_of([b"project", b"pins"], place="/here", python="cpython-311")
EVERYTHING = Tools(uv="/bin/uv", venv=True, ensurepip=True, pip=True)


def an_environment(folder: Path, stamp: object) -> Path:
    """Return a folder that looks like an environment; without a stamp when that is None."""
    python = Path(installer.python_in(folder))
    python.parent.mkdir(parents=True)
    python.touch()
    if stamp is not None:
        (folder / "stamp.json").write_text(json.dumps(stamp), encoding="utf-8")
    return folder


def test_each_system_has_its_own_place_for_python():
    """Windows keeps an environment's programs in Scripts, with a suffix; the others in bin."""
    windows, mac = PureWindowsPath("C:/kit/.venv"), PurePosixPath("/Users/me/kit/.venv")
    assert str(installer.python_in(windows, windows=True)) == r"C:\kit\.venv\Scripts\python.exe"
    assert str(installer.uv_in(windows, windows=True)) == r"C:\kit\.venv\Scripts\uv.exe"
    assert str(installer.python_in(mac, windows=False)) == "/Users/me/kit/.venv/bin/python"


def test_uv_on_the_path_builds_everything():
    """With uv no other tool is asked, whatever else there is."""
    made, installs = installer.plan(EVERYTHING, Path("/kit/.venv"))
    assert made[:2] == ["/bin/uv", "venv"]
    assert installs[:3] == ["/bin/uv", "pip", "install"]


def test_without_uv_the_new_environment_brings_it():
    """The environment's own pip installs uv, and uv the rest."""
    tools = Tools(uv=None, venv=True, ensurepip=True, pip=False)
    made, brought, installs = installer.plan(tools, Path("/kit/.venv"))
    assert made == [sys.executable, "-m", "venv", str(Path("/kit/.venv"))]
    assert brought[:4] == [str(installer.python_in(Path("/kit/.venv"))), "-m", "pip", "install"]
    assert installs[0] == str(installer.uv_in(Path("/kit/.venv")))


def test_without_ensurepip_the_outer_pip_brings_uv():
    """Debian without python3-venv: an environment without pip, filled from outside."""
    tools = Tools(uv=None, venv=True, ensurepip=False, pip=True)
    made, brought, _ = installer.plan(tools, Path("/kit/.venv"))
    assert "--without-pip" in made
    assert brought[:4] == [sys.executable, "-m", "pip", "--python"]


@pytest.mark.parametrize("pip", [True, False])
def test_without_any_tool_one_sentence_names_the_command(pip: bool):
    """What is missing is said together with the command that brings it."""
    tools = Tools(uv=None, venv=not pip, ensurepip=False, pip=pip)
    with pytest.raises(MissingError) as error:
        installer.plan(tools, Path("/kit/.venv"))
    assert str(error.value) == (
        "This Python cannot build an environment: run `sudo apt install python3-venv`"
        " (Debian, Ubuntu) or install uv, then start again."
    )


def test_an_update_only_installs():
    """An environment that exists already is not made a second time."""
    (installs,) = installer.plan(EVERYTHING, Path("/kit/.venv"), update=True)
    assert installs[-2:] == ["--editable", f"{CHECKOUT}[engine,lab,test]"]


def test_musl_leaves_out_what_has_no_wheel_there():
    """On Alpine nothing is compiled: the packages without a wheel are overridden away."""
    assert "--override" in installer.install("uv", "python", musl=True)
    assert "--override" not in installer.install("uv", "python", musl=False)


@pytest.mark.parametrize(
    "other",
    [
        bootstrap.stamp_of([b"project", b"other"], place="/here", python="cpython-311"),
        bootstrap.stamp_of([b"other", b"pins"], place="/here", python="cpython-311"),
        bootstrap.stamp_of([b"project", b"pins"], place="/there", python="cpython-311"),
        bootstrap.stamp_of([b"project", b"pins"], place="/here", python="cpython-313"),
    ],
    ids=["pins", "project", "place", "python"],
)
def test_the_stamp_changes_with_every_input(tmp_path: Path, other: dict[str, str]):
    """Other pins, another project file, place or Python: the environment is not ready."""
    assert other != WANTED
    assert bootstrap.standing(an_environment(tmp_path / "venv", WANTED), other) != "ready"


@pytest.mark.parametrize(
    ("stamp", "word"),
    [
        (WANTED, "ready"),
        ({**WANTED, "inputs": "others"}, "stale"),
        ({**WANTED, "place": "/there"}, "broken"),
        ({**WANTED, "python": "cpython-313"}, "broken"),
        ({"state": "building"}, "broken"),
        (None, "foreign"),
    ],
)
def test_an_environment_stands_as_its_stamp_says(tmp_path: Path, stamp: object, word: str):
    """New pins update it; a move, another Python or an interruption rebuild it."""
    assert bootstrap.standing(an_environment(tmp_path / "venv", stamp), WANTED) == word


def test_an_environment_without_python_is_broken(tmp_path: Path):
    """A stamp alone runs nothing, for example after its Python was removed."""
    venv = an_environment(tmp_path / "venv", WANTED)
    Path(installer.python_in(venv)).unlink()
    assert bootstrap.standing(venv, WANTED) == "broken"


def test_a_half_built_environment_is_emptied_and_built(tmp_path: Path, monkeypatch):
    """What an interrupted start left behind does not stay in the new environment."""
    venv = an_environment(tmp_path / "venv", {"state": "building"})
    (venv / "leftover").touch()
    ran: list[list[str]] = []
    monkeypatch.setattr(installer, "run", lambda command, environ: ran.append(command))
    bootstrap.build(venv, WANTED)
    assert not (venv / "leftover").exists()
    assert json.loads((venv / "stamp.json").read_text(encoding="utf-8")) == WANTED
    assert len(ran) >= 2


def test_somebody_elses_environment_is_never_emptied(tmp_path: Path, monkeypatch):
    """A `.venv` that was made by hand keeps what it holds, also when the update fails."""
    venv = an_environment(tmp_path / "venv", None)
    (venv / "mine").touch()

    def fails(command: list[str], environ: dict[str, str]) -> None:
        raise MissingError("no network")

    monkeypatch.setattr(installer, "run", fails)
    with pytest.raises(MissingError):
        bootstrap.build(venv, WANTED)
    assert (venv / "mine").exists()
    assert bootstrap.standing(venv, WANTED) == "foreign"


def test_a_failed_build_is_tried_again(tmp_path: Path, monkeypatch):
    """After a failure the next start builds anew instead of using the half."""

    def fails(command: list[str], environ: dict[str, str]) -> None:
        raise MissingError("no network")

    monkeypatch.setattr(installer, "run", fails)
    with pytest.raises(MissingError):
        bootstrap.build(tmp_path / "venv", WANTED)
    assert bootstrap.standing(tmp_path / "venv", WANTED) == "broken"


def test_a_failing_command_shows_its_words_and_itself(capsys):
    """The tool's own words come first, then one sentence with the command."""
    command = [sys.executable, "-c", "print('no route to host'); raise SystemExit(1)"]
    with pytest.raises(MissingError, match=r"^\.venv could not be built, for the reason above\. "):
        installer.run(command, dict(os.environ))
    assert capsys.readouterr().err == "no route to host\n"


def test_a_second_start_waits_for_the_lock(tmp_path: Path):
    """While one start builds, another cannot take the lock; afterwards it can."""
    with bootstrap.locked(tmp_path / "lock"), (tmp_path / "lock").open("a+b") as other:
        assert not bootstrap.taken(other)
    with (tmp_path / "lock").open("a+b") as other:
        assert bootstrap.taken(other)


def test_pips_registry_is_passed_on_to_uv():
    """Of itself uv reads none of pip's settings: indexes, links and certificates are told."""
    config = (
        "global.cert='/etc/ssl/ca.crt'\n"
        "global.extra-index-url='https://b/simple\\nhttps://c/simple'\n"
        "global.index-url='https://default/simple'\n"
        ":env:.index-url='https://a/simple'\n"
        "global.timeout='60'\n"
    )
    assert installer.uv_settings(config, {}) == {
        "SSL_CERT_FILE": "/etc/ssl/ca.crt",
        "UV_DEFAULT_INDEX": "https://a/simple",
        "UV_INDEX": "https://b/simple https://c/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


def test_uvs_own_settings_come_first():
    """A variable that is set for uv is not replaced by pip's."""
    config = "global.index-url='https://a/simple'\n"
    assert installer.uv_settings(config, {"UV_DEFAULT_INDEX": "https://mine/simple"}) == {}


def test_an_interpreter_that_holds_everything_is_used(monkeypatch):
    """Inside conda or an activated venv nothing is built and nothing is started anew."""
    monkeypatch.setattr(bootstrap, "VENV", CHECKOUT / "there is no such environment")
    monkeypatch.setattr(installed, "holds", lambda checkout, extras: True)
    monkeypatch.setattr(bootstrap, "build", None)
    assert bootstrap.interpreter(("test",)) == (sys.executable, dict(os.environ))


def test_otherwise_the_environment_of_the_checkout_is_built_and_used(tmp_path: Path, monkeypatch):
    """An interpreter that lacks something hands over to `.venv`, which is built for it."""
    built: list[Path] = []
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "build", lambda venv, wanted: built.append(venv))
    monkeypatch.setattr(installed, "holds", lambda checkout, extras: False)
    python, environ = bootstrap.interpreter()
    assert python == str(installer.python_in(tmp_path / ".venv"))
    assert environ["VIRTUAL_ENV"] == str(tmp_path / ".venv")
    assert built == [tmp_path / ".venv"]


def test_requirements_are_met_missed_or_not_meant():
    """A version too old or a package not there is lacking; a marker for elsewhere is not."""
    project = """
    [project]
    dependencies = ["pytest>=9", "pytest>=999", "no-such-package", "other; python_version < '3'"]
    optional-dependencies.test = ["packaging>=999"]
    """
    assert installed.lacking(project, ()) == ["pytest>=999", "no-such-package"]
    assert installed.lacking(project, ("test",))[-1] == "packaging>=999"


def test_helpers_of_another_checkout_do_not_count(tmp_path: Path, monkeypatch):
    """A kernel must import this checkout's helpers from any folder, not the current one's."""
    monkeypatch.setattr(sys, "path", ["", str(CHECKOUT)])
    assert installed.is_importable(CHECKOUT)
    assert not installed.is_importable(tmp_path)
    monkeypatch.setattr(sys, "path", [str(CHECKOUT)])
    assert not installed.is_importable(CHECKOUT)


def test_the_bootstrap_needs_the_standard_library_only():
    """Without any installed package the commands still load and explain themselves."""
    loads = "import helpers.__main__, helpers.bootstrap, sys; print(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, '.'); {loads}"]
    loaded = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    tops = {name.partition(".")[0] for name in loaded.stdout.split()}
    assert tops - sys.stdlib_module_names == {"helpers", "__main__"}


def test_the_environments_programs_come_first_on_the_path():
    """A program started from a cell is the environment's, as after `activate`."""
    environ = bootstrap.activated({"PATH": "/usr/bin", "PYTHONHOME": "/usr"}, Path("/kit/.venv"))
    assert environ["PATH"].split(os.pathsep)[1:] == ["/usr/bin"]
    assert environ["VIRTUAL_ENV"] == str(Path("/kit/.venv"))
    assert "PYTHONHOME" not in environ


def test_an_unknown_command_is_answered_with_the_known_ones(capsys):
    """The exit code tells a script, the list tells a person."""
    assert commands.main(["tset"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("There is no command 'tset'.")
    assert all(f"  {name} " in said for name in commands.COMMANDS)


@pytest.mark.parametrize("argv", [[], ["--help"]])
def test_help_names_the_commands(argv: list[str], capsys):
    """Without a command the help is printed, and that is no error."""
    assert commands.main(argv) == 0
    assert "  lab " in capsys.readouterr().out


def test_an_older_python_gets_one_sentence(monkeypatch, capsys):
    """The floor is said before anything is imported that an older Python lacks."""
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    assert commands.main(["lab"]) == 2
    assert capsys.readouterr().err.startswith("Python 3.11 or newer is needed, this is ")


def test_lab_opens_the_first_notebook_unless_one_is_named():
    """What follows the command goes to jupyter lab, a notebook of one's own included."""
    first = "--LabApp.default_url=/lab/tree/notebooks/01_ask.ipynb"
    assert commands.lab_arguments(["--no-browser"], root=False) == [first, "--no-browser"]
    assert commands.lab_arguments(["x.ipynb"], root=True) == ["--allow-root", "x.ipynb"]


def test_labs_settings_stand_beside_the_users_own():
    """The project's settings are added; a path of the user's stays behind them."""
    ours = str(CHECKOUT / "helpers" / "jupyter")
    environ = commands.lab_environment({"JUPYTER_CONFIG_PATH": "/mine", "HOME": "/home/me"})
    assert environ["JUPYTER_CONFIG_PATH"] == os.pathsep.join([ours, "/mine"])
    assert environ["HOME"] == "/home/me"
