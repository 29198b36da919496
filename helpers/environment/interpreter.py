"""The Python that a command runs in: the current one if it has everything, else that of `.venv`.

Standard library only, since this runs before anything is installed.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.metadata
import os
import platform
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath

from ..places import CHECKOUT, home
from .installation import (
    PROJECT,
    VENV,
    MissingError,
    build,
    is_module,
    python_in,
    scripts_in,
    standing,
    wanted_stamp,
)  # fmt: skip

_LEFT_OUT = ("PYTHONHOME", "PYTHONDONTWRITEBYTECODE")


def interpreter(extras: Sequence[str] = ()) -> tuple[str, dict[str, str]]:
    """A Python with everything a command needs, and the environment variables to start it with.

    That is the running one, if it has everything or the kit is installed in it; else that of
    `.venv`, built now if need be.
    extras:  the optional dependencies that are also needed
    raises:  MissingError
    """
    if CHECKOUT is None:
        return sys.executable, dict(os.environ)
    try:
        inside = VENV.exists() and os.path.samefile(sys.prefix, VENV)
        stamp = wanted_stamp()
        state = standing(VENV, stamp)
        # A user's own environment is used as it is, even if it is called .venv.
        if (not inside or state == "foreign") and holds(extras):
            return sys.executable, dict(os.environ)
        if state != "ready":
            build(VENV, stamp)
    except OSError as error:
        raise MissingError(f".venv cannot be used ({error}). Remove it: rm -rf {VENV}") from error
    return sys.executable if inside else str(python_in(VENV)), activated(os.environ, VENV)


def become(command: list[str], environ: Mapping[str, str]) -> int:
    """Replace this process with a command; on Windows, run it and return its exit code."""
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execve(command[0], command, environ)
    child = subprocess.Popen(command, env=environ)
    while True:
        # The console sends Ctrl-C to the child as well, so only wait for it to end.
        with contextlib.suppress(KeyboardInterrupt):
            return child.wait()


def activated(environ: Mapping[str, str], venv: PurePath) -> dict[str, str]:
    """The variables as `activate` would set them, for programs started from a cell.

    PYTHONDONTWRITEBYTECODE, which containers set to stay small, is removed: without cached
    bytecode, every start of a kernel takes seconds longer.
    """
    path = os.pathsep.join([str(scripts_in(venv)), environ.get("PATH", os.defpath)])
    kept = {name: value for name, value in environ.items() if name not in _LEFT_OUT}
    return {**kept, "PATH": path, "VIRTUAL_ENV": str(venv)}


def holds(extras: Sequence[str]) -> bool:
    """Whether this interpreter can already run the checkout's notebooks."""
    if not is_importable(home()) or not is_module("packaging"):
        return False
    return not lacking(PROJECT.read_text(encoding="utf-8"), extras)


def is_importable(checkout: Path) -> bool:
    """Whether `import helpers` finds this checkout from any folder, as a kernel needs it."""
    # -m puts the current folder first, which a kernel started elsewhere does not have.
    path = sys.path if sys.flags.safe_path else sys.path[1:]
    found = importlib.machinery.PathFinder.find_spec("helpers", path)
    return bool(found and found.origin and Path(found.origin).resolve().parent.parent == checkout)


def lacking(project: str, extras: Sequence[str]) -> list[str]:
    """The requirements in a pyproject.toml's text that are not met here."""
    from packaging.requirements import Requirement

    found = []
    for required in map(Requirement, requirements(project, extras)):
        if required.marker is None or required.marker.evaluate():
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                version = importlib.metadata.version(required.name)
                if required.specifier.contains(version, prereleases=True):
                    continue
            found.append(str(required))
    return found


def requirements(project: str, extras: Sequence[str]) -> list[str]:
    """The requirements in a pyproject.toml's text, with those of the extras."""
    table = tomllib.loads(project)["project"]
    optional = [one for extra in extras for one in table["optional-dependencies"][extra]]
    return [*table["dependencies"], *optional]


def versions(packages: Iterable[str]) -> dict[str, str]:
    """The versions of Python, the system, and whichever of the packages are installed."""
    found = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    for name in packages:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found
