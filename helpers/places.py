"""Where files lie: in a clone of the repository, or in a package that was installed.

Standard library only, since the commands need it before anything is installed.
"""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
_ABOVE = PACKAGE.parent
CHECKOUT = _ABOVE if (_ABOVE / "pyproject.toml").is_file() else None
NOTEBOOKS = (CHECKOUT or PACKAGE) / "notebooks"
# What a command says to the kernels that it starts, whose own folder is another one.
OUT_VARIABLE = "ENDPOINTSCOPE_OUT"


def home() -> Path:
    """The clone, or the current folder where there is none."""
    return CHECKOUT or Path.cwd()


def out() -> Path:
    """The folder for whatever is generated."""
    return Path(os.environ.get(OUT_VARIABLE) or home() / "out")


def near(path: Path) -> str:
    """A path as a person would type it from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
