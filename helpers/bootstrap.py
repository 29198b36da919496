"""The environment the commands run in: the one at hand if it holds everything, else `.venv`.

`.venv/stamp.json` says for which checkout, Python and requirements it was built; while it is being
built it says so, and whoever finds that afterwards builds it anew. `.venv/lock` keeps two starts
apart. Standard library only, since it runs before anything is installed.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO

from helpers import installed

if os.name == "nt":
    import msvcrt
else:
    import fcntl

CHECKOUT = Path(__file__).resolve().parent.parent
CONSTRAINTS = CHECKOUT / "helpers" / "constraints.txt"
VENV = CHECKOUT / ".venv"
BUILDING = {"state": "building"}


class Missing(Exception):
    """What is missing, in one sentence, with the command that brings it."""


@dataclass(frozen=True)
class Tools:
    """What this machine has to build an environment with."""

    uv: str | None
    venv: bool
    ensurepip: bool
    pip: bool


def enter(argv: Sequence[str], *, extras: Sequence[str] = ()) -> None:
    """Return when this interpreter holds everything; else start anew in `.venv`.

    argv:    the command and its arguments, repeated in `.venv`
    extras:  the optional dependencies that the command needs
    raises:  Missing
    """
    inside = VENV.exists() and os.path.samefile(sys.prefix, VENV)
    if not inside and installed.holds(CHECKOUT, extras):
        return
    stamp = wanted_stamp()
    if standing(VENV, stamp) != "ready":
        build(VENV, stamp)
    elif inside:
        return
    environ = activated(os.environ, VENV)
    sys.exit(become([str(python_in(VENV)), "-m", "helpers", *argv], environ))


def become(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Replace this process by a command; on Windows run it and return its exit code."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execve(command[0], command, environ)
    child = subprocess.Popen(command, env=environ)
    while True:
        # The console sends Ctrl-C to the child as well, which ends in its own way.
        with contextlib.suppress(KeyboardInterrupt):
            return child.wait()


def scripts_in(venv: PurePath, *, windows: bool = os.name == "nt") -> PurePath:
    """Return the folder of an environment's programs."""
    return venv / ("Scripts" if windows else "bin")


def python_in(venv: PurePath, *, windows: bool = os.name == "nt") -> PurePath:
    """Return the Python of an environment."""
    return scripts_in(venv, windows=windows) / ("python.exe" if windows else "python")


def uv_in(venv: PurePath, *, windows: bool = os.name == "nt") -> PurePath:
    """Return the uv of an environment, if it is installed there."""
    return scripts_in(venv, windows=windows) / ("uv.exe" if windows else "uv")


def activated(environ: Mapping[str, str], venv: PurePath) -> dict[str, str]:
    """Return the variables as `activate` would leave them, for programs started from a cell."""
    path = os.pathsep.join([str(scripts_in(venv)), environ.get("PATH", os.defpath)])
    kept = {name: value for name, value in environ.items() if name != "PYTHONHOME"}
    return {**kept, "PATH": path, "VIRTUAL_ENV": str(venv)}


def wanted_stamp() -> dict[str, str]:
    """Return the stamp that `.venv` must carry to serve this checkout and this Python."""
    texts = [path.read_bytes() for path in (CHECKOUT / "pyproject.toml", CONSTRAINTS)]
    return stamp_of(texts, place=str(CHECKOUT), python=sys.implementation.cache_tag)


def stamp_of(texts: Iterable[bytes], *, place: str, python: str) -> dict[str, str]:
    """Return what an environment depends on: what it holds, where it lies, whose it is."""
    digests = "".join(hashlib.sha256(text).hexdigest() for text in texts)
    inputs = hashlib.sha256(digests.encode()).hexdigest()
    return {"inputs": inputs, "place": place, "python": python, "state": "ready"}


def standing(venv: Path, wanted: Mapping[str, str]) -> str:
    """Return how an environment stands: "ready", "stale" (to update) or "broken" (to rebuild).

    One without a stamp was made by someone else: it is updated, never emptied.
    """
    if not python_in(venv).exists():
        return "broken"
    try:
        found = json.loads((venv / "stamp.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "stale"
    except ValueError:
        return "broken"
    if found == wanted:
        return "ready"
    same = all(found.get(name) == wanted[name] for name in ("place", "python", "state"))
    return "stale" if same else "broken"


def build(venv: Path, wanted: Mapping[str, str]) -> None:
    """Build an environment, or bring it up to date; one start at a time.

    raises:  Missing
    """
    try:
        venv.mkdir(exist_ok=True)
        with locked(venv / "lock"):
            state = standing(venv, wanted)
            if state == "ready":
                return
            stamp = venv / "stamp.json"
            commands = plan(tools(venv), venv, update=state == "stale")
            stamp.write_text(json.dumps(BUILDING), encoding="utf-8")
            if state == "broken":
                empty(venv, but=("lock", "stamp.json"))
            say("Building .venv (once, about half a minute) …")
            environ = {**os.environ, **uv_settings(pip_settings(), os.environ)}
            for command in commands:
                run(command, environ)
            stamp.write_text(json.dumps(wanted), encoding="utf-8")
    except OSError as error:
        raise Missing(f"{venv} cannot be written: {error}. Remove it and start again.") from error


def tools(venv: Path) -> Tools:
    """Return what there is to build an environment with, on this machine or in a former one."""
    has = {name: importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip", "pip")}
    former = uv_in(venv)
    return Tools(uv=shutil.which("uv") or (str(former) if former.exists() else None), **has)


def plan(tools: Tools, venv: PurePath, *, update: bool = False) -> list[list[str]]:
    """Return the commands that build an environment, or bring it up to date.

    tools:   what there is to build it with
    update:  it exists already and lacks packages only
    raises:  Missing, when there is too little to build one
    """
    python, inner = sys.executable, str(python_in(venv))
    pinned = ["--constraint", str(CONSTRAINTS)]
    uv = tools.uv or str(uv_in(venv))
    if tools.uv:
        made = [[uv, "venv", "--quiet", "--allow-existing", "--python", python, str(venv)]]
        brought = []
    elif tools.venv and tools.ensurepip:
        made = [[python, "-m", "venv", str(venv)]]
        brought = [[inner, "-m", "pip", "install", "--quiet", *pinned, "uv"]]
    elif tools.venv and tools.pip:
        made = [[python, "-m", "venv", "--without-pip", str(venv)]]
        brought = [[python, "-m", "pip", "--python", inner, "install", "--quiet", *pinned, "uv"]]
    else:
        raise Missing(
            "This Python can build no environment: bring that by `sudo apt install python3-venv`"
            " (Debian, Ubuntu) or install uv, and start again."
        )
    install = [uv, "pip", "install", "--python", inner, *pinned, "--editable", f"{CHECKOUT}[test]"]
    return [*([] if update else made), *brought, install]


def run(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run one command of a plan in silence; what it said is shown when it fails.

    raises:  Missing
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
        raise Missing(f".venv could not be built, for the reason above: {shlex.join(command)}")


def say(line: str) -> None:
    """Print a line beside the command's own output."""
    print(line, file=sys.stderr, flush=True)


def empty(folder: Path, *, but: Sequence[str]) -> None:
    """Remove everything from a folder except the files named."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name not in but:
            entry.unlink()


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file's lock; the system lets go of it when the process ends, however it ends."""
    with path.open("a+b") as file:
        if not taken(file):
            say("Another start is building .venv; waiting for it …")
            while not taken(file):
                time.sleep(0.2)
        yield


def taken(file: BinaryIO) -> bool:
    """Return whether a file's lock could be taken."""
    try:
        if os.name == "nt":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def pip_settings() -> str:
    """Return the lines of `pip config list`; none without pip."""
    if importlib.util.find_spec("pip") is None:
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
    """Resolve the newest versions for every platform into constraints.txt; return uv's exit code."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--extra", "test"]
    command += ["--universal", "--upgrade", "--no-annotate", "--no-header", "--quiet"]
    command += ["--output-file", str(CONSTRAINTS)]
    environ = {**os.environ, **uv_settings(pip_settings(), os.environ)}
    return subprocess.run(command, cwd=CHECKOUT, env=environ, check=False).returncode
