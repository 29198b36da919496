"""What the running interpreter holds of what pyproject.toml asks for. Standard library only."""

from __future__ import annotations

import importlib.machinery
import importlib.metadata
import importlib.util
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement


def holds(checkout: Path, extras: Sequence[str]) -> bool:
    """Return whether this interpreter can run the checkout's notebooks as it is.

    extras:  the optional dependencies that are needed too
    """
    if not is_importable(checkout) or importlib.util.find_spec("packaging") is None:
        return False
    return not lacking((checkout / "pyproject.toml").read_text(encoding="utf-8"), extras)


def is_importable(checkout: Path) -> bool:
    """Return whether `import helpers` finds this checkout from any folder, as a kernel needs it."""
    # The first entry is the current folder, put there by -m: a kernel started elsewhere lacks it.
    path = sys.path if sys.flags.safe_path else sys.path[1:]
    found = importlib.machinery.PathFinder.find_spec("helpers", path)
    return bool(found and found.origin and Path(found.origin).resolve().parent.parent == checkout)


def requirements(project: str, extras: Sequence[str]) -> list[str]:
    """Return the requirements in the text of a pyproject.toml, with those of the extras."""
    table = tomllib.loads(project)["project"]
    optional = [one for extra in extras for one in table["optional-dependencies"][extra]]
    return [*table["dependencies"], *optional]


def lacking(project: str, extras: Sequence[str]) -> list[str]:
    """Return the requirements that are not met here.

    project:  the text of a pyproject.toml
    raises:   ImportError without the package `packaging`, which JupyterLab brings
    """
    from packaging.requirements import Requirement

    meant = [
        required
        for required in map(Requirement, requirements(project, extras))
        if required.marker is None or required.marker.evaluate()
    ]
    return [str(required) for required in meant if not is_met(required)]


def is_met(required: Requirement) -> bool:
    """Return whether a package is installed in a version that is asked for."""
    try:
        version = importlib.metadata.version(required.name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return required.specifier.contains(version, prereleases=True)
