"""The commands that build an environment: which tools there are, and what to do with them.

Standard library only, since it runs before anything is installed.
"""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

CHECKOUT = Path(__file__).resolve().parent.parent
CONSTRAINTS = CHECKOUT / "helpers" / "constraints.txt"
WITHOUT_WHEEL = CHECKOUT / "helpers" / "musl.txt"
IS_MUSL = "musl" in importlib.machinery.EXTENSION_SUFFIXES[0]


class MissingError(Exception):
    """What is missing, in one sentence, with the command that brings it."""


@dataclass(frozen=True)
class Tools:
    """What this machine has to build an environment with."""

    uv: str | None
    venv: bool
    ensurepip: bool
    pip: bool


def scripts_in(venv: PurePath, *, windows: bool = os.name == "nt") -> PurePath:
    """Return the folder of an environment's programs."""
    return venv / ("Scripts" if windows else "bin")


def python_in(venv: PurePath, *, windows: bool = os.name == "nt") -> PurePath:
    """Return the Python of an environment."""
    return scripts_in(venv, windows=windows) / ("python.exe" if windows else "python")


def uv_in(venv: PurePath, *, windows: bool = os.name == "nt") -> PurePath:
    """Return the uv of an environment, if it is installed there."""
    return scripts_in(venv, windows=windows) / ("uv.exe" if windows else "uv")


def tools(venv: Path) -> Tools:
    """Return what there is to build an environment with, on this machine or in the folder."""
    has = {name: is_module(name) for name in ("venv", "ensurepip", "pip")}
    uv = shutil.which("uv") or (str(uv_in(venv)) if uv_in(venv).exists() else None)
    return Tools(uv=uv, **has)


def is_module(name: str) -> bool:
    """Return whether a module can be imported; the empty folder of a removed one cannot."""
    found = importlib.util.find_spec(name)
    return found is not None and found.origin is not None


def plan(tools: Tools, venv: PurePath, *, update: bool = False) -> list[list[str]]:
    """Return the commands that build an environment, or bring it up to date.

    tools:   what there is to build it with
    update:  it exists already, only packages are missing
    raises:  MissingError, when there is too little to build one
    """
    python, inner = sys.executable, str(python_in(venv))
    uv = tools.uv or str(uv_in(venv))
    wanted = ["uv", "--constraint", str(CONSTRAINTS)]
    if tools.uv:
        made = [uv, "venv", "--quiet", "--allow-existing", "--python", python, str(venv)]
        brought = []
    elif tools.venv and tools.ensurepip:
        made = [python, "-m", "venv", str(venv)]
        brought = [[inner, "-m", "pip", "install", "--quiet", *wanted]]
    elif tools.venv and tools.pip:
        made = [python, "-m", "venv", "--without-pip", str(venv)]
        brought = [[python, "-m", "pip", "--python", inner, "install", "--quiet", *wanted]]
    else:
        raise MissingError(
            "This Python cannot build an environment: run `sudo apt install python3-venv`"
            " (Debian, Ubuntu) or install uv, then start again."
        )
    return [*([] if update else [made]), *brought, install(uv, inner)]


def install(uv: str, python: str, *, musl: bool = IS_MUSL) -> list[str]:
    """Return the command that installs this project and its pinned dependencies, to be edited.

    musl:  leave out what has no wheel for that C library and could not be compiled here
    """
    command = [uv, "pip", "install", "--python", python, "--constraint", str(CONSTRAINTS)]
    left_out = ["--override", str(WITHOUT_WHEEL)] if musl else []
    return [*command, *left_out, "--editable", f"{CHECKOUT}[engine,lab,test]"]


def run(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run one command of a plan in silence; what it said is shown when it fails.

    raises:  MissingError
    """
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        say(done.stdout.strip())
        raise MissingError(
            ".venv could not be built, for the reason above. Mend that and start again;"
            f" by hand the command is: {shlex.join(command)}"
        )


def say(line: str) -> None:
    """Print a line beside the command's own output."""
    print(line, file=sys.stderr, flush=True)


def environment() -> dict[str, str]:
    """Return the variables under which uv runs: this process's, and pip's registry."""
    return {**os.environ, **uv_settings(pip_settings(), os.environ)}


def pip_settings() -> str:
    """Return the lines of `pip config list`; none without pip."""
    if not is_module("pip"):
        return ""
    command = [sys.executable, "-m", "pip", "config", "list"]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False).stdout


def uv_settings(pip_config: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that make uv use pip's registry, which it does not read by itself.

    pip_config:  lines such as `global.index-url='https://…'`, later ones win
    environ:     a variable of uv's own that is set already stays as it is
    """
    found = {}
    for line in pip_config.splitlines():
        name, _, value = line.partition("=")
        found[name.rpartition(".")[2]] = " ".join(str(ast.literal_eval(value)).split())
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "trusted-host": "UV_INSECURE_HOST",
        "cert": "SSL_CERT_FILE",
    }
    settings = {uv: found[pip] for pip, uv in names.items() if pip in found}
    if "UV_INDEX" in settings:
        # pip takes the best version from all its indexes; uv, unasked, from the first that has any.
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return {name: value for name, value in settings.items() if name not in environ}


def renew_pins() -> int:
    """Pin the newest versions, for every platform, in constraints.txt; return uv's exit code."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--extra", "test"]
    command += ["--extra", "lab", "--extra", "engine"]
    command += ["--universal", "--upgrade", "--no-annotate", "--no-header", "--quiet"]
    command += ["--output-file", str(CONSTRAINTS)]
    return subprocess.run(command, cwd=CHECKOUT, env=environment(), check=False).returncode
