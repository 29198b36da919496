"""The environment the commands run in: the one at hand if it holds everything, else `.venv`.

`.venv/stamp.json` says for which checkout, Python and requirements it was built; while it is being
built it says so, and whoever finds that afterwards builds it anew. `.venv/lock` keeps two starts
apart. Standard library only, since it runs before anything is installed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import BinaryIO

from . import installed, installer
from .installer import CHECKOUT, CONSTRAINTS, MissingError, say

if os.name == "nt":
    import msvcrt
else:
    import fcntl

VENV = CHECKOUT / ".venv"


def interpreter(extras: Sequence[str] = ()) -> tuple[str, dict[str, str]]:
    """Return a Python that holds everything, and the variables to start it with.

    That is the running one, if it holds everything; else that of `.venv`, built now if need be.
    extras:  the optional dependencies that are needed too
    raises:  MissingError
    """
    inside = VENV.exists() and os.path.samefile(sys.prefix, VENV)
    if not inside and installed.holds(CHECKOUT, extras):
        return sys.executable, dict(os.environ)
    stamp = wanted_stamp()
    if standing(VENV, stamp) != "ready":
        build(VENV, stamp)
    python = sys.executable if inside else str(installer.python_in(VENV))
    return python, activated(os.environ, VENV)


def become(command: list[str], environ: Mapping[str, str]) -> int:
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


def activated(environ: Mapping[str, str], venv: PurePath) -> dict[str, str]:
    """Return the variables as `activate` would leave them, for programs started from a cell."""
    path = os.pathsep.join([str(installer.scripts_in(venv)), environ.get("PATH", os.defpath)])
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
    """Return how an environment stands, in one word.

    "ready":   nothing is to be done
    "stale":   built here, for other requirements: to be updated
    "foreign": without a stamp, so made by someone else: to be updated, never emptied
    "broken":  half built, moved, or for another Python: to be emptied and built anew
    """
    if not installer.python_in(venv).exists():
        return "broken"
    try:
        found = json.loads((venv / "stamp.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "foreign"
    except ValueError:
        return "broken"
    if found == wanted:
        return "ready"
    same = all(found.get(name) == wanted[name] for name in ("place", "python", "state"))
    return "stale" if same else "broken"


def build(venv: Path, wanted: Mapping[str, str]) -> None:
    """Build an environment, or bring it up to date; one start at a time.

    raises:  MissingError
    """
    try:
        venv.mkdir(exist_ok=True)
        with locked(venv / "lock"):
            state = standing(venv, wanted)
            if state != "ready":
                renew(venv, state)
                stamp(venv, wanted)
    except OSError as error:
        raise MissingError(
            f".venv could not be written ({error}). Remove it: rm -rf {venv}"
        ) from error


def renew(venv: Path, state: str) -> None:
    """Do what the state of an environment calls for."""
    if state != "foreign":
        stamp(venv, {"state": "building"})
    if state == "broken":
        empty(venv, but=("lock", "stamp.json"))
    commands = installer.plan(installer.tools(venv), venv, update=state != "broken")
    say(f"{'Building' if state == 'broken' else 'Updating'} .venv (once, about half a minute) …")
    environ = installer.environment()
    for command in commands:
        installer.run(command, environ)


def stamp(venv: Path, words: Mapping[str, str]) -> None:
    """Write down in an environment what it was built for."""
    (venv / "stamp.json").write_text(json.dumps(words), encoding="utf-8")


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
