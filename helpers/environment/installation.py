"""The state of `.venv`, and how to build it or bring it up to date.

`.venv/stamp.json` says for which checkout, Python and requirements it was built, or that a build is
in progress; a start that finds an abandoned build starts it over. `.venv/lock` keeps two starts
apart. Standard library only, since this runs before anything is installed.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.machinery
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from .. import lock
from ..places import PACKAGE, home

VENV = home() / ".venv"
PROJECT = home() / "pyproject.toml"
PINS = PACKAGE / "constraints.txt"
EXTRAS = ("cluster", "engine", "lab", "mcp", "test")
# Without the engine the built-in endpoint plays a recording; without playwright the browser tests
# are skipped. Neither could be compiled during the installation.
WITHOUT_MUSL_WHEEL = ("playwright", "xllamacpp")
IS_MUSL = "musl" in importlib.machinery.EXTENSION_SUFFIXES[0]


class MissingError(Exception):
    """Something is missing; the message says what, and the command that installs it."""


@dataclass(frozen=True)
class Tools:
    """The tools on this machine that can build an environment; uv by its path."""

    uv: str | None
    venv: bool
    ensurepip: bool
    pip: bool


def scripts_in(venv: PurePath, *, windows: bool = os.name == "nt") -> PurePath:
    """The folder of an environment's executables."""
    return venv / ("Scripts" if windows else "bin")


def python_in(venv: PurePath, *, windows: bool = os.name == "nt") -> PurePath:
    """The Python of an environment."""
    return scripts_in(venv, windows=windows) / ("python.exe" if windows else "python")


def python_outside(venv: PurePath) -> str:
    """The running Python; the one that made an environment if that is where it runs.

    An environment may be emptied to be built again, and its own Python would go with it.
    """
    inside = Path(sys.prefix).resolve() == Path(venv).resolve()
    return str(getattr(sys, "_base_executable", sys.executable) if inside else sys.executable)


def wanted_stamp() -> dict[str, str]:
    """The stamp that `.venv` must have to fit this checkout and this Python."""
    texts = [path.read_bytes() for path in (PROJECT, PINS)]
    return stamp_of(texts, place=str(home()), python=str(sys.implementation.cache_tag))


def stamp_of(texts: Iterable[bytes], *, place: str, python: str) -> dict[str, str]:
    """What an environment depends on: its requirements, its location, its Python."""
    digests = "".join(hashlib.sha256(text).hexdigest() for text in texts)
    inputs = hashlib.sha256(digests.encode()).hexdigest()
    return {"inputs": inputs, "place": place, "python": python, "state": "ready"}


def standing(venv: Path, wanted: Mapping[str, str]) -> str:
    """The state of an environment, in one word.

    "ready":    nothing to do
    "stale":    built here, for other requirements: to be updated
    "foreign":  without a stamp, so made by someone else: to be updated, never emptied
    "broken":   half built, moved, or for another Python: to be emptied and rebuilt
    """
    if not Path(python_in(venv)).exists():
        return "broken"
    try:
        found = json.loads((venv / "stamp.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "foreign"
    except ValueError:
        return "broken"
    if found == wanted:
        return "ready"
    known = found if isinstance(found, dict) else {}
    same = all(known.get(name) == wanted[name] for name in ("place", "python", "state"))
    return "stale" if same else "broken"


def build(venv: Path, wanted: Mapping[str, str]) -> None:
    """Build an environment, or bring it up to date; one start at a time.

    raises:  MissingError, OSError
    """
    venv.mkdir(exist_ok=True)
    with (venv / "lock").open("a+b") as file:
        if not lock.taken(file):
            say("Another start is building .venv; waiting for it …")
            while not lock.taken(file):
                time.sleep(0.2)
        state = standing(venv, wanted)
        if state != "ready":
            renew(venv, state)
            stamp(venv, wanted)


def renew(venv: Path, state: str) -> None:
    """Build or update an environment, as its state requires."""
    if state != "foreign":
        stamp(venv, {"state": "building"})
    if state == "broken":
        empty(venv, but=("lock", "stamp.json"))
    commands = plan(tools(venv), venv, update=state != "broken")
    say(f"{'Building' if state == 'broken' else 'Updating'} .venv (once, about half a minute) …")
    write_pins(venv)
    environ = variables()
    for command in commands:
        run(command, environ)


def stamp(venv: Path, words: Mapping[str, str]) -> None:
    """Write an environment's stamp.json."""
    (venv / "stamp.json").write_text(json.dumps(words), encoding="utf-8")


def empty(folder: Path, *, but: Sequence[str]) -> None:
    """Remove everything from a folder except the files named."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name not in but:
            entry.unlink()


def tools(venv: PurePath) -> Tools:
    """The tools for building an environment, on this machine or in the environment itself."""
    has = {name: is_module(name) for name in ("venv", "ensurepip", "pip")}
    return Tools(uv=shutil.which("uv") or shutil.which("uv", path=scripts_in(venv)), **has)


def is_module(name: str) -> bool:
    """Whether a module can be imported; the empty folder of a removed one does not count."""
    found = importlib.util.find_spec(name)
    return found is not None and found.origin is not None


def plan(tools: Tools, venv: PurePath, *, update: bool = False) -> list[list[str]]:
    """The commands that build an environment, or bring it up to date.

    Without uv, pip installs it first, since it installs the rest in a tenth of pip's time.
    update:  whether it exists already and lacks only packages
    raises:  MissingError if this machine has too little to build one
    """
    outer, inner = python_outside(venv), str(python_in(venv))
    uv = tools.uv or str(scripts_in(venv) / "uv")
    pinned = ["install", "--quiet", "--no-deps", "--require-hashes", "-r"]
    if tools.uv:
        made = [uv, "venv", "--quiet", "--allow-existing", "--python", outer, str(venv)]
        brought = []
    elif tools.venv and tools.ensurepip:
        made = [outer, "-m", "venv", str(venv)]
        brought = [[inner, "-m", "pip", *pinned, str(venv / "uv.txt")]]
    elif tools.venv and tools.pip:
        made = [outer, "-m", "venv", "--without-pip", str(venv)]
        brought = [[outer, "-m", "pip", "--python", inner, *pinned, str(venv / "uv.txt")]]
    else:
        raise MissingError(
            "This Python cannot build an environment: run `sudo apt install python3-venv`"
            " (Debian, Ubuntu) or install uv, then start again."
        )
    rest = [uv, "pip", *pinned, str(venv / "pins.txt"), "--python", inner]
    edited = [uv, "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    edited += ["--editable", str(home()), "--python", inner]
    return [*([] if update else [made]), *brought, rest, edited]


def pins(text: str, keep: Callable[[str], bool]) -> str:
    """The pins of the packages to keep, each with its hashes."""
    blocks = re.split(r"\n(?=\S)", text)
    return "\n".join(block for block in blocks if keep(block.partition("==")[0])) + "\n"


def write_pins(venv: Path) -> None:
    """Write the pins that a plan's commands install: uv's, and all that can be installed here."""
    text = PINS.read_text(encoding="utf-8")
    left_out = WITHOUT_MUSL_WHEEL if IS_MUSL else ()
    (venv / "uv.txt").write_text(pins(text, lambda name: name == "uv"), encoding="utf-8")
    (venv / "pins.txt").write_text(pins(text, lambda n: n not in left_out), encoding="utf-8")


def renew_pins() -> int:
    """Pin the newest versions for every platform, with their hashes; uv's exit code."""
    # Without pip's extra indexes: one with a single wheel would hide the hashes of the others.
    asked = [argument for extra in EXTRAS for argument in ("--extra", extra)]
    command = [sys.executable, "-m", "uv", "pip", "compile", str(PROJECT), *asked]
    command += ["--universal", "--upgrade", "--generate-hashes", "--no-annotate", "--no-header"]
    command += ["--quiet", "--output-file", str(PINS)]
    return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode


def run(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run one command of a plan silently, showing its output only if it fails.

    raises:  MissingError
    """
    done = subprocess.run(
        command, cwd=home(), env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        say(done.stdout.strip())
        raise MissingError(
            ".venv could not be built, for the reason above. Fix that and start again; by hand "
            f"the command is: {shlex.join(command)}"
        )


def say(line: str) -> None:
    """Print a line to stderr, apart from the command's own output."""
    print(line, file=sys.stderr, flush=True)


def variables() -> dict[str, str]:
    """The environment variables for uv: this process's, and those for pip's registry."""
    command = [python_outside(VENV), "-m", "pip", "config", "list"]
    output = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    return {**os.environ, **uv_settings(output.stdout, os.environ)}


def uv_settings(pip_config: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that make uv use pip's registry, which it does not read by itself.

    pip_config:  lines such as `global.index-url='https://…'`; later ones win
    environ:     a variable that is already set here is left alone
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
        # pip takes the best version from all its indexes; uv by default from the first with any.
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return {name: value for name, value in settings.items() if name not in environ}
