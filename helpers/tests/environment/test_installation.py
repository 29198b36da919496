"""The environment `.venv`: how it stands, what builds it, and what is said when that fails."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from helpers import lock
from helpers.environment import installation
from helpers.environment.installation import MissingError, Tools
from helpers.places import home

VENV = Path("/kit/.venv")
WANTED = installation.stamp_of([b"project", b"pins"], place="/here", python="cpython-311")
EVERYTHING = Tools(uv="/bin/uv", venv=True, ensurepip=True, pip=True)


def an_environment(folder: Path, stamp: object) -> Path:
    """A folder that looks like an environment; without a stamp when that is None."""
    python = Path(installation.python_in(folder))
    python.parent.mkdir(parents=True)
    python.touch()
    if stamp is not None:
        (folder / "stamp.json").write_text(json.dumps(stamp), encoding="utf-8")
    return folder


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """The commands that would have built an environment, in order."""
    commands: list[Sequence[str]] = []
    monkeypatch.setattr(installation, "run", lambda command, environ: commands.append(command))
    return commands


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first command of every plan fails."""

    def fails(command: Sequence[str], environ: Mapping[str, str]) -> None:
        raise MissingError("no network")

    monkeypatch.setattr(installation, "run", fails)


def test_each_system_has_its_own_place_for_python() -> None:
    """Windows keeps an environment's programs in Scripts, with a suffix; the others in bin."""
    windows, mac = PureWindowsPath("C:/kit/.venv"), PurePosixPath("/Users/me/kit/.venv")
    assert r"C:\kit\.venv\Scripts\python.exe" == str(installation.python_in(windows, windows=True))
    assert "/Users/me/kit/.venv/bin/python" == str(installation.python_in(mac, windows=False))


def test_uv_on_the_path_builds_everything() -> None:
    """With uv no other tool is asked, whatever else there is."""
    commands = installation.plan(EVERYTHING, VENV)
    assert [["/bin/uv", "venv"], ["/bin/uv", "pip"], ["/bin/uv", "pip"]] == [
        command[:2] for command in commands
    ]


def test_without_uv_the_new_environment_brings_it() -> None:
    """The environment's own pip installs uv, and uv the rest."""
    tools = Tools(uv=None, venv=True, ensurepip=True, pip=False)
    made, brought, *rest = installation.plan(tools, VENV)
    assert [sys.executable, "-m", "venv", str(VENV)] == made
    assert [str(installation.python_in(VENV)), "-m", "pip", "install"] == brought[:4]
    assert {str(installation.scripts_in(VENV) / "uv")} == {command[0] for command in rest}


def test_an_environment_is_not_built_by_the_python_inside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That one is removed when the environment is emptied."""
    monkeypatch.setattr(sys, "prefix", str(VENV))
    monkeypatch.setattr(sys, "_base_executable", "/usr/bin/python3")
    made = installation.plan(EVERYTHING, VENV)[0]
    assert "/usr/bin/python3" == made[made.index("--python") + 1]


def test_without_ensurepip_the_outer_pip_brings_uv() -> None:
    """Debian without python3-venv: an environment without pip, filled from outside."""
    tools = Tools(uv=None, venv=True, ensurepip=False, pip=True)
    made, brought, *_ = installation.plan(tools, VENV)
    assert "--without-pip" in made
    assert [sys.executable, "-m", "pip", "--python"] == brought[:4]


@pytest.mark.parametrize("pip", [True, False])
def test_without_any_tool_one_sentence_names_the_command(pip: bool) -> None:
    """What is missing is said together with the command that brings it."""
    tools = Tools(uv=None, venv=not pip, ensurepip=False, pip=pip)
    with pytest.raises(MissingError) as error:
        installation.plan(tools, VENV)
    assert str(error.value) == (
        "This Python cannot build an environment: run `sudo apt install python3-venv`"
        " (Debian, Ubuntu) or install uv, then start again."
    )


@pytest.mark.parametrize(
    "tools", [EVERYTHING, Tools(uv=None, venv=True, ensurepip=True, pip=True)], ids=["uv", "pip"]
)
def test_whatever_is_downloaded_is_checked_by_its_hash(tools: Tools) -> None:
    """Each command either checks hashes or installs the clone itself, and resolves nothing."""
    *downloads, edited = [command for command in installation.plan(tools, VENV) if "-r" in command
                          or "--editable" in command]  # fmt: skip
    assert downloads
    assert all({"--require-hashes", "--no-deps"} <= {*command} for command in downloads)
    assert {"--no-deps", "--no-build-isolation", str(home())} <= {*edited}


def test_an_update_only_installs() -> None:
    """An environment that exists already is not made a second time."""
    first, *_ = installation.plan(EVERYTHING, VENV)
    assert "venv" in first
    assert first not in installation.plan(EVERYTHING, VENV, update=True)


PINNED = """\
one==1 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
two==2 ; sys_platform == 'x' \\
    --hash=sha256:cc"""


def test_a_pin_is_kept_with_its_hashes_or_not_at_all() -> None:
    """What is left out takes its hashes along."""
    assert PINNED + "\n" == installation.pins(PINNED, lambda _: True)
    one, two = (installation.pins(PINNED, name.__eq__) for name in ("one", "two"))
    assert "one==1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n" == one
    assert two.startswith("two==2 ;")
    assert "one" not in two


@pytest.mark.parametrize("musl", [True, False])
def test_musl_leaves_out_what_has_no_wheel_there(
    musl: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Alpine nothing is compiled; everywhere uv itself is pinned apart."""
    monkeypatch.setattr(installation, "IS_MUSL", musl)
    installation.write_pins(tmp_path)
    names = {
        line.partition("==")[0] for line in (tmp_path / "pins.txt").read_text().splitlines()
        if "==" in line
    }  # fmt: skip
    assert musl == names.isdisjoint(installation.WITHOUT_MUSL_WHEEL)
    assert {"jupyterlab", "openai"} <= names
    assert (tmp_path / "uv.txt").read_text().startswith("uv==")


@pytest.mark.parametrize(
    "other",
    [
        installation.stamp_of([b"project", b"other"], place="/here", python="cpython-311"),
        installation.stamp_of([b"other", b"pins"], place="/here", python="cpython-311"),
        installation.stamp_of([b"project", b"pins"], place="/there", python="cpython-311"),
        installation.stamp_of([b"project", b"pins"], place="/here", python="cpython-313"),
    ],
    ids=["pins", "project", "place", "python"],
)
def test_the_stamp_changes_with_every_input(tmp_path: Path, other: dict[str, str]) -> None:
    """Other pins, another project file, place or Python: the environment is not ready."""
    assert other != WANTED
    assert installation.standing(an_environment(tmp_path / "venv", WANTED), other) != "ready"


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
def test_an_environment_stands_as_its_stamp_says(tmp_path: Path, stamp: object, word: str) -> None:
    """New pins update it; a move, another Python or an interruption rebuild it."""
    assert word == installation.standing(an_environment(tmp_path / "venv", stamp), WANTED)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"ready"'])
def test_a_stamp_that_is_none_means_broken(tmp_path: Path, text: str) -> None:
    """A file cut off by a full disk, or edited, ends in a new environment, not in a traceback."""
    venv = an_environment(tmp_path / "venv", None)
    (venv / "stamp.json").write_text(text, encoding="utf-8")
    assert "broken" == installation.standing(venv, WANTED)


def test_an_environment_without_python_is_broken(tmp_path: Path) -> None:
    """A stamp alone runs nothing, for example after its Python was removed."""
    venv = an_environment(tmp_path / "venv", WANTED)
    Path(installation.python_in(venv)).unlink()
    assert "broken" == installation.standing(venv, WANTED)


@pytest.mark.slow
def test_a_half_built_environment_is_emptied_and_built(
    tmp_path: Path, ran: list[Sequence[str]]
) -> None:
    """What an interrupted start left behind does not stay in the new environment."""
    venv = an_environment(tmp_path / "venv", {"state": "building"})
    (venv / "leftover").touch()
    installation.build(venv, WANTED)
    assert not (venv / "leftover").exists()
    assert WANTED == json.loads((venv / "stamp.json").read_text(encoding="utf-8"))
    assert any("venv" in command for command in ran)


def test_a_stale_environment_is_kept_and_updated(tmp_path: Path, ran: list[Sequence[str]]) -> None:
    """New pins cost an installation, not a new environment."""
    venv = an_environment(tmp_path / "venv", {**WANTED, "inputs": "others"})
    installation.build(venv, WANTED)
    assert "ready" == installation.standing(venv, WANTED)
    assert ran
    assert not any("venv" in command for command in ran)


@pytest.mark.slow
def test_somebody_elses_environment_is_never_emptied(tmp_path: Path, no_network: None) -> None:
    """A `.venv` that was made by hand keeps what it holds, also when the update fails."""
    venv = an_environment(tmp_path / "venv", None)
    (venv / "mine").touch()
    with pytest.raises(MissingError):
        installation.build(venv, WANTED)
    assert (venv / "mine").exists()
    assert "foreign" == installation.standing(venv, WANTED)


@pytest.mark.slow
def test_a_failed_build_is_tried_again(tmp_path: Path, no_network: None) -> None:
    """After a failure the next start builds anew instead of using the half."""
    with pytest.raises(MissingError):
        installation.build(tmp_path / "venv", WANTED)
    assert "broken" == installation.standing(tmp_path / "venv", WANTED)


def test_a_failing_command_shows_its_words_and_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """The tool's own words come first, then one sentence with the command."""
    command = [sys.executable, "-c", "print('no route to host'); raise SystemExit(1)"]
    with pytest.raises(MissingError, match=r"^\.venv could not be built, for the reason above\. "):
        installation.run(command, os.environ)
    assert "no route to host\n" == capsys.readouterr().err


def test_a_second_start_waits_for_the_first(
    tmp_path: Path, ran: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so, and builds nothing once the first one is done."""
    venv = tmp_path / "venv"
    venv.mkdir()
    waiting = threading.Event()
    monkeypatch.setattr(installation, "say", lambda line: waiting.set())
    second = threading.Thread(target=installation.build, args=(venv, WANTED))
    with (venv / "lock").open("a+b") as first:
        assert lock.taken(first)
        second.start()
        assert waiting.wait(20)
        an_environment(venv, WANTED)
    second.join(20)
    assert not second.is_alive()
    assert [] == ran


def test_pips_registry_is_passed_on_to_uv() -> None:
    """Of itself uv reads none of pip's settings: indexes, links and certificates are told."""
    config = (
        "global.cert='/etc/ssl/ca.crt'\n"
        "global.extra-index-url='https://b/simple\\nhttps://c/simple'\n"
        "global.index-url='https://default/simple'\n"
        ":env:.index-url='https://a/simple'\n"
        "global.timeout='60'\n"
    )
    assert installation.uv_settings(config, {}) == {
        "SSL_CERT_FILE": "/etc/ssl/ca.crt",
        "UV_DEFAULT_INDEX": "https://a/simple",
        "UV_INDEX": "https://b/simple https://c/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


def test_uvs_own_settings_come_first() -> None:
    """A variable that is set for uv is not replaced by pip's."""
    config = "global.index-url='https://a/simple'\n"
    assert {} == installation.uv_settings(config, {"UV_DEFAULT_INDEX": "https://mine/simple"})


@pytest.mark.slow
def test_the_files_to_install_stand_before_a_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands name files in the environment; each is there when its command starts."""
    missing: list[str] = []

    def looks(command: Sequence[str], environ: Mapping[str, str]) -> None:
        named = command[command.index("-r") + 1] if "-r" in command else __file__
        missing.extend([named] if not Path(named).is_file() else [])

    monkeypatch.setattr(installation, "run", looks)
    installation.build(tmp_path / "venv", WANTED)
    assert [] == missing
